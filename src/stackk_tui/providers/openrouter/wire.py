"""The shapes of OpenRouter's answers, read leniently. Amounts are US dollars."""

from pydantic import Field

from stackk_tui.providers.wire import MaybeMoment, Number, Text, Wire


class Key(Wire):
    """`GET /api/v1/key`. `usage` is all this key ever spent; days, weeks (from Monday) and months are UTC."""

    label: Text = None
    usage: Number = None
    usage_daily: Number = None
    usage_weekly: Number = None
    usage_monthly: Number = None
    byok_usage: Number = None
    byok_usage_monthly: Number = None
    limit: Number = None
    limit_remaining: Number = None
    limit_reset: Text = None
    is_free_tier: bool | None = None
    expires_at: MaybeMoment = None


class Credits(Wire):
    """`GET /api/v1/credits`, for a management key: of the whole account."""

    bought: Number = Field(default=None, validation_alias="total_credits")
    used: Number = Field(default=None, validation_alias="total_usage")

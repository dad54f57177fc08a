"""What the add screen says of OpenRouter."""

from stackk_tui.providers.doors import Door, ProviderInfo

KEYS_PAGE = "https://openrouter.ai/settings/keys"

OPENROUTER = ProviderInfo(
    id="openrouter",
    name="OpenRouter",
    category="AI & ML",
    color="#6467f2",
    tagline="What a key has spent today, this week and this month, and its limit",
    revoke_url=KEYS_PAGE,
    doors=(
        Door(
            method="api-key",
            title="API key",
            shows="what this key has spent, and its limit; the balance with a management key only",
            secret_label="API key",
            secret_hint=f"It begins with sk-or-. Make one at {KEYS_PAGE}",
            can=frozenset({"plan", "usage", "series", "limits"}),
            unknown="days before it was added, tokens, requests, models, invoices",
        ),
    ),
)

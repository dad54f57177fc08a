"""The shapes of Vercel's answers (`api/vercel.md` §1–§5), read leniently.

Unknown fields are ignored, nulls and missing fields tolerated; text is cleaned and milliseconds become
moments here, and nowhere else. What counts as a figure is refused when it has a wrong type.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stackk_tui.model.text import clean
from stackk_tui.providers.wire import number

_LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999."""


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else (None if value is None else clean(str(value)))


def moment_of(value: object) -> datetime | None:
    """Gives the moment of epoch milliseconds; None for what is none."""
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 16:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _LATEST:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def _rows(value: object) -> object:
    return [] if value is None else value


def _nothing(value: object) -> object:
    """Only shown, or not needed: another shape than documented is as good as missing."""
    return value if isinstance(value, dict) else None


def _whole(value: object) -> int:
    found = number(value)
    if found is None or found < 0 or found != found.to_integral_value():
        raise ValueError("not a count")
    return int(found)


def _flag(value: object) -> bool:
    return value is True


T = TypeVar("T")
Text = Annotated[str | None, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(moment_of)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Rows = Annotated[list[T], BeforeValidator(_rows)]
Maybe = Annotated[T | None, BeforeValidator(_nothing)]


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class SoftBlock(Wire):
    """Why the account is paused (`api/vercel.md` §2)."""

    reason: Text = None
    blocked_at: Moment = Field(default=None, validation_alias="blockedAt")
    unpause_at: Moment = Field(default=None, validation_alias="unpauseAt")


class User(Wire):
    id: Text = None
    email: Text = None
    name: Text = None
    username: Text = None
    default_team: Text = Field(default=None, validation_alias="defaultTeamId")
    limited: Flag = False
    soft_block: Maybe[SoftBlock] = Field(default=None, validation_alias="softBlock")


class TokenScope(Wire):
    type: Text = None
    team_id: Text = Field(default=None, validation_alias="teamId")
    expires_at: Moment = Field(default=None, validation_alias="expiresAt")


class Token(Wire):
    """Never the token itself; its id is only used to tell one from another."""

    id: Text = None
    name: Text = None
    scopes: Rows[TokenScope] = Field(default_factory=list)
    expires_at: Moment = Field(default=None, validation_alias="expiresAt")


class Period(Wire):
    start: Moment = None
    end: Moment = None


class Frequency(Wire):
    interval: Text = None
    count: Any = Field(default=None, validation_alias="intervalCount")


class Subscription(Wire):
    frequency: Maybe[Frequency] = None
    period: Maybe[Period] = None


class Billing(Wire):
    plan: Text = None
    plan_iteration: Text = Field(default=None, validation_alias="planIteration")
    period: Maybe[Period] = None
    subscriptions: Rows[Subscription] = Field(default_factory=list)


class Team(Wire):
    id: Text = None
    slug: Text = None
    name: Text = None
    limited: Flag = False
    limited_by: Rows[Text] = Field(default_factory=list, validation_alias="limitedBy")
    created_at: Moment = Field(default=None, validation_alias="createdAt")
    billing: Maybe[Billing] = None
    soft_block: Maybe[SoftBlock] = Field(default=None, validation_alias="softBlock")


class Project(Wire):
    id: Text = None
    name: Text = None
    created_at: Moment = Field(default=None, validation_alias="createdAt")
    paused: Flag = False


class Deployment(Wire):
    """`v6` may lack `createdAt` and `readyState`; `created` and `state` say the same."""

    uid: Text = None
    name: Text = None
    project_id: Text = Field(default=None, validation_alias="projectId")
    created_at: Moment = Field(default=None, validation_alias="createdAt")
    created: Moment = None
    building_at: Moment = Field(default=None, validation_alias="buildingAt")
    ready: Moment = None
    ready_state: Text = Field(default=None, validation_alias="readyState")
    state: Text = None
    target: Text = None

    @property
    def at(self) -> datetime | None:
        return self.created_at or self.created

    @property
    def now(self) -> str:
        """Its state: `READY`, `ERROR`, `BUILDING`, …"""
        return self.ready_state or self.state or "UNKNOWN"


class Visits(Wire):
    """Both must be there: what is missing is not none."""

    pageviews: Annotated[int, BeforeValidator(_whole)]
    visitors: Annotated[int, BeforeValidator(_whole)]


def parse_rows(shape: type[T], rows: object) -> list[T]:
    """Gives the rows of a list. Raises ValueError (pydantic's) for what cannot be read."""
    if not isinstance(rows, list):
        raise ValueError("not a list")
    validate: Any = shape
    return [validate.model_validate(row) for row in rows]

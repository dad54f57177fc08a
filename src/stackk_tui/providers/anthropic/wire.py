"""The shapes of Anthropic's answers (`api/anthropic.md` §1–§3), read leniently.

Unknown fields are ignored, unknown words kept, nulls and missing fields tolerated; text is cleaned and cents
become dollars here, and nowhere else. A value of a wrong type is refused: better no figure than a wrong one.
"""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stackk_tui.model.text import clean

_MOST_TOKENS = 10**15
_MOST = Decimal(10) ** 15


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else (None if value is None else clean(str(value)))


def _count(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) <= _MOST_TOKENS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_TOKENS:
        raise ValueError("not a count")
    return value


def _number(value: object) -> Decimal | None:
    """Gives a number or a decimal string exactly; None for null."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("not a number")
    if isinstance(value, str) and len(value) > 64:
        raise ValueError("not a number")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or abs(number) > _MOST or (number and number.adjusted() < -30):
        raise ValueError("not a number")
    return number


def _dollars(cents: object) -> Decimal | None:
    """Gives exact dollars from cents."""
    number = _number(cents)
    return None if number is None else number.scaleb(-2)


def _moment(value: object) -> datetime | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 64:
        raise ValueError("not a time")
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time") from None


def _maybe_moment(value: object) -> datetime | None:
    try:
        return _moment(value)
    except ValueError:
        return None


def _rows(value: object) -> object:
    return [] if value is None else value


T = TypeVar("T")
Text = Annotated[str | None, BeforeValidator(_text)]
Count = Annotated[int, BeforeValidator(_count)]
Number = Annotated[Decimal | None, BeforeValidator(_number)]
Dollars = Annotated[Decimal | None, BeforeValidator(_dollars)]
"""Whole dollars, read from cents."""
Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A time that must be there."""
MaybeMoment = Annotated[datetime | None, BeforeValidator(_maybe_moment)]
"""A time that is only shown: unreadable is unknown."""
Rows = Annotated[list[T], BeforeValidator(_rows)]


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


def _none_is_empty(value: object) -> object:
    return {} if value is None else value


class Organization(Wire):
    id: Text = None
    name: Text = None


class WorkspaceRow(Wire):
    id: Text = None
    name: Text = None
    display_color: Text = None
    created_at: MaybeMoment = None
    archived_at: MaybeMoment = None


class Scope(Wire):
    type: Text = None
    workspace_id: Text = None


MaybeScope = Annotated[Scope, BeforeValidator(_none_is_empty)]


class ApiKeyRow(Wire):
    """Only what is counted: never the key's hint."""

    status: Text = None
    workspace_id: Text = None
    scope: MaybeScope = Scope()


class Group(Wire):
    id: Text = None
    type: Text = None
    display_name: Text = None


class RateLimitValue(Wire):
    type: Text = None
    value: Number = None


class RateLimitRow(Wire):
    group: Annotated[Group, BeforeValidator(_none_is_empty)] = Group()
    group_type: Text = None
    limits: Rows[RateLimitValue] = Field(default_factory=list)


class SpendLimitRow(Wire):
    dollars: Dollars = Field(default=None, validation_alias="amount")
    currency: Text = "USD"
    period: Text = None
    scope: MaybeScope = Scope()
    is_enabled: bool | None = None


class CacheCreation(Wire):
    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class ServerToolUse(Wire):
    web_search_requests: Count = 0


class UsageRow(Wire):
    workspace_id: Text = None
    model: Text = None
    uncached_input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation: Annotated[CacheCreation, BeforeValidator(_none_is_empty)] = CacheCreation()
    server_tool_use: Annotated[ServerToolUse, BeforeValidator(_none_is_empty)] = ServerToolUse()


class CostRow(Wire):
    dollars: Dollars = Field(default=None, validation_alias="amount")
    currency: Text = "USD"
    workspace_id: Text = None
    model: Text = None
    cost_type: Text = None
    token_type: Text = None


class UsageDay(Wire):
    starting_at: Moment
    results: Rows[UsageRow] = Field(default_factory=list)


class CostDay(Wire):
    starting_at: Moment
    results: Rows[CostRow] = Field(default_factory=list)


class Actor(Wire):
    type: Text = None
    email_address: Text = None
    api_key_name: Text = None


class LinesOfCode(Wire):
    added: Count = 0
    removed: Count = 0


class CoreMetrics(Wire):
    num_sessions: Count = 0
    lines_of_code: Annotated[LinesOfCode, BeforeValidator(_none_is_empty)] = LinesOfCode()
    commits_by_claude_code: Count = 0
    pull_requests_by_claude_code: Count = 0


class CodeTokens(Wire):
    input: Count = 0
    output: Count = 0
    cache_read: Count = 0
    cache_creation: Count = 0


class EstimatedCost(Wire):
    dollars: Dollars = Field(default=None, validation_alias="amount")
    currency: Text = "USD"


class ModelBreakdown(Wire):
    model: Text = None
    tokens: Annotated[CodeTokens, BeforeValidator(_none_is_empty)] = CodeTokens()
    estimated_cost: Annotated[EstimatedCost, BeforeValidator(_none_is_empty)] = EstimatedCost()


class ClaudeCodeRow(Wire):
    date: MaybeMoment = None
    actor: Annotated[Actor, BeforeValidator(_none_is_empty)] = Actor()
    core_metrics: Annotated[CoreMetrics, BeforeValidator(_none_is_empty)] = CoreMetrics()
    model_breakdown: Rows[ModelBreakdown] = Field(default_factory=list)


class ModelRow(Wire):
    id: Text = None
    display_name: Text = None


def parse_rows(shape: type[T], rows: object) -> list[T]:
    """Gives the rows of a page. Raises ValueError (pydantic's) for what cannot be read."""
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise ValueError("not a list")
    validate: Any = shape
    return [validate.model_validate(row) for row in rows]

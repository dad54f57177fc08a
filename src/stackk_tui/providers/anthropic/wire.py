"""The shapes of Anthropic's answers (`api/anthropic.md` §1–§3), read leniently.

Unknown fields are ignored, unknown words kept, nulls and missing fields tolerated; text is cleaned and cents
become dollars here, and nowhere else. A value of a wrong type is refused: better no figure than a wrong one.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from stackk_tui.providers.wire import (
    Count,
    MaybeMoment,
    Moment,
    Number,
    Rows,
    Text,
    Wire,
    none_is_empty,
    number,
    parse_rows,
)

__all__ = ["Wire", "parse_rows"]


def _dollars(cents: object) -> Decimal | None:
    """Gives exact dollars from cents."""
    amount = number(cents)
    return None if amount is None else amount.scaleb(-2)


Dollars = Annotated[Decimal | None, BeforeValidator(_dollars)]
"""Whole dollars, read from cents."""


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


MaybeScope = Annotated[Scope, BeforeValidator(none_is_empty)]


class ApiKeyRow(Wire):
    """What it is called and where it counts: never the key's hint."""

    id: Text = None
    name: Text = None
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
    group: Annotated[Group, BeforeValidator(none_is_empty)] = Group()
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
    api_key_id: Text = None
    workspace_id: Text = None
    model: Text = None
    uncached_input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    cache_creation: Annotated[CacheCreation, BeforeValidator(none_is_empty)] = CacheCreation()
    server_tool_use: Annotated[ServerToolUse, BeforeValidator(none_is_empty)] = ServerToolUse()


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
    lines_of_code: Annotated[LinesOfCode, BeforeValidator(none_is_empty)] = LinesOfCode()
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
    tokens: Annotated[CodeTokens, BeforeValidator(none_is_empty)] = CodeTokens()
    estimated_cost: Annotated[EstimatedCost, BeforeValidator(none_is_empty)] = EstimatedCost()


class ClaudeCodeRow(Wire):
    date: MaybeMoment = None
    actor: Annotated[Actor, BeforeValidator(none_is_empty)] = Actor()
    core_metrics: Annotated[CoreMetrics, BeforeValidator(none_is_empty)] = CoreMetrics()
    model_breakdown: Rows[ModelBreakdown] = Field(default_factory=list)


class ModelRow(Wire):
    id: Text = None
    display_name: Text = None

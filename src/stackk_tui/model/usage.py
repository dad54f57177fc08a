"""Usage: tokens, buckets, and the batches in which they arrive."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from stackk_tui.model.base import Value

DEFAULT_WORKSPACE = "default"
NO_MODEL = ""
"""The model of a cost that belongs to none, such as a web search."""


class Tokens(Value):
    """Token counts by kind. `input` excludes everything that was read from or written to a cache."""

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output + self.cache_write_5m + self.cache_write_1h + self.cache_read

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_write_5m=self.cache_write_5m + other.cache_write_5m,
            cache_write_1h=self.cache_write_1h + other.cache_write_1h,
            cache_read=self.cache_read + other.cache_read,
        )

    @classmethod
    def sum(cls, parts: "Iterable[Tokens]") -> "Tokens":
        return sum(parts, cls())


TOKEN_KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


class UsageSource(StrEnum):
    """Which report a bucket came from. Sources of one account that say the same thing are never added."""

    USAGE = "usage"  # tokens as the vendor counted them
    COST = "cost"  # money as the vendor billed it
    LOCAL = "local"  # tokens and estimated value from files on this machine
    CLAUDE_CODE_REPORT = "claude-code-report"  # a share of USAGE and COST, by tool; never added to them


ADDED_SOURCES = (UsageSource.USAGE, UsageSource.COST, UsageSource.LOCAL)
"""The sources that a total is made of."""
TOOL_REPORT = UsageSource.CLAUDE_CODE_REPORT
"""The source that speaks of the same calls as logs on the machines they were made from."""


class UsageBucket(Value):
    """One day × workspace × model of one source. None means that this source does not say."""

    day: date
    workspace_id: str = DEFAULT_WORKSPACE
    model: str = NO_MODEL
    tokens: Tokens | None = None
    unpriced_tokens: int = 0
    requests: int | None = None
    web_searches: int | None = None
    cost: Decimal | None = None
    """Whole units of `currency`."""
    currency: str = "USD"
    cost_by_kind: dict[str, Decimal] = Field(default_factory=dict)
    """Parts of `cost` by token kind (`TOKEN_KINDS`) or another word such as `web_search`."""


class UsageBatch(Value):
    """The whole truth of one source about some days: what is not in it did not happen on them."""

    source: UsageSource
    buckets: tuple[UsageBucket, ...]
    days: tuple[date, ...] | None
    """The days this batch speaks for; None means all days, so it replaces everything of its source."""
    final_days: frozenset[date] = frozenset()
    """Days that are over and settled: they are never asked for again."""
    workspaces: tuple[str, ...] | None = None
    """The workspaces it speaks for, where each is asked by itself; None means the whole account. What was
    never asked of a workspace is unknown then, whatever is known of another one; its settled days stay."""

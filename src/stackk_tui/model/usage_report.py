"""What was asked of the transcripts of a machine, and the answer (`stackk-tui usage`, DESIGN §4)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, get_args

from stackk_tui.model.base import Value
from stackk_tui.model.usage import Tokens

GroupBy = Literal["hour", "day", "week", "month", "session", "project", "model", "agent", "block"]
GROUPINGS: tuple[GroupBy, ...] = get_args(GroupBy)

CostMode = Literal["auto", "calculate", "display"]
"""`auto`: the recorded cost if a line has one, else calculated; `calculate`: always from tokens and list
prices; `display`: only what was recorded, nothing where it was not (`claude-code-logs.md` §5)."""
COST_MODES: tuple[CostMode, ...] = get_args(CostMode)


class UsageQuery(Value):
    """`since` and `until` are local days in `timezone`, both inclusive. No timezone is the person's own."""

    by: GroupBy = "day"
    since: date | None = None
    until: date | None = None
    timezone: str | None = None
    cost_mode: CostMode = "auto"
    start: datetime | None = None
    end: datetime | None = None
    """Moments, `[start, end)`, on top of the days: a window that began at 09:00 is not a day."""
    projects: tuple[str, ...] = ()
    """Keys of rows by project; only these count. The same below. Empty means all."""
    models: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    account: str | None = None
    """The label of one account's folders; None means all of them, each de-duplicated on its own."""
    price_as: str | None = None
    """A model's id: every call is priced as one of that model, always calculated. Rows keep their keys. Takes
    longer: each call is looked at. InvalidInput for a model without a price."""


class UsageRow(Value):
    """One group. `cost` is an estimate in US dollars of what has a price; None if nothing of it has."""

    key: str
    label: str = ""
    """What to read beside the key: a session's project, a project's last folder name. May be empty."""
    tokens: Tokens = Tokens()
    requests: int = 0
    """API calls after de-duplication; an advisor's call is one more."""
    web_searches: int = 0
    cost: Decimal | None = None
    unpriced_tokens: int = 0
    """The tokens that `cost` does not cover, for want of a price."""


class UsageReport(Value):
    """Rows by time are oldest first, the others largest first. `totals` has the key `total`."""

    by: GroupBy
    timezone: str
    """The zone of the days in it, an IANA name."""
    cost_mode: CostMode = "auto"
    rows: tuple[UsageRow, ...] = ()
    totals: UsageRow = UsageRow(key="total")
    unpriced_models: tuple[str, ...] = ()
    skipped_lines: int = 0
    """Lines with the usage marker that could not be used."""
    files: int = 0
    """Transcripts known to exist."""
    warnings: tuple[str, ...] = ()
    """Sentences for the person, e.g. a folder that was named and is not there."""


class BurnRate(Value):
    """How fast it goes, over the `minutes` up to the moment it was asked."""

    minutes: int
    tokens_per_minute: float
    output_per_minute: float
    cost_per_hour: Decimal | None
    """US dollars at list price; None when nothing of it has a price."""
    unpriced_tokens: int = 0


class LiveUsage(Value):
    """What goes on right now. Blocks are ours (`claude-code-logs.md` §6): an estimate, never a limit."""

    at: datetime
    last_call_at: datetime | None = None
    today: UsageRow = UsageRow(key="today")
    block: UsageRow | None = None
    """The five-hour block that is under way; None when none is."""
    block_start: datetime | None = None
    block_end: datetime | None = None
    recent: BurnRate | None = None
    """Over the last 60 minutes; None when there was no call in them."""
    since_start: BurnRate | None = None
    """Since the block began."""

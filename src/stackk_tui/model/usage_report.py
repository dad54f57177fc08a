"""What was asked of the transcripts of a machine, and the answer (`stackk-tui usage`, DESIGN §4)."""

from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from stackk_tui.model.base import Value
from stackk_tui.model.usage import Tokens

GroupBy = Literal["day", "week", "month", "session", "project", "model", "agent", "block"]
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

"""The way down through usage: from a day to its projects, their sessions, their models. Pure functions.

A level is what the table shows; its steps are the rows that were opened to get there. Each step narrows
what is asked; the groupings that a step has settled are not offered below it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import GroupBy, UsageQuery

Tab = Literal["day", "week", "month", "session", "project", "model", "agent", "block", "year"]
"""What a row is; `year` shows days as a calendar."""

TABS: tuple[Tab, ...] = ("day", "week", "month", "session", "project", "model", "agent", "block", "year")
TIMES: frozenset[Tab] = frozenset(("day", "week", "month", "block", "year"))
FINER: tuple[Tab, ...] = ("project", "session", "model", "agent")
"""What a day or a block is divided by, step by step."""
BLOCK = timedelta(hours=5)


@dataclass(frozen=True, slots=True)
class Step:
    """A row that was opened. `key` is the row's; `title` is how the breadcrumb says it."""

    by: "GroupBy"
    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Level:
    """What is shown, and how one came there. `cursor` is the key of the row the cursor was on."""

    tab: Tab = "day"
    steps: tuple[Step, ...] = ()
    cursor: str = ""

    @property
    def by(self) -> "GroupBy":
        """What is asked for."""
        return "day" if self.tab == "year" else self.tab


def offered(steps: tuple[Step, ...]) -> tuple[Tab, ...]:
    """Gives the groupings that still divide what the steps leave."""
    opened = {step.by for step in steps}
    settled: set[Tab] = {by for by in opened if by != "hour"}
    if "session" in opened:
        settled.add("project")
    if opened & {"day", "block"}:
        settled |= TIMES - {"block"}
    if "block" in opened:
        settled.add("block")
    if "week" in opened:
        settled |= {"month", "year"}
    if "month" in opened:
        settled.add("year")
    return tuple(tab for tab in TABS if tab not in settled)


def below(level: Level) -> Tab | None:
    """Gives what a row of this level is divided by; None where nothing divides it further."""
    there = offered((*level.steps, Step(level.by, "", "")))
    if level.tab in ("week", "month"):
        return "day"
    if level.tab == "block":
        return "session" if "session" in there else next((tab for tab in FINER if tab in there), None)
    if level.tab not in TIMES and "day" in there:
        return "day"
    return next((tab for tab in FINER if tab in there), None)


def opened(level: Level, key: str, title: str) -> Level | None:
    """Gives the level below a row; None where there is none."""
    tab = below(level)
    return None if tab is None else Level(tab, (*level.steps, Step(level.by, key, title)))


def narrowed(query: "UsageQuery", steps: tuple[Step, ...]) -> "UsageQuery":
    """Gives the question about what the steps leave of it."""
    for step in steps:
        query = query.model_copy(update=_narrowing(query, step))
    return query


def _narrowing(query: "UsageQuery", step: Step) -> dict[str, object]:
    if step.by in ("day", "week", "month"):
        first, last = days_of(step.by, step.key)
        return {
            "since": max(first, query.since) if query.since else first,
            "until": min(last, query.until) if query.until else last,
        }
    if step.by == "block":
        start = block_start(step.key)
        return {"start": start, "end": start + BLOCK}
    return {f"{step.by}s": (step.key,)}


def has_days(steps: tuple[Step, ...]) -> bool:
    """Says whether the steps leave certain days, whole ones: no span of days is to be laid over them."""
    return any(step.by in ("day", "week", "month") for step in steps)


def days_of(by: str, key: str) -> tuple[date, date]:
    """Gives the first and the last day of a row by day, week or month. Raises ValueError for other keys."""
    if by == "month":
        first = date.fromisoformat(f"{key}-01")
        return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    first = date.fromisoformat(key)
    return first, first + timedelta(days=6 if by == "week" else 0)


def block_start(key: str) -> datetime:
    """Gives the moment a row by block begins. Raises ValueError for other keys."""
    moment = datetime.fromisoformat(key)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Trail:
    """The levels from the top to the one that is shown; each remembers its cursor."""

    def __init__(self, tab: Tab = "day") -> None:
        self._levels = [Level(tab)]

    @property
    def level(self) -> Level:
        """The one that is shown."""
        return self._levels[-1]

    @property
    def deep(self) -> bool:
        """Whether there is a way back up."""
        return len(self._levels) > 1

    @property
    def titles(self) -> list[str]:
        """The breadcrumb: the rows that were opened."""
        return [step.title for step in self.level.steps]

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The groupings offered here."""
        return offered(self.level.steps)

    def remember(self, cursor: str) -> None:
        """Notes where the cursor stands."""
        self._levels[-1] = replace(self.level, cursor=cursor)

    def open(self, key: str, title: str) -> bool:
        """Goes below a row; says whether there was a way."""
        self.remember(key)
        level = opened(self.level, key, title)
        if level is not None:
            self._levels.append(level)
        return level is not None

    def up(self) -> bool:
        """Goes back to where the last row was opened; says whether there was a way."""
        if self.deep:
            self._levels.pop()
            return True
        return False

    def turn(self, tab: Tab) -> bool:
        """Shows another grouping of the same; says whether anything changed."""
        if tab == self.level.tab or tab not in self.tabs:
            return False
        self._levels[-1] = replace(self.level, tab=tab, cursor="")
        return True

    def beside(self, by: int) -> Tab:
        """Gives the grouping so many places to the right."""
        tabs = self.tabs
        at = tabs.index(self.level.tab) if self.level.tab in tabs else 0
        return tabs[(at + by) % len(tabs)]

    def top(self) -> None:
        """Forgets all that was opened."""
        del self._levels[1:]

"""Asking for what a level of the usage screen shows. No widgets: it awaits the stack and gives values."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackk_tui.tui.drill import Level
from stackk_tui.tui.usage_wish import Keys, Wish, everything, matching, question

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import UsageReport
    from stackk_tui.stack import Stack


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked: two answers to the same are of the same thing. The level's cursor is left out."""

    wish: Wish
    level: Level
    today: date
    calendar_end: date


@dataclass(frozen=True, slots=True)
class Read:
    """An answer. Where there are no rows, `unmatched` or `nowhere` say why."""

    asked: Asked
    report: "UsageReport"
    known_from: date | None = None
    """The first day of the logs; asked for with a calendar and when there are no rows."""
    unmatched: str = ""
    """The typed words that no project or model has."""
    accounts: tuple[str, ...] = ()
    """The labels of all accounts there are."""

    @property
    def nowhere(self) -> bool:
        """Whether there is no usage on this machine at all."""
        return not self.report.rows and not self.unmatched and self.known_from is None


async def read(stack: "Stack", asked: Asked) -> Read:
    """Gives what a level shows. Raises StackkError."""
    return replace(await _read(stack, asked), accounts=await stack.usage_accounts())


async def _read(stack: "Stack", asked: Asked) -> Read:
    wish, level = asked.wish, asked.level
    whole = everything(wish)
    keys = Keys()
    if wish.project or wish.model:
        by_project, by_model = await stack.usage_reports(
            [whole.model_copy(update={"by": "project"}), whole.model_copy(update={"by": "model"})]
        )
        keys = Keys(
            matching(wish.project, by_project.rows) if wish.project else (),
            matching(wish.model, by_model.rows) if wish.model else (),
        )
        for words, found in ((wish.project, keys.projects), (wish.model, keys.models)):
            if words and not found:
                nothing = by_project.model_copy(
                    update={"by": level.by, "rows": (), "totals": type(by_project.totals)(key="total")}
                )
                return Read(asked, nothing, unmatched=words)
    query = question(wish, level, asked.today, keys, asked.calendar_end)
    if level.tab == "year":
        report, days = await stack.usage_reports([query, whole])
        return Read(asked, report, first_day_of(days))
    (report,) = await stack.usage_reports([query])
    if not report.rows:
        (days,) = await stack.usage_reports([whole])
        return Read(asked, report, first_day_of(days))
    return Read(asked, report)


def first_day_of(days: "UsageReport") -> date | None:
    """Gives the first day of a report by day."""
    return date.fromisoformat(days.rows[0].key) if days.rows else None


def today_in(zone: str, now: datetime) -> date:
    """Gives the day it is in a zone; in the process's own one where the name is empty or not known."""
    return local(zone, now).date()


def local(zone: str, moment: datetime) -> datetime:
    """Gives a moment in a zone, by its IANA name."""
    try:
        return moment.astimezone(ZoneInfo(zone)) if zone else moment.astimezone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return moment.astimezone()

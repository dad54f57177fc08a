"""What a person wants to see of the usage here, and the question that asks for it. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from stackk_tui.insight.heat import first_day, monday
from stackk_tui.report import format as f
from stackk_tui.tui.drill import Level, has_days, narrowed

if TYPE_CHECKING:
    from stackk_tui.model.usage_report import CostMode, UsageQuery, UsageRow

SPANS: tuple[int | None, ...] = (7, 30, 90, 365, None)
"""Days up to today; None is all there is."""
SPAN_WORDS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "a year", None: "all days"}
COST_WORDS: "dict[CostMode, str]" = {
    "auto": "cost recorded or by list",
    "calculate": "cost by list prices",
    "display": "recorded cost only",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A span or typed days, and what else was typed. Empty words leave everything in."""

    span: int | None = 30
    since: date | None = None
    until: date | None = None
    project: str = ""
    """Letters of a project's folder; the same below for a model's id."""
    model: str = ""
    timezone: str = ""
    cost_mode: "CostMode" = "auto"
    account: str | None = None
    """One account's folders; None means all."""

    @property
    def typed_days(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def typed(self) -> bool:
        """Whether anything was typed that `cleared` takes back."""
        return self != self.cleared()

    def cleared(self) -> "Wish":
        """Gives it without what was typed; span, kind of cost and account stay."""
        return Wish(span=self.span, cost_mode=self.cost_mode, account=self.account)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that the typed words stand for; empty means all."""

    projects: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


def everything(wish: Wish) -> "UsageQuery":
    """Gives the question about all there is, in the wished zone and account."""
    from stackk_tui.model.usage_report import UsageQuery

    return UsageQuery(timezone=wish.timezone or None, cost_mode=wish.cost_mode, account=wish.account)


def question(wish: Wish, level: Level, today: date, keys: Keys, calendar_end: date) -> "UsageQuery":
    """Gives the question that a level of the way down asks."""
    first, last = days_shown(wish, level, today, calendar_end)
    days = {"by": level.by, "since": first, "until": last}
    base = everything(wish).model_copy(update={**days, "projects": keys.projects, "models": keys.models})
    return narrowed(base, level.steps)


def days_shown(wish: Wish, level: Level, today: date, calendar_end: date) -> tuple[date | None, date | None]:
    """Gives the first and last day a level asks for, before its steps; None leaves that end open.

    A span is rounded out to whole weeks and months where they are rows; typed days are kept as typed.
    """
    if level.tab == "year":
        first, last = first_day(calendar_end), calendar_end
        return max(first, wish.since or first), min(last, wish.until or last)
    if wish.typed_days or wish.span is None or has_days(level.steps):
        return wish.since, wish.until
    first = today - timedelta(days=wish.span - 1)
    if level.tab == "week":
        first = monday(first)
    if level.tab == "month":
        first = first.replace(day=1)
    return first, None


def matching(words: str, rows: "Sequence[UsageRow]") -> tuple[str, ...]:
    """Gives the keys of the rows in whose key or label each of the words stands."""
    wanted = words.casefold().split()
    return tuple(row.key for row in rows if all(w in f"{row.key} {row.label}".casefold() for w in wanted))


def account_name(label: str) -> str:
    """Gives how an account's label is said: the empty one is this machine's own folders."""
    return label or "this machine"


def filter_words(
    wish: Wish, level: Level, today: date, calendar_end: date, zone: str, *, accounts: int = 1
) -> list[str]:
    """Gives what is asked for, in parts: the days, what was typed, the kind of cost."""
    parts = [_days_words(wish, level, today, calendar_end)]
    parts += [f"project “{wish.project}”"] if wish.project else []
    parts += [f"model “{wish.model}”"] if wish.model else []
    parts += [f"account {account_name(wish.account)}"] if wish.account is not None and accounts > 1 else []
    parts += [f"days of {zone}"] if zone else []
    parts.append(COST_WORDS[wish.cost_mode])
    return [part for part in parts if part]


def _days_words(wish: Wish, level: Level, today: date, calendar_end: date) -> str:
    first, last = days_shown(wish, level, today, calendar_end)
    if any(step.by in ("day", "block", "week", "month") for step in level.steps) and not wish.typed_days:
        return ""
    if level.tab == "year":
        return f.days(first or today, last or today, today)
    if first is None and last is None:
        return SPAN_WORDS[None]
    if wish.typed_days and last is None and first is not None:
        return f"since {f.day(first, today)}"
    if first is None:
        return f"until {f.day(last or today, today)}"
    rounded = {"week": ", whole weeks", "month": ", whole months"}.get(level.tab, "")
    span = "" if wish.typed_days else f"{SPAN_WORDS[wish.span]}{rounded}: "
    return span + f.days(first, last or today, today)

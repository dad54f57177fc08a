"""Answers questions about the transcripts: scan, add up, price (`UsageQuery` → `UsageReport`)."""

from __future__ import annotations

from stackk_tui.model.errors import InvalidInput
from stackk_tui.providers.claude_code.report import (
    BY_TIME,
    Tally,
    blocks_of,
    folder_name,
    hour_text,
    iso_day,
    model_key,
    monday,
    plain_name,
    sum_of,
)
from stackk_tui.providers.claude_code.slots import QUARTER_MS
from stackk_tui.providers.claude_code.state import State, with_state
from stackk_tui.providers.claude_code.sums import Wanted
from stackk_tui.providers.claude_code.words import cleaned
from stackk_tui.providers.claude_code.zone import local_zone, zone_named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from threading import Event
    from typing import Any
    from zoneinfo import ZoneInfo

    from stackk_tui.config import Settings
    from stackk_tui.model.usage_report import UsageQuery, UsageReport, UsageRow
    from stackk_tui.providers.claude_code.report import Pricing
    from stackk_tui.providers.claude_code.roots import Account, Roots
    from stackk_tui.providers.claude_code.scan import Progress
    from stackk_tui.providers.claude_code.slots import How, Slots
    from stackk_tui.providers.claude_code.sums import Summing

__all__ = ["Answering", "State", "accounts_of", "answer", "answers", "sorted_rows", "with_state"]

_EPOCH = 719_163
_DAY_MS = 86_400_000
THIS_MACHINE = "this machine"


def answer(settings: Settings, query: UsageQuery, stop: Event | None = None) -> UsageReport:
    """Gives the report. Blocking. Raises InvalidInput, StorageError, OperationCancelled."""
    return answers(settings, [query], stop)[0]


def answers(
    settings: Settings,
    queries: Sequence[UsageQuery],
    stop: Event | None = None,
    progress: Progress | None = None,
) -> list[UsageReport]:
    """Gives a report per query from one scan. Blocking.

    Raises InvalidInput (no such time zone or account), StorageError, OperationCancelled.
    """
    zones = [_zone(settings, query) for query in queries]

    def work(state: State) -> list[UsageReport]:
        return [
            Answering(state, query, zone, warning).report()
            for query, (zone, warning) in zip(queries, zones, strict=True)
        ]

    return with_state(settings, work, stop, progress)


def accounts_of(roots: Roots, label: str | None) -> list[Account]:
    """Gives the accounts a query is about. Raises InvalidInput for a label there is none of."""
    if label is None:
        return list(roots.accounts)
    found = [account for account in roots.accounts if label in (account.label, account.label or THIS_MACHINE)]
    if not found:
        names = ", ".join(account.label or THIS_MACHINE for account in roots.accounts)
        raise InvalidInput(
            f"There is no account called {cleaned(label, 256)!r} on this machine.",
            next_step=f"Those there are: {names}. config.toml names more, in [[claude_code.accounts]].",
        )
    return found


class Answering:
    """One query on an open index."""

    def __init__(self, state: State, query: UsageQuery, zone: ZoneInfo, zone_warning: str | None) -> None:
        self.state, self.query, self.zone, self.zone_warning = state, query, zone, zone_warning
        self.pricing = state.pricing(query.cost_mode) if query.price_as is None else _priced_as(state, query)
        self.projects: dict[str, str] = {}
        """A project by session, for its label."""

    def tallies(self) -> dict[str, Tally]:
        """Gives one tally per row's key."""
        found: dict[str, Tally] = {}
        for account in accounts_of(self.state.roots, self.query.account):
            self._add(account, self.state.summing(account, self.zone, self.pricing), found)
        return found

    def _add(self, account: Account, summing: Summing, found: dict[str, Tally]) -> None:
        query = self.query
        first, last, parts = _quarters(query.start, query.end)
        edges: Sequence[tuple[int | None, int | None]] = parts
        wanted = Wanted(
            (_day_number(query.since), _day_number(query.until)),
            (first, last), query.projects, query.models, query.sessions, query.agents,
        )  # fmt: skip
        sql, name = self._key(summing)
        if query.price_as is not None:  # its prompt lengths and kinds of token are told apart by the call
            edges = [_span(query)]
        elif not (first is not None and last is not None and first >= last):
            merged: dict[Any, Tally] = summing.tallies(sql, wanted, name)
            for key, tally in merged.items():
                _put(found, key, tally)
        for start, end in edges:
            part: dict[Any, Tally] = {}
            summing.add_slots(self._exact(account, start, end), self._slot_key(summing), wanted, part)
            for key, tally in part.items():
                _put(found, key, tally)

    def _exact(self, account: Account, start: int | None, end: int | None) -> Slots:
        from stackk_tui.providers.claude_code.calls import calls_between
        from stackk_tui.providers.claude_code.slots import put

        slots: Slots = {}
        for call in calls_between(self.state.index, account.known, start, end):
            put(slots, call, self.pricing.shapes)
        return slots

    def _key(self, summing: Summing) -> tuple[str, Callable[[Any, How], str]]:
        """Gives what to group by in SQL, and the row's key for its value."""
        by = self.query.by
        if by in ("day", "week", "month"):
            return summing.day_sql(), lambda day, _: _time_key(by, day)
        if by == "hour":
            return "quarter / 4", lambda hour, _: hour_text(hour)
        if by == "block":
            starts = blocks_of(summing.hours())
            return "quarter / 4", lambda hour, _: hour_text(starts[hour])
        if by == "model":
            return "0", lambda _, how: model_key(how)
        whos = summing.whos()
        place = {"project": 0, "session": 1, "agent": 2}[by]
        if by == "session":
            for project, session in summing.sessions():
                self.projects[session] = min(project, self.projects.get(session, project))
        return "who", lambda who, _: whos[who][place]

    def _slot_key(self, summing: Summing) -> Callable[[int, How, tuple[str, str, str]], str]:
        by = self.query.by
        if by in ("day", "week", "month"):
            return lambda quarter, _, __: _time_key(by, summing.day_of(quarter))
        if by == "hour":
            return lambda quarter, _, __: hour_text(quarter // 4)
        if by == "block":
            starts = blocks_of(summing.hours())
            return lambda quarter, _, __: hour_text(starts[quarter // 4])
        if by == "model":
            return lambda _, how, __: model_key(how)
        place = {"project": 0, "session": 1, "agent": 2}[by]
        return lambda _, __, who: who[place]

    def label(self, key: str) -> str:
        """Gives what to read beside a key: a session's folder and its id's beginning, a project's folder
        name, a model's plain id."""
        if self.query.by == "session":
            return f"{folder_name(self.projects.get(key, ''))} · {key[:8]}"
        if self.query.by == "project":
            return folder_name(key)
        return plain_name(key) if self.query.by == "model" else ""

    def warnings(self, total: Tally) -> list[str]:
        found = [*self.state.warnings, *self.state.book.warnings]
        if self.zone_warning:
            found.append(self.zone_warning)
        if total.unrecorded:
            many = total.unrecorded != 1
            calls = f"{total.unrecorded} calls have" if many else "1 call has"
            found.append(f"{calls} no recorded cost and count{'' if many else 's'} as nothing in this mode.")
        return found

    def report(self) -> UsageReport:
        from stackk_tui.model.usage_report import UsageReport

        tallies = self.tallies()
        total = sum_of(tallies.values())
        counted = self.state.counted(accounts_of(self.state.roots, self.query.account))
        return UsageReport(
            by=self.query.by,
            timezone=self.zone.key,
            cost_mode=self.query.cost_mode,
            rows=tuple(
                sorted_rows(
                    self.query.by, [row_of(key, tally, self.label(key)) for key, tally in tallies.items()]
                )
            ),
            totals=row_of("total", total),
            unpriced_models=tuple(total.unpriced_names()),
            skipped_lines=counted.skipped_lines,
            files=counted.files,
            warnings=tuple(self.warnings(total)),
        )


def row_of(key: str, tally: Tally, label: str = "") -> UsageRow:
    from stackk_tui.model.usage_report import UsageRow

    return UsageRow(
        key=key,
        label=label,
        tokens=tokens_of(tally),
        requests=tally.requests,
        web_searches=tally.web_searches,
        cost=tally.cost(),
        unpriced_tokens=tally.unpriced,
    )


def tokens_of(tally: Tally) -> Any:
    from stackk_tui.model.usage import TOKEN_KINDS, Tokens

    return Tokens(**dict(zip(TOKEN_KINDS, tally.counts, strict=True)))


def sorted_rows(by: str, rows: list[UsageRow]) -> list[UsageRow]:
    """Gives rows by time oldest first, others by cost, then tokens, largest first."""
    if by in BY_TIME:
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.cost or 0), -row.tokens.total, row.key))


def _put(found: dict[str, Tally], key: str, tally: Tally) -> None:
    known = found.get(key)
    if known is None:
        found[key] = tally
    else:
        known.merge(tally)


def _time_key(by: str, day: int) -> str:
    if by == "day":
        return iso_day(day)
    return iso_day(monday(day)) if by == "week" else iso_day(day)[:7]


def _zone(settings: Settings, query: UsageQuery) -> tuple[ZoneInfo, str | None]:
    return (zone_named(query.timezone), None) if query.timezone is not None else local_zone(settings)


def _day_number(day: date | None) -> int | None:
    return None if day is None else day.toordinal() - _EPOCH


def _quarters(
    start: datetime | None, end: datetime | None
) -> tuple[int | None, int | None, list[tuple[int, int]]]:
    """Gives the whole quarters between two moments, and what is left before and after, in ms."""
    from_ms, to_ms = _up(start), _up(end)
    first = None if from_ms is None else -(-from_ms // QUARTER_MS)
    last = None if to_ms is None else to_ms // QUARTER_MS
    edges = []
    if from_ms is not None and to_ms is not None and first is not None and last is not None and first > last:
        return first, last, [(from_ms, to_ms)] if from_ms < to_ms else []
    if from_ms is not None and first is not None and from_ms % QUARTER_MS:
        edges.append((from_ms, first * QUARTER_MS))
    if to_ms is not None and last is not None and to_ms % QUARTER_MS:
        edges.append((last * QUARTER_MS, to_ms))
    return first, last, edges


def _span(query: UsageQuery) -> tuple[int | None, int | None]:
    """Gives milliseconds around all that is asked for; local days begin and end up to a day off."""
    starts = [
        _up(query.start),
        None if query.since is None else ((_day_number(query.since) or 0) - 1) * _DAY_MS,
    ]
    ends = [_up(query.end), None if query.until is None else ((_day_number(query.until) or 0) + 2) * _DAY_MS]
    return (
        max((each for each in starts if each is not None), default=None),
        min((each for each in ends if each is not None), default=None),
    )


def _priced_as(state: State, query: UsageQuery) -> Pricing:
    from stackk_tui.providers.claude_code.price_as import PricedAs

    assert query.price_as is not None
    return PricedAs(state.book, state.shapes, query.price_as)


def _up(moment: datetime | None) -> int | None:
    """Gives the first whole millisecond at or after a moment."""
    if moment is None:
        return None
    from datetime import UTC, datetime, timedelta

    micros = (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return -(-micros // 1000)

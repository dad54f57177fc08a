"""What was used, added up by the index: by local day, hour, project and so on (SQL on the table `slot`)."""

from __future__ import annotations

from decimal import Decimal

from stackk_tui.providers.claude_code.report import Tally, model_key
from stackk_tui.providers.claude_code.slots import QUARTER_MS, RECORDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any
    from zoneinfo import ZoneInfo

    from stackk_tui.providers.claude_code.index import Index
    from stackk_tui.providers.claude_code.report import Pricing
    from stackk_tui.providers.claude_code.slots import How, Slots

_QUARTERS_A_DAY = 96
_DAY_MS = 86_400_000
_SUMS = "SUM(requests), SUM(searches), SUM(input), SUM(output), SUM(write_5m), SUM(write_1h), SUM(read)"


class Wanted:
    """What of a view counts. `days` are local days since 1970, both inclusive; `quarters` are half-open."""

    __slots__ = ("agents", "days", "models", "projects", "quarters", "sessions")

    def __init__(  # noqa: PLR0917
        self,
        days: tuple[int | None, int | None] = (None, None),
        quarters: tuple[int | None, int | None] = (None, None),
        projects: Iterable[str] = (),
        models: Iterable[str] = (),
        sessions: Iterable[str] = (),
        agents: Iterable[str] = (),
    ) -> None:
        self.days = days
        self.quarters = quarters
        self.projects, self.models = frozenset(projects), frozenset(models)
        self.sessions, self.agents = frozenset(sessions), frozenset(agents)

    def wants_who(self, who: Sequence[str]) -> bool:
        """Says whether project, session and agent are among the wanted."""
        return (
            (not self.projects or who[0] in self.projects)
            and (not self.sessions or who[1] in self.sessions)
            and (not self.agents or who[2] in self.agents)
        )

    def wants_model(self, how: How) -> bool:
        return not self.models or model_key(how) in self.models

    @property
    def all_whos(self) -> bool:
        return not (self.projects or self.sessions or self.agents)


class Summing:
    """One view, a zone and a price table; `tallies` is what is asked of it."""

    def __init__(self, index: Index, view: int, zone: ZoneInfo | None, pricing: Pricing) -> None:
        """No zone: UTC."""
        self._db, self._view, self._pricing = index.db, view, pricing
        self.hows: dict[int, How] = {
            row[0]: row[1:] for row in self._db.execute("SELECT id, model, flags, class FROM how")
        }
        days = pricing.changes({how[0] for how in self.hows.values()})
        self._changes = [_day_number(day) * _QUARTERS_A_DAY for day in days]
        self._segments = segments(zone, () if _is_utc(zone) else self._days())

    def _days(self) -> list[int]:
        """Gives the UTC days since 1970 in which there were calls, in order."""
        first = f"SELECT MIN(quarter) / {_QUARTERS_A_DAY} FROM slot WHERE view = ?"
        after = f"{first} AND quarter >= (day + 1) * {_QUARTERS_A_DAY}"
        sql = (
            f"WITH RECURSIVE days(day) AS ({first}"
            f" UNION ALL SELECT ({after}) FROM days WHERE day IS NOT NULL)"
            " SELECT day FROM days WHERE day IS NOT NULL"
        )
        return [row[0] for row in self._db.execute(sql, (self._view, self._view))]

    def day_sql(self) -> str:
        """Gives the local day of a slot, as days since 1970."""
        parts = [f"WHEN quarter < {until} THEN {offset}" for until, offset in self._segments[:-1]]
        offset = (
            f"CASE {' '.join(parts)} ELSE {self._segments[-1][1]} END" if parts else str(self._segments[0][1])
        )
        return f"((quarter * 900 + {offset}) / 86400)"

    def day_of(self, quarter: int) -> int:
        """The same for one quarter."""
        for until, offset in self._segments[:-1]:
            if quarter < until:
                return (quarter * 900 + offset) // 86400
        return (quarter * 900 + self._segments[-1][1]) // 86400

    def hours(self) -> list[int]:
        """Gives the UTC hours since 1970 in which there were calls."""
        sql = "SELECT DISTINCT quarter / 4 FROM slot WHERE view = ?"
        return [row[0] for row in self._db.execute(sql, (self._view,))]

    def last_quarter(self, before: int) -> int | None:
        """Gives the last quarter with calls before one."""
        sql = "SELECT quarter FROM slot WHERE view = ? AND quarter < ? ORDER BY quarter DESC LIMIT 1"
        found = self._db.execute(sql, (self._view, before)).fetchone()
        return None if found is None else int(found[0])

    def whos(self) -> dict[int, tuple[str, str, str]]:
        """Gives project, session and agent by their number."""
        return {row[0]: row[1:] for row in self._db.execute("SELECT id, project, session, agent FROM who")}

    def sessions(self) -> list[tuple[str, str]]:
        """Gives project and session of all that counts in this account, not what others have."""
        used = "SELECT who FROM slot WHERE view = ?"
        sql = f"SELECT DISTINCT project, session FROM who WHERE id IN ({used})"
        return self._db.execute(sql, (self._view,)).fetchall()

    def tallies(
        self,
        key_sql: str,
        wanted: Wanted,
        key_of: Callable[[Any, How], Any] = lambda key, _: key,
        into: dict[Any, Tally] | None = None,
    ) -> dict[Any, Tally]:
        """Gives a tally per key: `key_sql` is an expression on a slot, `key_of` names the row for its value
        and the model."""
        found: dict[Any, Tally] = {} if into is None else into
        where, values = self._where(wanted)
        when = " + ".join(f"(quarter >= {change})" for change in self._changes) or "0"
        for row in self._groups(f"{key_sql}, {when}, how", where, values):
            how = self.hows[row[2]]
            key = key_of(row[0], how)
            tally = found.get(key)
            if tally is None:
                tally = found[key] = Tally()
            tally.add(how, self._moment(row[1]), row[3], row[4], row[5:10], self._pricing)
        self._add_recorded(key_sql, where, values, key_of, found)
        return found

    def _groups(self, keys: str, where: str, values: list[Any]) -> Iterable[tuple[Any, ...]]:
        import sqlite3

        try:
            return self._db.execute(
                f"SELECT {keys}, {_SUMS} FROM slot WHERE {where} GROUP BY 1, 2, 3", values
            ).fetchall()
        except sqlite3.OperationalError as error:
            if "overflow" not in str(error):
                raise
            columns = "requests, searches, input, output, write_5m, write_1h, read"
            return self._db.execute(f"SELECT {keys}, {columns} FROM slot WHERE {where}", values).fetchall()

    def add_slots(
        self,
        slots: Slots,
        key: Callable[[int, How, tuple[str, str, str]], Any],
        wanted: Wanted,
        into: dict[Any, Tally],
    ) -> None:
        """Adds sums that are not in the index: of calls in a part of a quarter."""
        for (quarter, how, who), sums in slots.items():
            if not (wanted.wants_model(how) and wanted.wants_who(who) and self._wants_day(quarter, wanted)):
                continue
            name = key(quarter, how, who)
            tally = into.get(name)
            if tally is None:
                tally = into[name] = Tally()
            epoch = sum(quarter >= change for change in self._changes)
            tally.add(how, self._moment(epoch), sums[0], sums[1], sums[2:7], self._pricing)
            if self._pricing.is_recorded(how):
                tally.recorded += sum(map(Decimal, sums[7]))

    def _wants_day(self, quarter: int, wanted: Wanted) -> bool:
        first, last = wanted.days
        if first is None and last is None:
            return True
        day = self.day_of(quarter)
        return (first is None or day >= first) and (last is None or day <= last)

    def _moment(self, epoch: int) -> int:
        """Gives a moment (UTC ms) at which the prices of an epoch held."""
        return self._changes[epoch - 1] * QUARTER_MS if epoch else 0

    def _where(self, wanted: Wanted) -> tuple[str, list[Any]]:
        parts, values = ["view = ?"], [self._view]
        for bound, sign in ((wanted.quarters[0], ">="), (wanted.quarters[1], "<")):
            if bound is not None:
                parts.append(f"quarter {sign} {bound}")
        first, last = wanted.days
        if first is not None:  # the coarse bound is for the primary key
            parts.append(f"quarter >= {(first - 2) * _QUARTERS_A_DAY} AND {self.day_sql()} >= {first}")
        if last is not None:
            parts.append(f"quarter < {(last + 3) * _QUARTERS_A_DAY} AND {self.day_sql()} <= {last}")
        if wanted.models:
            parts.append(_among("how", (id for id, how in self.hows.items() if wanted.wants_model(how))))
        if not wanted.all_whos:
            parts.append(_among("who", (id for id, who in self.whos().items() if wanted.wants_who(who))))
        return " AND ".join(parts), values

    def _add_recorded(
        self,
        key_sql: str,
        where: str,
        values: list[Any],
        key_of: Callable[[Any, How], Any],
        found: dict[Any, Tally],
    ) -> None:
        if not any(how[1] & RECORDED and self._pricing.is_recorded(how) for how in self.hows.values()):
            return
        sql = f"SELECT {key_sql}, how, recorded FROM slot WHERE recorded IS NOT NULL AND {where}"
        for key, how_id, recorded in self._db.execute(sql, values):
            found[key_of(key, self.hows[how_id])].recorded += Decimal(recorded)


def segments(zone: ZoneInfo | None, days: Iterable[int]) -> list[tuple[int, int]]:
    """Gives (until, seconds east of UTC) for the quarters of some UTC days since 1970, in order; the last one
    is for all that follow. Days without a call need no look: a false date may lie thousands of years off."""
    if _is_utc(zone):
        return [(0, 0)]
    from datetime import UTC, datetime

    def offset(quarter: int) -> int:
        shift = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone).utcoffset()
        return 0 if shift is None else shift.days * 86_400 + shift.seconds

    found: list[tuple[int, int]] = []
    now = None
    for day in days:
        low, high = day * _QUARTERS_A_DAY, (day + 1) * _QUARTERS_A_DAY - 1
        begins, ends = offset(low), offset(high)
        if now is not None and begins != now:
            found.append((low, now))
        now = begins
        if ends != now:
            while high - low > 1:  # offset(low) is now's, offset(high) is not
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == now else (low, middle)
            found.append((high, now))
            now = ends
    return [*found, (0, now or 0)]


def _is_utc(zone: ZoneInfo | None) -> bool:
    return zone is None or zone.key == "UTC"


def _day_number(day: str) -> int:
    from datetime import date

    return date.fromisoformat(day).toordinal() - 719_163


def _among(column: str, ids: Iterable[int]) -> str:
    return f"{column} IN ({', '.join(map(str, ids))})"


assert _DAY_MS == _QUARTERS_A_DAY * QUARTER_MS

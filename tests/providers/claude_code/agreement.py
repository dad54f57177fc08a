"""Asks the reader under test many questions at once, and holds every answer against the plain reader's."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from stackk_tui.config import Settings, load_settings
from stackk_tui.model.usage_report import COST_MODES, GROUPINGS, UsageQuery, UsageReport, UsageRow
from stackk_tui.providers.claude_code.usage import answers
from tests.providers.claude_code import reference, reference_report
from tests.providers.claude_code.reference import Row, Transcript

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")


@dataclass
class Machine:
    """A home of its own below `folder`, and what a reader with a memory has seen there."""

    folder: Path
    seen: dict[Path, Transcript]

    @classmethod
    def make(cls, folder: Path) -> "Machine":
        made = cls(folder, {})
        made.projects.mkdir(parents=True)
        return made

    @property
    def projects(self) -> Path:
        return self.folder / "home/.claude/projects"

    def settings(self, **env: str) -> Settings:
        home = {"HOME": str(self.folder / "home"), "STACKK_HOME": str(self.folder / "stackk"), "TZ": "UTC"}
        return load_settings({**home, **env})

    def scan(self) -> UsageReport:
        """Lets both readers look."""
        reference.remember(self.projects, self.seen)
        return answers(self.settings(), [UsageQuery()])[0]

    def check(self, chance: random.Random, some: int | None = None) -> None:
        """Looks, then compares `some` questions or all of them, and what could not be read."""
        report = self.scan()
        assert report.files == sum(path.is_file() for path in self.projects.rglob("*.jsonl"))
        assert report.skipped_lines == reference.broken(self.seen.values())
        compare(self.settings(), reference.calls(self.seen.values()), chance, some)


def compare(
    settings: Settings,
    calls: list[Row],
    chance: random.Random,
    some: int | None = None,
    *,
    account: str | None = None,
    but: Sequence[str] = (),
) -> None:
    """Asserts that all answers are those of the plain reader: rows, their order, totals, dollars, to the last
    decimal. `calls` are those of one account or of all; `but`: groupings that are not asked for."""
    queries = [query for query in questions(calls, chance) if query.by not in but]
    queries = [query.model_copy(update={"account": account}) for query in queries]
    if some is not None:
        queries = chance.sample(queries, min(some, len(queries)))
    for query, answer in zip(queries, answers(settings, queries), strict=True):
        rows, total = reference_report.report(
            calls,
            query.by,
            query.timezone or "UTC",
            query.cost_mode,
            partial(wanted, query),
        )
        got = [plain(row) for row in (*answer.rows, answer.totals)]
        true = [truth(row) for row in (*rows, total)]
        wrong = [pair for pair in zip_longest(got, true) if pair[0] != pair[1]]
        assert not wrong, f"{query!r}: got {wrong[0][0]}, but it is {wrong[0][1]}"
        assert set(answer.unpriced_models) == total["unpriced_models"], repr(query)


def questions(calls: list[Row], chance: random.Random) -> list[UsageQuery]:
    """Gives every grouping in every zone and cost mode, and each filter that could hit or miss."""
    asked = [
        UsageQuery(by=by, timezone=zone, cost_mode=mode)
        for by in GROUPINGS
        for zone in (ZONES if by in reference_report.BY_TIME else ZONES[:1])
        for mode in COST_MODES
    ]
    for by in GROUPINGS:
        zone = chance.choice(ZONES)
        asked += [
            UsageQuery(by=by, timezone=zone, cost_mode=chance.choice(COST_MODES), **limits)
            for limits in filters(calls, zone, chance)
        ]
    return asked


def filters(calls: list[Row], zone: str, chance: random.Random) -> Iterable[dict[str, Any]]:
    items = reference_report.items(calls)
    if not items:
        return
    one, other = chance.choice(items), chance.choice(items)
    first, last = sorted(reference_report.local_day(item, zone) for item in (one, other))
    yield {"since": first}
    yield {"until": last}
    yield {"since": first, "until": last}
    yield {"since": date(2031, 1, 1)}
    start, end = sorted(reference.EPOCH + timedelta(milliseconds=item["ts"]) for item in (one, other))
    yield {"start": start}
    yield {"end": end}
    yield {"start": start, "end": end, "until": last}
    yield {"projects": (one["project"], other["project"])}
    yield {"sessions": (one["session"],)}
    yield {"models": (reference_report.model_key(one), "nobody")}
    yield {"agents": (one["agent"],)}
    yield {"agents": ("main",), "projects": (other["project"],), "since": first}
    yield {"sessions": ("nowhere",)}


def wanted(query: UsageQuery, item: Row) -> bool:
    """Whether an item is asked for, each filter in its plainest words."""
    day = reference_report.local_day(item, query.timezone or "UTC")
    moment = reference.EPOCH + timedelta(milliseconds=item["ts"])
    return (
        (not query.projects or item["project"] in query.projects)
        and (not query.models or reference_report.model_key(item) in query.models)
        and (not query.sessions or item["session"] in query.sessions)
        and (not query.agents or item["agent"] in query.agents)
        and (query.since is None or query.since <= day)
        and (query.until is None or day <= query.until)
        and (query.start is None or query.start <= moment)
        and (query.end is None or moment < query.end)
    )


def plain(row: UsageRow) -> Row:
    tokens = row.tokens
    return {
        "key": row.key,
        "tokens": [
            tokens.input,
            tokens.output,
            tokens.cache_write_5m,
            tokens.cache_write_1h,
            tokens.cache_read,
        ],
        "requests": row.requests,
        "web": row.web_searches,
        "cost": row.cost,
        "unpriced": row.unpriced_tokens,
    }


def truth(row: Row) -> Row:
    return {name: row[name] for name in ("key", "tokens", "requests", "web", "cost", "unpriced")}

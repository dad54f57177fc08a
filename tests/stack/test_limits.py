"""Windows over time, their pace, and what the logs of this machine say of their time. Real ledger, real files."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from sqlite3 import connect

from stackk_tui.config import Settings
from stackk_tui.insight.pace import readings_wanted
from stackk_tui.model.snapshot import Limit, LimitSample, Snapshot
from stackk_tui.model.view import Burned, ServiceView
from stackk_tui.report.json import service_json
from stackk_tui.report.plain import moment
from stackk_tui.stack import Stack
from stackk_tui.stack.reading import ALL_READINGS
from stackk_tui.storage.ledger import Learned, Ledger
from stackk_tui.storage.limit_rows import put_samples, recent_samples, thin_out
from tests.conftest import NOW
from tests.stack.helpers import add_custom

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
FIVE = Limit(
    id="five_hour", label="5-hour window", used=0.61, resets_at=NOW + 2 * HOUR, length=5 * HOUR, as_of=NOW
)
SEVEN = Limit(
    id="seven_day", label="Week, all models", used=0.4, resets_at=NOW + timedelta(days=4), length=WEEK
)
MODEL = Limit(id="seven_day_fable", label="Week, Fable", used=0.2, resets_at=SEVEN.resets_at, length=WEEK)
EXTRA = Limit(id="extra_usage", label="Extra usage", used=0.1)
MakeSettings = Callable[..., Settings]


@asynccontextmanager
async def tracked(settings: Settings, *limits: Limit, **more: object) -> AsyncIterator[tuple[Stack, str]]:
    stack = await Stack.open(settings, clock=lambda: NOW)
    try:
        view = await add_custom(stack, "Plan")
        await keep(settings, view, *limits, **more)
        yield stack, view.service.id
    finally:
        await stack.close()


async def keep(settings: Settings, view: ServiceView, *limits: Limit, **more: object) -> None:
    ledger = await Ledger.open(settings.paths.ledger)
    snapshot = Snapshot.model_validate({"fetched_at": NOW, "limits": limits, **more})
    await ledger.keep(Learned(account_id=view.account.id, snapshots={view.service.id: snapshot}))
    await ledger.close()


def sampled(settings: Settings, service_id: str, samples: Iterable[LimitSample]) -> None:
    with connect(settings.paths.ledger) as connection:
        put_samples(connection, service_id, samples)


def reading(limit: Limit, before: timedelta, used: float, resets_at: datetime | None = None) -> LimitSample:
    return LimitSample(limit_id=limit.id, at=NOW - before, used=used, resets_at=resets_at or limit.resets_at)


def call(minutes_ago: float, project: str, session: str, model: str, output: int) -> str:
    at = (NOW - timedelta(minutes=minutes_ago)).isoformat().replace("+00:00", "Z")
    name = f"{session}{minutes_ago}"
    message = {
        "id": f"msg_{name}", "type": "message", "role": "assistant", "model": model, "content": [],
        "usage": {"input_tokens": 100, "output_tokens": output, "cache_creation_input_tokens": 0,
                  "cache_read_input_tokens": 0},
    }  # fmt: skip
    return json.dumps(
        {"type": "assistant", "timestamp": at, "sessionId": session, "cwd": project, "requestId": f"req_{name}",
         "uuid": name, "version": "2.1.0", "message": message}
    )  # fmt: skip


def transcripts(settings: Settings, *lines: str) -> None:
    folder = Path(settings.env["HOME"]) / ".claude/projects/-home-ada-app"
    folder.mkdir(parents=True)
    (folder / "one.jsonl").write_text("".join(f"{line}\n" for line in lines))


def by_id(found: list[Burned]) -> dict[str, Burned]:
    return {one.limit_id: one for one in found}


def test_a_view_has_the_pace_of_each_window_from_kept_readings(settings: MakeSettings) -> None:
    made = settings()

    async def story() -> None:
        async with tracked(made, FIVE, SEVEN, EXTRA) as (stack, service_id):
            jitter = (FIVE.resets_at or NOW) - timedelta(microseconds=57_000)
            sampled(made, service_id, [reading(FIVE, HOUR, 0.4, jitter), reading(SEVEN, 24 * HOUR, 0.1)])
            sampled(made, "svc_other", [reading(FIVE, HOUR, 0.0)])
            view = await stack.service(service_id)
            five, week = view.pace("five_hour"), view.pace("seven_day")
            assert five is not None
            assert week is not None
            assert five.basis == "at the rate of the last 60 min (21 % in 60 min)"
            assert five.full_at == NOW + timedelta(minutes=115)  # 112, to the next five
            assert (week.basis, week.full_at) == (
                "at the rate of the last 24 h (30 % in 24 h)",
                NOW + 48.5 * HOUR,
            )
            assert view.pace("extra_usage") is None

    asyncio.run(story())


def test_a_pace_says_between_when_and_when_from_kept_readings_and_the_json_and_the_board_hand_it_on(
    settings: MakeSettings,
) -> None:
    made = settings()

    async def story() -> None:
        async with tracked(made, FIVE, SEVEN) as (stack, service_id):
            quarters = enumerate((0.56, 0.5, 0.45, 0.4), start=1)
            sampled(made, service_id, [reading(FIVE, HOUR / 4 * n, used) for n, used in quarters])
            sampled(made, service_id, [reading(SEVEN, 24 * HOUR, 0.1)])
            five, week = (await stack.service(service_id)).paces
            assert five.full_at == NOW + timedelta(minutes=115)
            assert five.full_from == NOW + timedelta(minutes=85)
            assert five.full_to is None  # it may also reset first
            assert (week.full_at, week.full_from, week.band) == (NOW + 48.5 * HOUR, None, "")
            told = service_json(await stack.service(service_id))["limits"][0]["pace"]
            assert (told["full_from"], told["full_to"]) == (moment(five.full_from), None)
            assert told["band"] == "from its slowest and fastest 15 min in that time"
            (row,) = (await stack.board()).rows
            assert row.headline.full_from == five.full_from.isoformat()

    asyncio.run(story())


def test_a_history_has_every_window_and_keeps_what_is_no_longer_told_of(settings: MakeSettings) -> None:
    made = settings()

    async def story() -> None:
        async with tracked(made, FIVE, EXTRA) as (stack, service_id):
            gone = Limit(id="old_window", label="Old", used=0.5, resets_at=NOW)
            minutes = [reading(FIVE, timedelta(days=9, minutes=5 * n), 0.5 - n / 100) for n in range(3)]
            recent = [reading(FIVE, timedelta(minutes=5 * n), 0.6 - n / 100) for n in range(1, 4)]
            sampled(made, service_id, [*minutes, *recent, reading(gone, HOUR, 0.5)])
            five, extra, old = await stack.limit_history(service_id, 30)
            assert (five.label, five.length, extra.label, old.label) == (
                "5-hour window", 5 * HOUR, "Extra usage", "old window",
            )  # fmt: skip
            assert [s.used for s in five.samples] == [0.5, 0.57, 0.58, 0.59, 0.61]
            assert [s.at for s in five.samples] == sorted(s.at for s in five.samples)
            week = await stack.limit_history(service_id, 7)
            assert [s.used for s in week[0].samples] == [0.57, 0.58, 0.59, 0.61]

    asyncio.run(story())


def test_old_readings_are_thinned_to_the_fullest_of_each_hour_and_window(tmp_path: Path) -> None:
    async def make() -> None:
        await (await Ledger.open(tmp_path / "ledger.db")).close()

    asyncio.run(make())
    start = datetime(2026, 6, 1, 8, tzinfo=UTC)
    first, second = start + timedelta(minutes=30), start + timedelta(hours=5, minutes=30)
    old = [
        LimitSample(
            limit_id="five_hour", at=start + timedelta(minutes=5 * n), used=(n % 6) / 10,
            resets_at=(first if n < 6 else second) - timedelta(microseconds=40_000 * (n % 2)),
        )
        for n in range(24)
    ]  # fmt: skip
    new = [reading(FIVE, timedelta(minutes=5 * n), 0.1) for n in range(24)]
    with connect(tmp_path / "ledger.db") as connection:
        put_samples(connection, "svc_1", [*old, *new])
        thin_out(connection, NOW.date())
        kept = recent_samples(connection, [("svc_1", "five_hour", start)], start)["svc_1", "five_hour"]
        assert [(f"{s.at:%H:%M}", s.used) for s in kept[:3]] == [
            ("08:25", 0.5),
            ("08:55", 0.5),
            ("09:25", 0.5),
        ]
        assert len(kept) == 3 + len(new)
        put_samples(connection, "svc_1", old)
        thin_out(connection, NOW.date())  # once a day
        assert (
            len(recent_samples(connection, [("svc_1", "five_hour", start)], start)["svc_1", "five_hour"])
            == 48
        )


def test_what_burned_a_window_is_what_was_used_here_since_it_began(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")
    transcripts(
        made,
        call(10, "/home/ada/app", "s1", "claude-opus-4-1", 1000),
        call(90, "/home/ada/app", "s2", "claude-sonnet-4-5", 500),
        call(200, "/home/ada/lib", "s3", "claude-sonnet-4-5", 900),  # before the five hours began
    )

    async def story() -> None:
        async with tracked(made, FIVE, SEVEN, MODEL, EXTRA, explained_by="") as (stack, service_id):
            found = by_id(await stack.burned(service_id))
            assert set(found) == {"five_hour", "seven_day"}
            five, week = found["five_hour"], found["seven_day"]
            assert (five.used, five.start, five.reason) == (0.61, NOW - 3 * HOUR, "")
            assert {row.key: row.tokens.output for row in five.reports["session"].rows} == {
                "s1": 1000,
                "s2": 500,
            }
            assert [row.key for row in five.reports["project"].rows] == ["/home/ada/app"]
            assert [row.key for row in week.reports["project"].rows] == ["/home/ada/app", "/home/ada/lib"]
            assert set(five.reports) == {"project", "session", "model", "agent"}
            totals = {report.totals.cost for report in five.reports.values()}
            assert totals == {Decimal("0.0843")}  # $15 and $75 a million, $3 and $15
            assert week.reports["model"].totals.tokens.total == 2700

    asyncio.run(story())


def test_without_logs_or_without_a_known_reset_it_says_so(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")

    async def story() -> None:
        over = FIVE.model_copy(update={"resets_at": NOW - HOUR})
        async with tracked(made, over, SEVEN, explained_by="") as (stack, service_id):
            found = by_id(await stack.burned(service_id))
            assert (found["five_hour"].used, found["five_hour"].reports) == (None, {})
            assert "not known until it is read again" in found["five_hour"].reason
            report = found["seven_day"].reports["project"]
            assert (report.files, report.rows) == (0, ())

    asyncio.run(story())


def test_a_window_begins_at_a_whole_minute_and_only_when_it_is_under_way(settings: MakeSettings) -> None:
    made = settings(TZ="UTC")

    async def story() -> None:
        idle = FIVE.model_copy(update={"used": 0.0, "resets_at": None})
        early = SEVEN.model_copy(update={"resets_at": NOW + timedelta(days=4, microseconds=-57_000)})
        async with tracked(made, idle, early, explained_by="") as (stack, service_id):
            found = by_id(await stack.burned(service_id))
            assert (found["five_hour"].start, found["five_hour"].reason) == (
                None,
                "No such window is under way now.",
            )
            assert found["seven_day"].start == NOW - timedelta(days=3)

    asyncio.run(story())


def test_a_service_that_no_logs_explain_asks_none(settings: MakeSettings) -> None:
    made = settings(CLAUDE_CONFIG_DIR="/nonexistent")

    async def story() -> None:
        async with tracked(made, FIVE) as (stack, service_id):
            assert await stack.burned(service_id) == []

    asyncio.run(story())


def test_a_pace_is_made_from_few_readings_however_many_are_kept(settings: MakeSettings) -> None:
    """Views are read before anything is drawn: twenty plans read every five minutes must not be felt."""
    made = settings()
    limits = (FIVE, SEVEN, MODEL)
    every = [timedelta(minutes=5 * n) for n in range(1, 288 * 8)]

    async def story() -> None:
        async with tracked(made, *limits) as (stack, service_id):
            sampled(made, service_id, [reading(limit, t, 0.1) for limit in limits for t in every])
            (view,) = await stack.services()
            assert [pace.basis for pace in view.paces] == [
                "at the rate of the last 60 min (51 % in 60 min)",
                "at the rate of the last 24 h (30 % in 24 h)",
                "at the rate of the last 24 h (10 % in 24 h)",
            ]
            ledger = await Ledger.open(made.paths.ledger)
            assert view.snapshot is not None
            wanted = [(service_id, *one) for one in readings_wanted(view.snapshot, NOW)]
            found = await ledger.recent_samples(wanted, NOW - ALL_READINGS)
            await ledger.close()
            assert len(found) == 3
            assert max(len(readings) for readings in found.values()) <= 24 + 31

    asyncio.run(story())

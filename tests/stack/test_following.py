"""What happens on this machine reaches the ledger without a vendor being asked, for as long as somebody looks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from stackk_tui.config import Settings
from stackk_tui.folders import private_folder
from stackk_tui.model.errors import StorageError
from stackk_tui.model.events import Event, ServiceRefreshed
from stackk_tui.model.snapshot import Limit, LimitSample
from stackk_tui.model.view import ServiceView
from stackk_tui.providers.base import Fetched
from stackk_tui.sandbox.claude_bin import set_fake_claude, write_fake_claude
from stackk_tui.sandbox.claude_plan import five_hour, seven_day
from stackk_tui.stack import Stack, following
from stackk_tui.storage.pushed_windows import Window, push
from tests.conftest import NOW, MakeSettings
from tests.stack.helpers import add_custom, recorded

pytestmark = pytest.mark.anyio

WEEK_ENDS = seven_day(NOW)[1]
FIVE_ENDS = five_hour(NOW)[1]


@dataclass(slots=True)
class Machine:
    """A person's machine with a pretend `claude`, whose status line tells with `pushes`."""

    settings: Settings
    path: Path
    log: Path
    now: datetime = NOW
    stacks: list[Stack] = field(default_factory=list)

    def says(self, scenario: str, **ways: object) -> None:
        set_fake_claude(self.path, scenario, **{"log": str(self.log), "now": NOW.isoformat(), **ways})

    def pushes(self, used: float) -> None:
        private_folder(self.settings.paths.data)
        source = str(Path(self.settings.env["HOME"]) / ".claude")
        windows = {"five_hour": Window(used, FIVE_ENDS), "seven_day": Window(0.5, WEEK_ENDS)}
        push(self.settings.paths.pushed_windows, source, windows, self.now)

    def asked(self) -> int:
        """How often it was asked for the windows."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return sum(json.loads(line)["words"][0] == "-p" for line in lines)

    @asynccontextmanager
    async def stack(self) -> AsyncIterator[Stack]:
        stack = await Stack.open(self.settings, clock=lambda: self.now)
        try:
            yield stack
        finally:
            await stack.close()


@pytest.fixture
def machine(settings: MakeSettings, tmp_path: Path) -> Machine:
    made = Machine(
        settings(STACKK_CLAUDE_BIN=str(tmp_path / "claude")), tmp_path / "claude", tmp_path / "log"
    )
    write_fake_claude(made.path)
    made.says("max_20x")
    return made


async def add_plan(stack: Stack) -> ServiceView:
    signed = await stack.sign_in("anthropic", "local")
    return (await stack.connect(signed.account.id))[0]


async def five(stack: Stack, view: ServiceView) -> Limit:
    snapshot = (await stack.service(view.service.id)).snapshot
    assert snapshot is not None
    return next(limit for limit in snapshot.limits if limit.id == "five_hour")


async def readings(stack: Stack, view: ServiceView) -> list[float]:
    found = await stack.limit_history(view.service.id, 8)
    return [sample.used for limit in found if limit.limit_id == "five_hour" for sample in limit.samples]


@asynccontextmanager
async def following_of(stack: Stack) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(stack.follow())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(what: Callable[[], bool], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  a file is watched by what we wait for
            await asyncio.sleep(0.02)


def refreshed(events: list[Event], service_id: str) -> int:
    return sum(isinstance(event, ServiceRefreshed) and event.service_id == service_id for event in events)


async def test_what_is_pushed_is_seen_within_two_seconds_and_kept(machine: Machine) -> None:
    async with machine.stack() as stack:
        view = await add_plan(stack)
        await stack.refresh()
        events = recorded(stack)
        async with following_of(stack):
            await asyncio.sleep(0.1)  # it has begun to look
            machine.now += timedelta(minutes=1)
            began = asyncio.get_running_loop().time()
            machine.pushes(0.33)
            await until(lambda: refreshed(events, view.service.id) == 1)
            assert asyncio.get_running_loop().time() - began < 2
            limit = await five(stack, view)
            assert (limit.used, limit.as_of) == (0.33, machine.now)
            machine.now += timedelta(minutes=1)
            machine.pushes(0.35)
            await until(lambda: refreshed(events, view.service.id) == 2)
        assert await readings(stack, view) == [0.211, 0.33, 0.35]
        assert machine.asked() == 1
        status = await stack.service(view.service.id)
        assert status.service.last_synced_at == NOW  # nobody was asked


async def test_a_refresh_that_may_not_ask_yet_still_takes_in_what_was_pushed(machine: Machine) -> None:
    async with machine.stack() as stack:
        view = await add_plan(stack)
        await stack.refresh()
        machine.now += timedelta(minutes=4)
        machine.pushes(0.4)
        assert [outcome.how for outcome in await stack.refresh()] == ["from-ledger"]
        assert machine.asked() == 1
        assert (await five(stack, view)).used == 0.4
        assert await readings(stack, view) == [0.211, 0.4]


async def test_after_a_failure_it_is_not_asked_before_its_time_unless_a_person_insists(
    machine: Machine,
) -> None:
    async with machine.stack() as stack:
        view = await add_plan(stack)
        await stack.refresh()
        machine.now += timedelta(minutes=6)
        machine.says("fetch-failed")
        (outcome,) = await stack.refresh()
        assert outcome.how == "failed"
        assert machine.asked() == 2
        machine.now += timedelta(minutes=4)
        machine.pushes(0.44)
        (outcome,) = await stack.refresh()
        assert outcome.how == "failed"
        assert outcome.error is not None
        assert outcome.error.retry_at is not None
        assert machine.asked() == 2
        assert (await five(stack, view)).used == 0.44
        await stack.refresh(force=True)
        assert machine.asked() == 3
        machine.says("max_20x")
        machine.now += timedelta(minutes=13)
        assert [outcome.how for outcome in await stack.refresh()] == ["fetched"]
        assert (await stack.service(view.service.id)).service.error is None


async def test_insisting_has_a_limit_too(machine: Machine) -> None:
    async with machine.stack() as stack:
        await add_plan(stack)
        ways = [(await stack.refresh(force=True))[0].how for _ in range(7)]
        assert ways == ["fetched"] * 5 + ["from-ledger"] * 2
        assert machine.asked() == 5


async def test_past_that_limit_a_failure_is_told_as_the_one_of_before(machine: Machine) -> None:
    async with machine.stack() as stack:
        await add_plan(stack)
        machine.says("logged-out")
        for _ in range(5):
            (outcome,) = await stack.refresh(force=True)
        assert outcome.error is not None
        assert "/login" in outcome.error.next_step
        machine.says("max_20x")
        (outcome,) = await stack.refresh(force=True)
        assert outcome.how == "failed"
        assert outcome.error is not None
        assert "not asked again" in outcome.error.next_step


async def test_a_refresh_right_after_a_sync_does_not_ask_for_the_windows_again(machine: Machine) -> None:
    async with machine.stack() as stack:
        await add_plan(stack)
        await stack.sync()
        assert machine.asked() == 1
        assert (await stack.refresh())[0].error is None
        assert machine.asked() == 1
        machine.now += timedelta(minutes=5)
        await stack.refresh()
        assert machine.asked() == 2
        machine.now += timedelta(minutes=1)
        await stack.refresh(force=True)
        assert machine.asked() == 3


async def test_services_come_and_go_while_it_runs(machine: Machine) -> None:
    async with machine.stack() as stack:
        events = recorded(stack)
        async with following_of(stack) as task:
            await add_custom(stack, "Figma")
            view = await add_plan(stack)
            await stack.refresh([view.service.id])
            before = refreshed(events, view.service.id)
            await asyncio.sleep(0.1)
            machine.now += timedelta(minutes=1)
            machine.pushes(0.5)
            await until(lambda: refreshed(events, view.service.id) > before)
            await stack.disconnect(view.service.id)
            machine.pushes(0.6)
            assert not task.done()
        assert await readings(stack, view) == [0.211, 0.5]


class Moody:
    """A provider that follows: first it fails, then it has a bug, then it hears something."""

    def __init__(self, real: object) -> None:
        self._real = real
        self.times = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    async def changed(self) -> None:
        self.times += 1
        if self.times == 1:
            raise StorageError("The disk is away.")
        if self.times > 3:
            await asyncio.Event().wait()

    async def heard(self, session, services, known) -> Fetched:
        if self.times == 2:
            raise ZeroDivisionError
        (service,) = services
        sample = LimitSample(limit_id="five_hour", at=NOW + timedelta(minutes=1), used=0.7)
        return Fetched(snapshots=dict(known.snapshots), samples={service.workspace.id: [sample]})


async def test_no_error_ends_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "AFTER_AN_ERROR", 0.01)
    async with machine.stack() as stack:
        view = await add_plan(stack)
        await stack.refresh()
        events = recorded(stack)
        machine.now += timedelta(minutes=1)
        providers = stack._core.providers
        moody = providers._built["anthropic"] = Moody(providers.get("anthropic"))  # type: ignore[assignment]
        async with following_of(stack) as task:
            await until(lambda: refreshed(events, view.service.id) == 1)
            assert not task.done()
        assert moody.times == 4
        assert await readings(stack, view) == [0.211, 0.7]

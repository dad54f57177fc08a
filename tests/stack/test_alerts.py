"""Alerts through the whole stack: told once by several copies, over real commands and a real server."""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from benchmarks.alerts import simulate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stackk_tui.config import ConfigError, Settings, load_settings
from stackk_tui.model.errors import InvalidInput, StackkError
from stackk_tui.model.events import AlertRaised, Event
from stackk_tui.stack import Stack
from stackk_tui.stack.channels.terminal import terminal_bytes
from tests.conftest import LoopbackServer
from tests.stack.helpers import add_custom

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Home:
    """A folder with settings, a clock that stands, and a command that writes down what it is told."""

    path: Path
    now: datetime = NOON
    env: dict[str, str] = field(default_factory=dict)

    def clock(self) -> datetime:
        return self.now

    @property
    def record(self) -> Path:
        return self.path / "told.jsonl"

    @property
    def told(self) -> list[dict[str, Any]]:
        return (
            [json.loads(line) for line in self.record.read_text().splitlines()]
            if self.record.exists()
            else []
        )

    def command(self, code: str = "") -> str:
        script = self.path / "recorder.py"
        script.write_text(
            f"import json, os, sys, time\ntold = json.load(sys.stdin)\n{code}\n"
            f"told['env'] = dict(os.environ)\nopen({str(self.record)!r}, 'a').write(json.dumps(told) + '\\n')\n"
        )
        return f"command = '{sys.executable} -S {script}'\n"

    def settings(self, alerts: str = "") -> Settings:
        (self.path / "config").mkdir(exist_ok=True)
        (self.path / "config" / "config.toml").write_text(f"[alerts]\ntimezone = 'UTC'\n{alerts}")
        env = {"STACKK_HOME": str(self.path), "HOME": str(self.path), "STACKK_TOKEN_STORE": "memory"}
        return load_settings({**env, "PATH": "/usr/bin:/bin", **self.env})

    @asynccontextmanager
    async def stack(self, alerts: str = "") -> AsyncIterator[Stack]:
        stack = await Stack.open(self.settings(alerts), clock=self.clock)
        try:
            yield stack
        finally:
            await stack.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")


async def spent(stack: Stack, price: str = "85", amount: str = "100") -> None:
    """Something costs `price` a month, of a budget of `amount`."""
    await add_custom(stack, "Acme secret project", price)
    await stack.set_budget(Decimal(amount))


def test_a_simulated_week_with_two_watchers_misses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    rows, told, looks = asyncio.run(simulate(tmp_path, 9, hours=3))
    assert looks == 144
    assert [row.what for row in rows if row.raised is None] == []
    assert [row.what for row in rows if row.times != 1] == []
    assert all(row.raised == row.crossed for row in rows)
    kinds = {row.what.split("/")[0] for row in rows} | {row.what.rsplit(" ", 1)[-1] for row in rows}
    assert {"budget", "limit", "service", "unusual", "pace", "sign-in", "forecast#1", "50", "100"} <= kinds
    ids = [one[0] for one in told]
    assert len(ids) == len(set(ids)) > 5


def test_of_two_copies_that_look_at_once_one_tells(home: Home) -> None:
    async def story() -> None:
        config = home.command()
        async with home.stack(config) as one, home.stack(config) as other:
            await spent(one)
            said = await asyncio.gather(*(stack.check_alerts() for stack in (one, other, one, other)))
            assert sorted(len(alerts) for alerts in said) == [0, 0, 0, 1]
            (record,) = await other.alerts()
            assert [(d.channel, d.state, d.tries) for d in record.deliveries] == [("command", "sent", 1)]

    asyncio.run(story())
    (told,) = home.told
    assert told["title"] == "all services: 85 % of the month's budget is spent, past 80 %"
    assert told["lines"] == ["$85.00 of $100.00 from Sun 1 Nov to Mon 30 Nov.", "From what you typed."]


def test_what_is_held_in_quiet_hours_follows_as_one_summary(home: Home) -> None:
    async def story() -> None:
        config = "quiet = '22:00-07:00'\n" + home.command()
        home.now = NOON.replace(hour=23)
        async with home.stack(config) as one, home.stack(config) as other:
            await spent(one)
            await one.set_budget(Decimal(85), period="week")
            events: list[Event] = []
            one.listen(events.append)
            await one.check_alerts(app=True)
            shown = [event for event in events if isinstance(event, AlertRaised)]
            assert len(shown) >= 1  # who looks at the screen is awake
            assert {record.state for record in await one.alerts()} == {"held"}
            home.now += 7 * HOUR
            await other.check_alerts()
            assert home.told == []
            home.now += 2 * HOUR
            await asyncio.gather(*(stack.check_alerts(app=True) for stack in (one, other)))
            home.now += HOUR
            await asyncio.gather(*(stack.check_alerts(app=True) for stack in (one, other)))
            assert [event for event in events if isinstance(event, AlertRaised)] == shown

    asyncio.run(story())
    (told,) = home.told
    assert (told["kind"], told["title"]) in {
        ("budget", "all services: 85 % of the month's budget is spent, past 80 %"),
        ("summary", "2 alerts while it was quiet"),
    }


def test_critical_ones_pass_quiet_hours_where_that_is_wanted(home: Home) -> None:
    async def story() -> None:
        home.now = NOON.replace(hour=23)
        async with home.stack("quiet = '22:00-07:00'\nurgent = true\n" + home.command()) as stack:
            await spent(stack, "120")
            await stack.check_alerts()

    asyncio.run(story())
    assert [(one["level"], one["mark"]) for one in home.told] == [("critical", "100")]


def test_a_command_gets_no_secret_and_no_name_unless_asked(home: Home) -> None:
    home.env = {
        "ANTHROPIC_API_KEY": "sk-ant-secret",
        "STACKK_X": "y",
        "LC_ALL": "C.UTF-8",
        "GITHUB_TOKEN": "t",
    }

    async def story(names: str) -> None:
        async with home.stack(f"names = {names}\n" + home.command()) as stack:
            view = await add_custom(stack, "Acme secret project", "85")
            await stack.set_budget(Decimal(100), scope="service", target=view.service.id)
            await stack.check_alerts()

    asyncio.run(story("false"))
    (told,) = home.told
    assert "Acme" not in json.dumps({name: value for name, value in told.items() if name != "env"})
    assert told["title"].startswith("a subscription: 85 %")
    assert told["env"].keys() <= {"HOME", "PATH", "LC_ALL", "LC_CTYPE", "PWD", "SHLVL", "_"}
    asyncio.run(story("true"))
    assert home.told[-1]["title"].startswith("Acme secret project: ")


def is_running(number: int) -> bool:
    """Whether a process is there and not only waiting to be reaped by somebody else."""
    try:
        told = Path(f"/proc/{number}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] != "Z"


def test_a_command_that_hangs_is_ended_with_all_it_started(home: Home) -> None:
    marker = home.path / "alive"
    code = (
        "import subprocess\nchild = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(marker)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\ntime.sleep(60)"
    )

    async def story() -> None:
        async with home.stack("command_seconds = 0.5\n" + home.command(code)) as stack:
            began = time.monotonic()
            (done,) = await stack.test_alert("command")
            assert time.monotonic() - began < 5
            assert (done.state, done.error) == ("failed", "The command did not end within 0.5 seconds.")

    asyncio.run(story())
    started = [int(number) for number in marker.read_text().split()]
    assert len(started) == 2
    end = time.monotonic() + 5
    while any(is_running(number) for number in started) and time.monotonic() < end:
        time.sleep(0.02)
    assert [number for number in started if is_running(number)] == []
    assert home.told == []


def test_a_command_that_fails_is_tried_five_times_and_then_given_up(home: Home) -> None:
    async def story() -> None:
        config = home.command(f"open({str(home.path / 'tries')!r}, 'a').write('x')\nsys.exit(3)")
        async with home.stack(config) as stack:
            await spent(stack)
            states = []
            for minutes in (0, 0.5, 1.1, 3, 7, 15, 23, 60, 90, 200, 400):
                home.now = NOON + timedelta(minutes=minutes)
                await stack.check_alerts()
                (record,) = await stack.alerts()
                states.append((record.deliveries[0].state, record.deliveries[0].tries))
            assert states == [
                *[("failed", 1)] * 2, *[("failed", 2)] * 2, *[("failed", 3)] * 2, *[("failed", 4)] * 2,
                *[("gave-up", 5)] * 3,
            ]  # fmt: skip
            assert record.deliveries[0].error == "The command failed: 3."

    asyncio.run(story())
    assert (home.path / "tries").read_text() == "xxxxx"


@dataclass(slots=True)
class Receiver:
    """A server that takes what apprise sends as JSON."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    status: dict[str, int] = field(default_factory=dict)

    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            path = request.url.path
            code = self.status.get(path, 200)
            if code == 200:
                self.got.append({"path": path, **await request.json()})
            return Response(status_code=code)

        return Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])

    def address(self, path: str) -> str:
        return f"json://someone:hunter2-token@{self.url.removeprefix('http://')}/{path}"


@pytest.fixture
def receiver(loopback_server: LoopbackServer) -> Iterator[Receiver]:
    receiver = Receiver(loopback_server.url)
    loopback_server.app = receiver.app()
    yield receiver
    loopback_server.app = None


def test_apprise_tells_each_address_once_also_when_one_of_them_fails_first(
    home: Home, receiver: Receiver
) -> None:
    receiver.status["/bad"] = 500

    async def story() -> str:
        config = f"apprise = ['{receiver.address('bad')}', '{receiver.address('good')}']\n"
        async with home.stack(config) as one, home.stack(config) as other:
            await spent(one)
            await asyncio.gather(one.check_alerts(), other.check_alerts())
            assert [got["path"] for got in receiver.got] == ["/good"]
            first = await one.alerts()
            receiver.status.clear()
            home.now += timedelta(minutes=2)
            await asyncio.gather(one.check_alerts(), other.check_alerts())
            home.now += timedelta(minutes=20)
            await asyncio.gather(one.check_alerts(), other.check_alerts())
            return (
                repr(first)
                + repr(await one.alerts())
                + repr(one.alert_settings())
                + repr(one._alerting.config())
            )

    shown = asyncio.run(story())
    assert [got["path"] for got in receiver.got] == ["/good", "/bad"]
    assert (
        receiver.got[0]["title"] == "stackk-tui: all services: 85 % of the month's budget is spent, past 80 %"
    )
    assert (
        receiver.got[0]["message"] == "$85.00 of $100.00 from Sun 1 Nov to Mon 30 Nov.\nFrom what you typed."
    )
    assert "Address 1: It was not taken" in shown
    assert "hunter2" not in shown
    assert b"hunter2" not in b"".join(path.read_bytes() for path in home.path.glob("data/*"))


def test_addresses_come_from_a_private_file_or_a_command(home: Home, receiver: Receiver) -> None:
    file = home.path / "addresses"
    file.write_text(f"# mine\n{receiver.address('file')}\n")

    async def told(alerts: str) -> str:
        async with home.stack(alerts) as stack:
            (done,) = await stack.test_alert("apprise")
            return done.error

    file.chmod(0o644)
    assert "open to other users" in asyncio.run(told(f"apprise_file = '{file}'\n"))
    file.chmod(0o600)
    assert asyncio.run(told(f"apprise_file = '{file}'\n")) == ""
    assert asyncio.run(told(f"apprise_urls_command = 'cat {file}'\n")) == ""
    assert asyncio.run(told("apprise_urls_command = 'false'\n")) != ""
    assert [got["path"] for got in receiver.got] == ["/file", "/file"]
    assert asyncio.run(told("apprise = ['nothing-like-it://x']\n")).endswith(
        "apprise does not know this kind of address."
    )


def test_without_the_extra_it_says_how_to_get_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)  # how the import system says that there is none

    async def story() -> None:
        async with home.stack("apprise = ['ntfy://host/topic']\n") as stack:
            (problem,) = stack.alert_settings().problems
            assert "pip install 'stackk-tui[alerts]'" in problem
            (done,) = await stack.test_alert()
            assert (done.channel, done.state) == ("apprise", "failed")

    asyncio.run(story())


def test_what_one_copy_raised_shows_in_the_app_of_another_once(home: Home) -> None:
    async def story() -> None:
        async with home.stack() as watch, home.stack() as app:
            await spent(watch)
            await watch.check_alerts()
            heard: list[Event] = []
            app.listen(heard.append)
            for _ in range(2):
                await app.check_alerts(app=True)
            (event,) = [one for one in heard if isinstance(one, AlertRaised)]
            assert event.alert.mark == "80"
            assert [record.seen for record in await app.alerts()] == [False]
            await app.see_alerts([event.alert.id])
            assert [record.seen for record in await watch.alerts()] == [True]

    asyncio.run(story())


def test_muting_snoozing_and_a_dry_run(home: Home) -> None:
    async def story() -> None:
        async with home.stack(home.command()) as stack:
            await spent(stack)
            (planned,) = await stack.plan_alerts()
            assert (planned.state, planned.channels) == ("raised", ("command",))
            assert await stack.alerts() == []  # nothing was done
            silence = await stack.snooze(planned.alert.subject, NOON + HOUR)
            assert await stack.silences() == [silence]
            assert await stack.check_alerts() == await stack.plan_alerts() == []
            home.now += HOUR
            assert [alert.mark for alert in await stack.check_alerts()] == ["80"]
            (record,) = await stack.alerts()
            await stack.mute(record.alert.id)
            await stack.set_budget(Decimal(80))
            assert await stack.check_alerts() == []
            assert [one.state for one in await stack.alerts()] == ["muted", "raised"]
            assert await stack.unmute(record.alert.subject)
            with pytest.raises(InvalidInput, match="no alert or subject"):
                await stack.mute("nonsense")
            with pytest.raises(InvalidInput, match="over"):
                await stack.snooze("all", NOON)

    asyncio.run(story())
    assert len(home.told) == 1


def test_purging_a_service_forgets_what_was_told_of_it(home: Home) -> None:
    async def story() -> None:
        async with home.stack() as stack:
            view = await add_custom(stack, "Acme", "85")
            await stack.set_budget(Decimal(100), scope="service", target=view.service.id)
            await stack.check_alerts()
            await stack.mute(f"limit/{view.service.id}/five_hour")
            await stack.disconnect(view.service.id, purge=True)
            assert not [one for one in await stack.silences() if view.service.id in one.subject]
            assert "Acme" not in repr(await stack.alerts())

    asyncio.run(story())


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("quiet = '25:00-07:00'", "quiet"),
        ("quiet = 'at night'", "quiet"),
        ("quiet = '16:00-16:00'", "quiet"),
        ("quite = '22:00-07:00'", "quite"),
        ("names = true\nwebhook = 'https://x.example'", "webhook"),
        ("limits = [0]", "limits"),
        ("limits = 'many'", "limits"),
        ("names = 'yes'", "names"),
        ("terminal = 'loud'", "terminal"),
        ("command = ['x']", "command"),
        ("command_seconds = 600", "command_seconds"),
        ("apprise = [7]", "apprise"),
    ],
)
def test_a_setting_that_cannot_be_is_named(home: Home, line: str, key: str) -> None:
    async def story() -> StackkError:
        async with home.stack(line) as stack:
            with pytest.raises(InvalidInput) as raised:
                await stack.check_alerts()
            return raised.value

    error = asyncio.run(story())
    assert error.what.startswith(f"[alerts] {key} in config.toml")
    assert "x.example" not in error.what


def test_a_slip_of_the_hand_is_told_what_was_meant(home: Home) -> None:
    from stackk_tui.stack.alert_settings import alert_config

    for line, words in (
        ("quite = '22:00-07:00'", "no setting; did you mean quiet?"),
        ("zzz = 1", "no setting; it has names, quiet, timezone"),
        ("quiet = '16:00-16:00'", "two different times"),
    ):
        with pytest.raises(ConfigError, match=re.escape(words)):
            alert_config(home.settings(line + "\n"))
    home.path.joinpath("config/config.toml").write_text("alerts = 'on'\n")
    with pytest.raises(ConfigError, match="is a table"):
        alert_config(load_settings({"STACKK_HOME": str(home.path)}))


@pytest.mark.parametrize(
    ("quiet", "hours"), [("22:00-07:30", {22, 23, *range(8)}), ("09:00-10:00", {9}), ("", set())]
)
def test_quiet_hours_go_over_midnight_in_their_zone(home: Home, quiet: str, hours: set[int]) -> None:
    from stackk_tui.stack.alert_settings import alert_config

    config = alert_config(home.settings(f"quiet = '{quiet}'\n"))
    assert {hour for hour in range(24) if config.is_quiet(NOON.replace(hour=hour))} == hours
    home.path.joinpath("config/config.toml").write_text(
        f"[alerts]\nquiet = '{quiet}'\ntimezone = 'Asia/Tokyo'\n"
    )
    tokyo = alert_config(load_settings({"STACKK_HOME": str(home.path)}))
    assert {(hour + 9) % 24 for hour in range(24) if tokyo.is_quiet(NOON.replace(hour=hour))} == hours


def test_the_terminal_is_told_without_anything_that_could_end_the_sequence(home: Home) -> None:
    async def story() -> list[str]:
        written: list[str] = []
        async with home.stack("terminal = 'osc777'\nnames = true\n") as stack:
            view = await add_custom(stack, "Evil\x1b]0;x\x07;\x9cname", "85")
            await stack.set_budget(Decimal(100), scope="service", target=view.service.id)
            (alert,) = await stack.check_alerts(terminal=written.append)
        spoiled = alert.model_copy(update={"title": "a\x1b\\b\x07c\x9cd;e", "name": "", "about": ""})
        written += [terminal_bytes(spoiled, way, {}, names=False) for way in ("osc9", "osc777")]
        written.append(terminal_bytes(spoiled, "osc9", {"TMUX": "x"}, names=False))
        assert terminal_bytes(alert, "off", {}, names=False) == ""
        assert terminal_bytes(alert, "auto", {"TERM": "xterm-256color"}, names=False) == "\a"
        return written

    for text in asyncio.run(story()):
        inner = text.removeprefix("\x1bPtmux;\x1b").removeprefix("\x1b]").split("\a")[0]
        assert not set(inner) & {"\x1b", "\x07", "\x9c"}
        assert text.endswith("\a")
        assert text.count("\a") == 2

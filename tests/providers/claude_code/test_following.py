"""What happens on this machine is noticed within moments, and only what is new is handed on."""

import asyncio
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.base import FollowsThisMachine, Known, ProviderContext, Session
from stackk_tui.providers.claude_code import ClaudeCodeProvider
from stackk_tui.providers.claude_code.watch import LONGEST, Watch
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import FORK, MAIN, SLUG, Line, big_tree, call, text

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
SESSION = Session(
    Account(
        id="acc_1", provider="claude-code", method="local", label="this machine", billing_scope="claude-code:local",
        created_at=NOW,
    ),
    None,
)  # fmt: skip


def provider_of(machine: Machine) -> ClaudeCodeProvider:
    return ClaudeCodeProvider(ProviderContext(machine.settings, lambda: NOW))


def put(machine: Machine, name: str, *lines: Line | bytes) -> Path:
    path = machine.projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text(*lines))
    return path


def services(*workspaces: Workspace) -> list[Service]:
    return [
        Service(
            id=f"svc_{workspace.id}", account_id="acc_1", provider="claude-code", name=workspace.name, workspace=workspace,
            category="AI & ML", color="#c15f3c", connected_at=NOW,
        )
        for workspace in workspaces
    ]  # fmt: skip


async def test_a_line_in_a_file_quiet_for_weeks_is_noticed_within_moments(machine: Machine) -> None:
    path = put(machine, MAIN, call())
    os.utime(path, (1_000, 1_000))
    provider = provider_of(machine)
    assert isinstance(provider, FollowsThisMachine)
    waiting = asyncio.create_task(provider.changed())
    await asyncio.sleep(0.3)
    assert not waiting.done()
    began = time.monotonic()
    put(machine, MAIN, call("m2", "r2"))
    await asyncio.wait_for(waiting, 5)
    assert time.monotonic() - began < 1.5
    put(machine, FORK, call("m3", "r3"))  # before anybody waits again
    await asyncio.wait_for(provider.changed(), 1.5)


@pytest.mark.parametrize("listening", [True, False])
def test_each_way_in_which_something_can_change(tmp_path: Path, listening: bool) -> None:
    projects = tmp_path / "projects"
    watch = Watch([str(projects)], listening=listening)

    def differs() -> bool:
        found = watch.look()
        assert not watch.look()
        return found

    assert not differs()
    (projects / SLUG).mkdir(parents=True)
    (projects / SLUG / "circle").symlink_to(projects)
    assert not differs()
    first = projects / MAIN
    first.write_bytes(text(call()))
    assert differs()
    os.utime(first, ns=(5, 5))
    assert differs()
    with first.open("ab") as file:
        file.write(b"x")
    assert differs()
    deep = projects / SLUG / "s1/subagents"
    deep.mkdir(parents=True)
    (deep / "agent-a.jsonl").write_bytes(b"{}\n")
    assert differs()
    (deep / "notes.txt").write_bytes(b"{}\n")
    assert not differs()
    first.unlink()
    assert differs()
    (projects / SLUG / "link.jsonl").symlink_to(tmp_path / "later.jsonl")
    assert not differs()
    (tmp_path / "later.jsonl").write_bytes(b"{}\n")
    assert differs()
    (tmp_path / "later.jsonl").write_bytes(b"{}\n{}\n")
    assert differs()
    (projects / SLUG).rename(tmp_path / "elsewhere")
    assert differs()
    (projects / SLUG).mkdir()
    first.write_bytes(text(call()))
    assert differs()
    with first.open("ab") as file:
        file.write(b"x")
    assert differs()


@pytest.mark.parametrize(("listening", "files", "share"), [(True, 5_000, 0.01), (False, 2_000, 0.02)])
def test_looking_at_very_many_files_takes_little_time(
    tmp_path: Path, listening: bool, files: int, share: float
) -> None:
    for folder in range(50):
        place = tmp_path / f"p{folder}"
        place.mkdir()
        for number in range(files // 50):
            (place / f"{number}.jsonl").touch()
    watch = Watch([str(tmp_path)], listening=listening and sys.platform == "linux")
    watch.look()
    time.sleep(0.11)  # until the folders' times are old enough to be trusted
    watch.look()
    began = time.thread_time()
    assert not any(watch.look() for _ in range(5))
    taken = (time.thread_time() - began) / 5
    assert taken / watch.pause < (share if sys.platform == "linux" else 0.05)
    assert watch.pause <= LONGEST


def test_what_nobody_told_is_found_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system may not tell of everything: now and then, all is asked."""
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    (tmp_path / "b.txt").hardlink_to(tmp_path / "a.jsonl")
    watch = Watch([str(tmp_path / "p"), str(tmp_path)])
    watch.look()
    (tmp_path / "p").mkdir()
    (tmp_path / "p/c.jsonl").hardlink_to(tmp_path / "a.jsonl")
    assert watch.look()
    with (tmp_path / "b.txt").open("ab") as file:  # its folder hears of another name
        file.write(b"{}\n")
    monkeypatch.setattr("stackk_tui.providers.claude_code.watch._TO_BE_SURE", 0.0)
    assert watch.look()


def test_so_much_at_once_that_the_system_stops_telling(tmp_path: Path) -> None:
    watch = Watch([str(tmp_path)])
    watch.look()
    for number in range(20_000):
        os.close(os.open(tmp_path / f"{number % 7}.txt", os.O_CREAT | os.O_WRONLY))
        (tmp_path / f"{number % 7}.txt").unlink()
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    assert watch.look()
    assert not watch.look()


async def test_only_days_that_came_out_differently_are_handed_on(machine: Machine) -> None:
    put(
        machine,
        MAIN,
        call("m1", "r1", at="2026-11-20T09:00:00Z"),
        call("m2", "r2", at="2026-11-21T09:00:00Z"),
    )
    provider = provider_of(machine)
    of = services(*await provider.workspaces(SESSION))
    first = await provider.refresh(SESSION, of, Known())
    assert [batch.days for batch in first.usage] == [None]
    known = Known(snapshots=first.snapshots)
    assert (await provider.heard(SESSION, of, known)).snapshots == {}
    put(
        machine,
        MAIN,
        call("m3", "r3", at="2026-11-21T10:00:00Z"),
        call("m4", "r4", at="2026-11-22T10:00:00Z"),
    )
    second = await provider.heard(SESSION, of, known)
    (batch,) = second.usage
    assert batch.days == (date(2026, 11, 21), date(2026, 11, 22))
    assert {bucket.day: bucket.requests for bucket in batch.buckets} == {
        date(2026, 11, 21): 2,
        date(2026, 11, 22): 1,
    }
    again = await provider.refresh(SESSION, of, Known(snapshots=second.snapshots))
    assert (again.usage, again.failures) == ([], {})
    assert again.snapshots.keys() == second.snapshots.keys()
    forgotten = await provider.refresh(SESSION, of, Known())
    assert [batch.days for batch in forgotten.usage] == [None]
    other = {**machine.settings.file, "timezone": "Asia/Tokyo"}
    provider._settings = type(machine.settings)(machine.settings.paths, machine.settings.env, other)
    moved = await provider.heard(SESSION, of, Known(snapshots=forgotten.snapshots))
    assert [batch.days for batch in moved.usage] == [None]


async def test_each_account_is_a_workspace_with_a_bill_of_its_own(machine: Machine, tmp_path: Path) -> None:
    put(machine, MAIN, call("m1", "r1"))
    work = tmp_path / "work/projects/-p/s9.jsonl"
    work.parent.mkdir(parents=True)
    work.write_bytes(text(call("m1", "r1"), call("m2", "r2")))
    accounts = [{"label": "work", "roots": [str(tmp_path / "work")]}]
    machine.settings = type(machine.settings)(
        machine.settings.paths, machine.settings.env, {"claude_code": {"accounts": accounts}}
    )
    provider = provider_of(machine)
    found = await provider.workspaces(SESSION)
    assert [(each.id, each.name, each.bill) for each in found] == [
        ("local", "this machine", ""),
        ("work", "work", "claude-code:work"),
    ]
    fetched = await provider.refresh(SESSION, services(*found), Known())
    requests = {
        batch.buckets[0].workspace_id: sum(bucket.requests or 0 for bucket in batch.buckets)
        for batch in fetched.usage
    }
    assert requests == {"local": 1, "work": 2}
    sessions = {
        name: {metric.id: metric.value for metric in snapshot.metrics}["sessions"]
        for name, snapshot in fetched.snapshots.items()
    }
    assert sessions == {"local": "1", "work": "1"}
    everything, work_only = await provider.usage_reports([UsageQuery(), UsageQuery(account="work")])
    assert (everything.totals.requests, work_only.totals.requests, work_only.files) == (3, 2, 1)
    with pytest.raises(InvalidInput, match="no account called 'home'"):
        await provider.usage_reports([UsageQuery(account="home")])
    gone = Workspace(id="home", name="home", kind="machine")
    assert list((await provider.refresh(SESSION, services(gone), Known())).failures) == ["home"]


async def test_one_folder_named_for_two_accounts_is_the_firsts(machine: Machine, tmp_path: Path) -> None:
    put(machine, MAIN, call("m1", "r1"))
    (tmp_path / "link").symlink_to(machine.projects.parent)
    accounts = [{"label": "work", "roots": [str(tmp_path / "link")]}, {"label": "", "roots": ["/x"]}, 5]
    machine.settings = type(machine.settings)(
        machine.settings.paths, machine.settings.env, {"claude_code": {"accounts": accounts}}
    )
    report = machine.usage()
    assert report.totals.requests == 1
    assert machine.usage(account="work").totals.requests == 0
    assert machine.usage(account="this machine").totals.requests == 1
    assert sum("needs a label" in warning for warning in report.warnings) == 2
    assert any("already counted for 'this machine'" in warning for warning in report.warnings)


async def test_a_scan_that_lasts_says_how_far_it_is(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stackk_tui.providers.claude_code.provider._LONG_SCAN", 0.0)
    big_tree(machine.projects, 30 << 20)
    provider = provider_of(machine)
    assert provider.scan_progress() is None
    work = asyncio.create_task(provider.usage_reports([UsageQuery()]))
    seen = set()
    while not work.done():
        seen.add(provider.scan_progress())
        await asyncio.sleep(0.002)
    told = [each for each in seen if each is not None]
    assert told
    assert all(0 < read <= whole for read, whole in told)
    assert provider.scan_progress() is None

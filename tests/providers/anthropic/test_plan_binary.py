"""`claude` is asked, never prompted, told nothing, given a deadline, and nothing of it is left behind."""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stackk_tui.model.errors import ProtocolError, StackkError, TimedOut, Unavailable
from stackk_tui.providers.anthropic.plan_binary import (
    Patience,
    clean_environment,
    config_folder,
    program,
)
from stackk_tui.sandbox.claude_bin import ASKING
from tests.conftest import NOW, MakeSettings
from tests.providers.anthropic.plan_helpers import PlanWorld, all_gone, make_world

pytestmark = pytest.mark.anyio

SECRETS = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-must-not-reach-it",
    "ANTHROPIC_AUTH_TOKEN": "token-must-not-reach-it",
    "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-must-not-reach-it",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
    "ANTHROPIC_CLIENT_SECRET": "client-secret",
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "AWS_SECRET_ACCESS_KEY": "aws",
    "GITHUB_TOKEN": "ghp",
    "CLAUDECODE": "1",
    "NODE_OPTIONS": "--require /tmp/evil.js",
    "HTTPS_PROXY": "http://user:pass@proxy.example:3128",
}


@pytest.fixture
def world(settings: MakeSettings, tmp_path: Path) -> PlanWorld:
    made = settings(STACKK_CLAUDE_BIN=str(tmp_path / "bin/claude"), NO_PROXY="localhost", TZ="UTC", **SECRETS)
    return make_world(made, NOW, tmp_path / "bin")


async def test_it_is_asked_as_documented_and_never_prompted(world: PlanWorld) -> None:
    await world.sign_in()
    fetched = await world.fetch()
    assert not fetched.failures
    assert world.limit("five_hour") is not None
    assert world.asked() == ["version", "status", "status", "usage"]
    assert [call["words"] for call in world.calls[1:]] == [["auth", "status"], ["auth", "status"], [*ASKING]]


async def test_it_is_told_nothing_of_ours_and_no_secret(world: PlanWorld, tmp_path: Path) -> None:
    await world.sign_in()
    await world.fetch()
    for call in world.calls:
        env = call["env"]
        assert set(env) <= {
            "PATH",
            "HOME",
            "TZ",
            "NO_PROXY",
            "DISABLE_AUTOUPDATER",
            "PWD",
            "LC_CTYPE",
            "LANG",
        }
        assert env["HOME"] == str(tmp_path / "home")
        assert Path(call["cwd"]).is_relative_to(tmp_path / "stackk")
        # no project whose settings, hooks or servers it could load
        assert await asyncio.to_thread(os.listdir, call["cwd"]) == []


def test_what_is_passed_on() -> None:
    env = {
        "PATH": f".:/usr/bin:{os.sep}bin::rel",
        "HOME": "/home/ada",
        "CLAUDE_CONFIG_DIR": "/work/a, /work/b",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "https_proxy": "http://u:p@proxy.example:3128",
        "NODE_EXTRA_CA_CERTS": "/etc/ca.pem",
        "DISABLE_TELEMETRY": "1",
        "XDG_CONFIG_HOME": "/home/ada/.config",
        "STACKK_HOME": "/x",
        "LANG": "",
    }
    assert clean_environment(env) == {
        "PATH": "/usr/bin:/bin",
        "HOME": "/home/ada",
        "CLAUDE_CONFIG_DIR": "/work/a",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "NODE_EXTRA_CA_CERTS": "/etc/ca.pem",
        "DISABLE_TELEMETRY": "1",
        "XDG_CONFIG_HOME": "/home/ada/.config",
        "DISABLE_AUTOUPDATER": "1",
    }
    assert config_folder(env) == Path("/work/a")
    assert config_folder({"HOME": "/home/ada"}) == Path("/home/ada/.claude")
    assert config_folder({"HOME": "/home/ada", "CLAUDE_CONFIG_DIR": "~/c,x"}) == Path("/home/ada/c")


def test_which_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = tmp_path / "good"
    for folder in (good, tmp_path / "here"):
        folder.mkdir()
        (folder / "claude").write_text("#!/bin/sh\n")
        (folder / "claude").chmod(0o755)
    (good / "claude-next").write_text("#!/bin/sh\n")
    (good / "claude-next").chmod(0o755)
    monkeypatch.chdir(tmp_path / "here")
    path = f".:{good}"
    assert program({"PATH": path}) == str(good / "claude")
    assert program({"PATH": path, "STACKK_CLAUDE_BIN": "claude-next"}) == str(good / "claude-next")
    assert program({"PATH": path, "STACKK_CLAUDE_BIN": str(good / "claude")}) == str(good / "claude")
    assert program({"PATH": path, "STACKK_CLAUDE_BIN": "~/claude", "HOME": str(good)}) == str(good / "claude")
    for env in ({"PATH": "."}, {}, {"PATH": path, "STACKK_CLAUDE_BIN": "./claude"},
                {"PATH": path, "STACKK_CLAUDE_BIN": "/nonexistent"}, {"PATH": path, "STACKK_CLAUDE_BIN": "claude9"}):  # fmt: skip
        assert program(env) is None


async def failure(world: PlanWorld) -> StackkError:
    """What goes wrong when the windows are asked for; the plan may have been read before that."""
    (error,) = (await world.fetch()).failures.values()
    return error


@pytest.mark.parametrize("way", ["hang", "hang-usage"])
async def test_one_that_hangs_is_ended_with_its_children(world: PlanWorld, way: str) -> None:
    await world.sign_in()
    world.says(way)
    world.patience = Patience(whole=0.8, end=0.2)
    world._reader = None
    began = time.monotonic()
    error = await failure(world)
    assert isinstance(error, TimedOut)
    assert error.exit_status == 1
    assert "0.8 seconds" in error.what
    assert time.monotonic() - began < 4
    parents = [call["pid"] for call in world.calls]
    assert await all_gone(parents)
    assert await all_gone(await asyncio.to_thread(_children_of, parents))


def _children_of(parents: list[int]) -> list[int]:
    """The pretend one that hangs waits for a child of its own, which names its parent."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == b"/bin/sleep" and words[1] in {b"600.%d" % pid for pid in parents}:
            found.append(int(path.parent.name))
    return found


async def test_cancelling_leaves_nothing_running(world: PlanWorld) -> None:
    await world.sign_in()
    world.says("hang-usage")
    task = asyncio.create_task(world.fetch())
    while world.asked()[-1] != "usage":  # noqa: ASYNC110  another process changes it
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await all_gone([call["pid"] for call in world.calls])


async def test_good_ones_leave_nothing_behind_either(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    assert await all_gone([call["pid"] for call in world.calls])


@pytest.mark.parametrize(
    ("way", "kind", "word"),
    [
        ("garbage", ProtocolError, "did not say who"),
        ("garbage-usage", Unavailable, "without an answer"),
        ("crash", Unavailable, "without an answer"),
        ("crash-usage", Unavailable, "without an answer"),
        ("huge", ProtocolError, "did not say who"),
        ("huge-usage", ProtocolError, "far more than an answer"),
        ("ancient-build", Unavailable, "too old"),
    ],
)
async def test_broken_ones_have_their_words(
    world: PlanWorld, way: str, kind: type[StackkError], word: str
) -> None:
    await world.sign_in()
    world.says(way)
    world._reader = None  # another one was put in its place
    world.path.touch()
    error = await failure(world)
    assert isinstance(error, kind)
    assert error.exit_status == 1
    assert word in error.what
    assert len(error.lines()) == 3
    assert "xxxx" not in " ".join(error.lines())
    assert "\x1b" not in " ".join(error.lines())


async def test_noise_and_odd_exit_codes_do_not_matter(world: PlanWorld) -> None:
    for way in ("noisy", "odd-exit", "slow"):
        world.says(way)
        await world.sign_in()
        assert not (await world.fetch()).failures
        assert world.limit("seven_day") is not None


async def test_a_build_that_would_take_the_question_for_a_prompt_is_not_asked(world: PlanWorld) -> None:
    world.says("ancient-build")
    with pytest.raises(Unavailable, match=r"1\.0\.72"):
        await world.sign_in()
    assert world.asked() == ["version"]


async def test_its_version_is_asked_for_once_as_long_as_it_stays_the_same(world: PlanWorld) -> None:
    await world.sign_in()
    await world.fetch()
    for _ in range(2):
        world._reader = None  # another process, later
        await world.fetch()
    assert world.asked().count("version") == 1
    world._reader = None
    os.utime(world.path, (1, 1))  # it was replaced
    await world.fetch()
    assert world.asked().count("version") == 2


async def test_one_that_is_not_there_or_cannot_be_run(world: PlanWorld) -> None:
    await world.sign_in()
    world.path.write_bytes(b"\x7fELF nonsense")
    assert "cannot be run" in (await failure(world)).what
    world.path.chmod(0o644)
    error = await failure(world)
    assert isinstance(error, Unavailable)
    assert "ermission" in error.what
    world.path.unlink()
    error = await failure(world)
    assert "STACKK_CLAUDE_BIN" in error.what
    assert error.exit_status == 1


_WATCHED = """
import asyncio, json, os, sys
opened = []
def hook(event, args):
    if event in ("open", "os.listdir", "os.scandir") and args and isinstance(args[0], (str, bytes, os.PathLike)):
        opened.append(os.fsdecode(args[0]))
sys.addaudithook(hook)
from stackk_tui.cli import main
codes = [main(words) for words in (["add", "anthropic", "--method", "local"], ["refresh"], ["sync"], ["doctor"])]
print(json.dumps({"codes": codes, "opened": opened}), file=sys.stderr)
"""


def test_the_credentials_are_never_opened(tmp_path: Path, world: PlanWorld) -> None:
    """Every file this program opens is heard of by an audit hook; the credentials would also block: a pipe."""
    world.says("max_20x")
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    os.mkfifo(home / ".claude/.credentials.json")
    world.remembers(organizationUuid="x", emailAddress="maya@nimbus.example")
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED],
        env={**world.settings.env, "STACKK_DEBUG": "1", "STACKK_TOKEN_STORE": "memory"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = json.loads(done.stderr.splitlines()[-1])
    assert told["codes"][:3] == [0, 0, 0]
    assert any(path.endswith(".claude.json") for path in told["opened"])  # the hook hears
    assert not [path for path in told["opened"] if ".credentials" in path]

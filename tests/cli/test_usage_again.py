"""`usage --json` once more: from what was answered before while nothing has changed, anew once anything has."""

import json
import os
import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stackk_tui.commands import usage_quick
from stackk_tui.providers.claude_code import seen
from tests.cli.conftest import Cli, Ran
from tests.providers.claude_code.generator import OPUS, call, text

TICK = 0.015
"""Seconds after which a file system's clock has gone on."""
QUESTION = ("usage", "--json", "--by", "session")


@pytest.fixture(autouse=True)
def young_folders_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that changed a moment ago is, so that the tests need not wait; they let the clock go on."""
    monkeypatch.setattr(seen, "_JUST_NOW_NS", int(TICK / 2 * 1e9))


@pytest.fixture
def projects(cli: Cli, tmp_path: Path) -> Path:
    projects = tmp_path / "home/.claude/projects"
    for name in ("a/s1", "a/s2", "b/s3", "b/s3/subagents/agent-1"):
        put(projects / f"{name}.jsonl", call(f"m {name}", session=name[2:4]))
    return projects


def put(path: Path, *lines: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(text(*lines))  # type: ignore[arg-type]
    let_the_clock_go_on()


def let_the_clock_go_on() -> None:
    until = time.monotonic() + TICK
    while time.monotonic() < until:
        time.sleep(TICK / 5)


def is_known(cli: Cli, *words: str) -> bool:
    """Says whether the short way needs neither the index nor a transcript for it."""
    question = usage_quick.Question(usage_quick._told(words or QUESTION[1:]))
    return usage_quick._known(question, usage_quick.Surroundings(cli.env))[0] is not None


def anew(cli: Cli) -> Ran:
    """Asks the long way, which knows nothing of earlier answers."""
    with cli.monkeypatch.context() as patch:
        patch.setattr(usage_quick, "run", lambda words, **_: None)
        return cli(*QUESTION)


def test_the_second_answer_is_the_first(cli: Cli, projects: Path) -> None:
    assert not is_known(cli)
    first = cli(*QUESTION)
    assert is_known(cli)
    assert cli(*QUESTION) == first == anew(cli)
    assert len(first.json["rows"]) == 3


def test_each_question_has_its_own(cli: Cli, projects: Path) -> None:
    questions = [("--json", "--by", by) for by in usage_quick.BY if by != "block"]
    questions += [("--json", "--timezone", "Asia/Tokyo"), ("--json", "--cost", "display")]
    answers = {words: cli("usage", *words) for words in questions}
    for words, answer in answers.items():
        assert is_known(cli, *words)
        assert cli("usage", *words) == answer


def test_which_block_goes_on_is_never_kept(cli: Cli, projects: Path) -> None:
    cli("usage", "--json", "--by", "block")
    assert not is_known(cli, "--json", "--by", "block")


def grown(cli: Cli, projects: Path) -> None:
    put(projects / "a/s1.jsonl", call("more"))


def grown_by_a_broken_line(cli: Cli, projects: Path) -> None:
    put(projects / "a/s1.jsonl", b'{"usage":{ oh\n')


def a_new_file(cli: Cli, projects: Path) -> None:
    put(projects / "b/s9.jsonl", call("nine"))


def a_new_folder(cli: Cli, projects: Path) -> None:
    put(projects / "c/s9/subagents/agent-4.jsonl", call("nine"))


def a_file_less(cli: Cli, projects: Path) -> None:
    (projects / "a/s2.jsonl").unlink()


def another_file_in_its_place(cli: Cli, projects: Path) -> None:
    old = projects / "a/s2.jsonl"
    was = old.stat()
    new = projects / "a/new"
    new.write_bytes(old.read_bytes().replace(b'"output_tokens":20', b'"output_tokens":99'))
    os.utime(new, ns=(was.st_atime_ns, was.st_mtime_ns))
    new.replace(old)


def a_name_for_an_agent(cli: Cli, projects: Path) -> None:
    (projects / "b/s3/subagents/agent-1.meta.json").write_text('{"agentType":"Plan"}')


def another_zone(cli: Cli, projects: Path) -> None:
    cli.env["TZ"] = "Pacific/Kiritimati"


def a_price(cli: Cli, projects: Path) -> None:
    config = cli.home / "config/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(f'[prices."{OPUS}"]\ninput = 1000\noutput = 1000\n')


def another_root(cli: Cli, projects: Path) -> None:
    put(projects.parent / "else/projects/x/s7.jsonl", call("seven"))
    cli.env["CLAUDE_CONFIG_DIR"] = f"{projects.parent},{projects.parent}/else"


def no_index(cli: Cli, projects: Path) -> None:
    for path in (cli.home / "data").glob("claude-code.db*"):
        path.unlink()


def an_index_that_was_written_to(cli: Cli, projects: Path) -> None:
    with sqlite3.connect(cli.home / "data/claude-code.db") as db:
        db.execute("UPDATE slot SET output = output + 1000")
    db.close()


def looked_at_by_another(cli: Cli, projects: Path) -> None:
    put(projects / "a/s1.jsonl", call("more"))
    cli("usage", "--by", "model")


CHANGES = [
    grown, grown_by_a_broken_line, a_new_file, a_new_folder, a_file_less, another_file_in_its_place,
    a_name_for_an_agent, another_zone, a_price, another_root, no_index, an_index_that_was_written_to,
    looked_at_by_another,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_any_change_is_answered_anew(cli: Cli, projects: Path, change: Callable[[Cli, Path], None]) -> None:
    before = cli(*QUESTION)
    assert is_known(cli)
    let_the_clock_go_on()
    change(cli, projects)
    let_the_clock_go_on()
    assert not is_known(cli)
    after = cli(*QUESTION)
    assert after == anew(cli)
    if change not in {a_name_for_an_agent, another_file_in_its_place, no_index}:
        assert after != before
    assert cli(*QUESTION) == after


def test_an_answer_ends_with_the_day(cli: Cli, projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli(*QUESTION)
    assert is_known(cli)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)
    assert not is_known(cli)
    monkeypatch.setattr(time, "time", lambda: now - 60)  # the clock was put back
    assert not is_known(cli)


@pytest.mark.parametrize("name", ["answers", "seen"])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_believed_only_if_it_is_whole(cli: Cli, projects: Path, name: str, seed: int) -> None:
    first = cli(*QUESTION)
    place = cli.home / f"data/claude-code-{name}"
    chance = random.Random(seed)
    content = bytearray(place.read_bytes())
    if seed:
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    else:
        del content[len(content) // 2 :]
    place.write_bytes(content)
    assert not is_known(cli)
    assert cli(*QUESTION) == first
    assert is_known(cli)


def test_a_folder_that_changed_just_now_is_listed_again(
    cli: Cli, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "_JUST_NOW_NS", 3_600_000_000_000)
    first = cli(*QUESTION)
    assert not is_known(cli)
    assert cli(*QUESTION) == first


def test_links_are_looked_at_again_and_again(cli: Cli, projects: Path, tmp_path: Path) -> None:
    (projects / "d").mkdir()
    (projects / "d/s8.jsonl").symlink_to(tmp_path / "later.jsonl")
    let_the_clock_go_on()
    assert len(cli(*QUESTION).json["rows"]) == 3
    put(tmp_path / "later.jsonl", call("eight", session="s8"))
    assert len(cli(*QUESTION).json["rows"]) == 4


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_name_may_come_after_the_one_the_file_has(
    cli: Cli, projects: Path, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    if not is_kept:
        monkeypatch.setattr(seen, "_JUST_NOW_NS", 3_600_000_000_000)
    path = projects / "a/agent-aside_question-0a1b.jsonl"
    put(path, call("aside", side=True))
    question = ("usage", "--json", "--by", "agent")
    assert "aside_question" in {row["key"] for row in cli(*question).json["rows"]}
    path.with_suffix(".meta.json").write_text('{"agentType":"Explore"}')
    let_the_clock_go_on()
    keys = {row["key"] for row in cli(*question).json["rows"]}
    assert "Explore" in keys
    assert "aside_question" not in keys


def test_an_index_from_a_backup_with_newer_looks_beside_it(cli: Cli, projects: Path, tmp_path: Path) -> None:
    """Since the backup as much was written to both, so its numbers of changes are alike."""
    index, home = cli.home / "data/claude-code.db", str(projects.parent)
    other = tmp_path / "other/projects/p/s7.jsonl"
    put(other, call("seven"))
    (other.parent / "link.jsonl").symlink_to(other)  # so these folders' looks are not kept
    let_the_clock_go_on()
    for folder in (home, str(tmp_path / "other")):
        cli.env["CLAUDE_CONFIG_DIR"] = folder
        cli(*QUESTION)
    backup = index.read_bytes()
    cli.env["CLAUDE_CONFIG_DIR"] = home
    put(projects / "a/s1.jsonl", call("more"))
    assert cli(*QUESTION).json["totals"]["requests"] == 5
    index.write_bytes(backup)
    cli.env["CLAUDE_CONFIG_DIR"] = str(tmp_path / "other")
    put(other, call("eight"))
    assert cli(*QUESTION).json["totals"]["requests"] == 2
    cli.env["CLAUDE_CONFIG_DIR"] = home
    assert cli(*QUESTION).json["totals"]["requests"] == 5


def test_a_session_is_not_called_after_a_folder_of_others(cli: Cli, projects: Path, tmp_path: Path) -> None:
    put(tmp_path / "other/projects/p/s1.jsonl", call("seven", session="s1", cwd="/aaa"))
    here, there = str(projects.parent), str(tmp_path / "other")
    cli.env["CLAUDE_CONFIG_DIR"] = here
    before = cli(*QUESTION)
    cli.env["CLAUDE_CONFIG_DIR"] = there
    assert [row["label"] for row in cli(*QUESTION).json["rows"]] == ["aaa · s1"]
    cli.env["CLAUDE_CONFIG_DIR"] = here
    assert anew(cli).json["rows"] == before.json["rows"]


def test_the_files_are_ours_alone(cli: Cli, projects: Path) -> None:
    a_price(cli, projects)
    cli(*QUESTION)
    cli(*QUESTION)
    for name in ("answers", "seen", "config"):
        assert (cli.home / f"data/claude-code-{name}").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_whatever_order(cli: Cli, projects: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = sorted(projects.rglob("*.jsonl"))
    for number in range(10):
        what = chance.randrange(6)
        if what == 0:
            files.append(projects / f"{chance.choice('abcd')}/n{number}.jsonl")
        path = chance.choice(files)
        if what == 1 and path.exists():
            path.unlink()
        elif what < 4:
            put(path, call(f"m{chance.randrange(20)}", session=f"s{chance.randrange(4)}"))
        elif what == 4:
            cli("usage", "--by", "model")
        let_the_clock_go_on()
        answer = cli(*QUESTION)
        assert answer == anew(cli), number
        known = {row["key"]: row["requests"] for row in answer.json["rows"]}
        assert json.loads(cli(*QUESTION).out)["totals"]["requests"] == sum(known.values())

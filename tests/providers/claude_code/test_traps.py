"""Every trap of `claude-code-logs.md` §10 has its known answer."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.providers.claude_code import reference, reference_report
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import (
    AGENT,
    FORK,
    MAIN,
    META,
    TRAPS,
    Trap,
    call,
    cut,
    progress,
    text,
    usage,
)
from tests.providers.claude_code.readers import READERS, read_with

FIXTURES = Path(__file__).parents[2] / "fixtures/anthropic"


@pytest.fixture(autouse=True, params=READERS)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    read_with(request.param, monkeypatch)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_trap_has_its_known_answer(trap: Trap, machine: Machine) -> None:
    trap.write(machine.projects)
    assert machine.tokens("model") == trap.tokens
    assert machine.requests("model") == trap.requests
    report = machine.usage()
    assert report.skipped_lines == trap.skipped
    assert report.files == sum(name.endswith(".jsonl") for name in trap.files)
    if trap.sessions:
        assert machine.requests("session") == trap.sessions
    if trap.agents:
        assert machine.requests("agent") == trap.agents
    if trap.cost:
        assert report.totals.cost == Decimal(trap.cost)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_the_plain_reader_knows_the_answer_too(trap: Trap, tmp_path: Path) -> None:
    """The reference of the property tests is itself held to the truth."""
    calls = reference.read_all(trap.write(tmp_path))
    rows, total = reference_report.report(calls, "model", "UTC", "calculate")
    assert {row["key"]: row["tokens"] for row in rows} == trap.tokens
    assert {row["key"]: row["requests"] for row in rows} == trap.requests
    assert reference.broken(reference.remember(tmp_path).values()) == trap.skipped
    for by, truth in (("session", trap.sessions), ("agent", trap.agents)):
        rows, _ = reference_report.report(calls, by, "UTC", "calculate")
        assert not truth or {row["key"]: row["requests"] for row in rows} == truth
    assert not trap.cost or total["cost"] == Decimal(trap.cost)


def test_captured_session_equals_its_expected_totals(machine: Machine) -> None:
    folder = machine.projects / "-home-ada-src-atlas"
    folder.mkdir()
    (folder / "600cd3a4-ab86-40ee-843d-3973fb1bedc1.jsonl").write_bytes(
        (FIXTURES / "transcript_session.jsonl").read_bytes()
    )
    expected = json.loads((FIXTURES / "transcript_session.expected.json").read_text())
    report = machine.usage(by="model")
    got: dict[str, dict[str, int]] = {}
    for row in report.rows:
        sums = got.setdefault(
            row.key.removesuffix("-fast"), dict.fromkeys(next(iter(expected["by_model"].values())), 0)
        )
        tokens = row.tokens
        sums["requests"] += row.requests
        sums["input"] += tokens.input
        sums["output"] += tokens.output
        sums["cache_read"] += tokens.cache_read
        sums["cache_write"] += tokens.cache_write_5m + tokens.cache_write_1h
        sums["web_search"] += row.web_searches
    assert got == expected["by_model"]
    assert report.totals.requests == expected["kept_responses"]
    assert report.skipped_lines == expected["malformed_lines"]
    assert report.totals.cost == Decimal(expected["computed_cost_usd"])
    assert machine.usage(cost_mode="auto").totals.cost == Decimal(
        "0.2047355"
    )  # with the 0.12 that was recorded
    display = machine.usage(cost_mode="display")
    assert display.totals.cost == Decimal("0.12")
    assert "4 calls have no recorded cost" in display.warnings[0]
    by_model = {row.key: row.cost for row in machine.usage(cost_mode="display", by="session").rows}
    assert all(cost is None or cost > 0 for cost in by_model.values())  # never 0 for what nobody wrote down


def test_last_line_cut_then_completed(machine: Machine) -> None:
    path = machine.projects / MAIN
    path.parent.mkdir()
    whole = text(call("m1", "r1"), call("m2", "r2"))
    path.write_bytes(whole[: len(text(call("m1", "r1"))) + len(cut(call("m2", "r2")))])
    before = machine.usage()
    assert (before.totals.requests, before.skipped_lines) == (1, 1)
    path.write_bytes(whole)
    after = machine.usage()
    assert (after.totals.requests, after.skipped_lines) == (2, 0)


def test_complete_last_line_counts_before_its_line_feed(machine: Machine) -> None:
    path = machine.projects / MAIN
    path.parent.mkdir()
    path.write_bytes(text(call(None, None)).rstrip())
    assert machine.usage().totals.requests == 1
    with path.open("ab") as file:
        file.write(b"\n" + text(call(None, None)))
    assert machine.usage().totals.requests == 2


def test_the_main_chain_does_not_beat_a_larger_record(machine: Machine) -> None:
    """A progress line carries no isSidechain inside; its one token must not replace the full record."""
    full = call("m1", "r1", used=usage(5, 500), side=True)
    Trap("", {MAIN: text(progress(full, used=usage(5, 1))), AGENT: text(full)}, {}, {}).write(
        machine.projects
    )
    assert machine.usage().totals.tokens.output == 500


def test_agent_type_that_is_written_later_is_picked_up(machine: Machine) -> None:
    Trap("", {AGENT: text(call(side=True))}, {}, {}).write(machine.projects)
    assert machine.requests("agent") == {"sub-agent": 1}
    (machine.projects / META).write_text('{"agentType":"Explore"}')
    assert machine.requests("agent") == {"Explore": 1}


def test_usage_does_not_move_when_a_session_is_forked(machine: Machine) -> None:
    Trap("", {MAIN: text(call("m1", "r1"))}, {}, {}).write(machine.projects)
    before = machine.requests("session")
    Trap("", {FORK: text(call("m1", "r1", session="s2"))}, {}, {}).write(machine.projects)
    assert machine.requests("session") == before == {"s1": 1}


def test_call_at_midnight_counts_for_the_day_of_its_last_line(machine: Machine) -> None:
    lines = [
        call(used=usage(10, n), at=at)
        for n, at in ((1, "2026-11-18T23:59:59.900Z"), (9, "2026-11-19T00:00:00.100Z"))
    ]
    Trap("", {MAIN: text(*lines)}, {}, {}).write(machine.projects)
    assert machine.requests("day") == {"2026-11-19": 1}


def test_hostile_text_is_cleaned_and_odd_names_are_no_trouble(machine: Machine) -> None:
    line = call(cwd="/home/\x1b]52;c;aGk=\x07ada\u202e\ud800", model="m\x1b[31m", session="s\x00")
    path = machine.projects / "-odd" / "x.jsonl"
    path.parent.mkdir()
    path.write_bytes(json.dumps(line).replace('"usage": {', '"usage":{').encode() + b"\n")
    odd = bytes(machine.projects) + b"/-odd/\xff\xfe.jsonl"
    with open(odd, "wb") as file:  # noqa: PTH123  # a name that is not text
        file.write(text(call("m2", "r2", session=None)))
    shown = "".join(
        row.key + row.label for by in ("project", "model", "session") for row in machine.usage(by=by).rows
    )
    assert shown.isprintable()
    assert "\ud800" not in shown
    assert machine.usage().totals.requests == 2
    assert machine.usage().totals.requests == 2

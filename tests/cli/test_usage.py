"""`usage`: the transcripts of this machine, without `add` and without a key store."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Ran
from tests.providers.claude_code.generator import call, text, usage

FIXTURES = Path(__file__).parent.parent / "fixtures" / "anthropic"


@pytest.fixture
def transcripts(cli: Cli, tmp_path: Path) -> Cli:
    project = tmp_path / "claude" / "projects" / "-home-ada-app"
    project.mkdir(parents=True)
    shutil.copy(FIXTURES / "transcript_session.jsonl", project)
    cli.env |= {"CLAUDE_CONFIG_DIR": str(tmp_path / "claude"), "STACKK_TOKEN_STORE": "keyring"}
    return cli


def test_by_model_equals_the_fixture_s_truth(transcripts: Cli) -> None:
    expected = json.loads((FIXTURES / "transcript_session.expected.json").read_text())
    ran = transcripts("usage", "--by", "model", "--json")
    assert (ran.code, ran.err) == (0, "")
    sums: dict[str, dict[str, int]] = {}
    for row in ran.json["rows"]:
        tokens = row["tokens"]
        found = {
            "requests": row["requests"],
            "input": tokens["input"],
            "output": tokens["output"],
            "cache_read": tokens["cache_read"],
            "cache_write": tokens["cache_write_5m"] + tokens["cache_write_1h"],
            "web_search": row["web_searches"],
        }
        assert tokens["total"] == sum(n for kind, n in tokens.items() if kind != "total")
        model = sums.setdefault(row["key"].removesuffix("-fast"), dict.fromkeys(found, 0))
        for name, number in found.items():
            model[name] += number
    assert sums == expected["by_model"]
    assert "claude-opus-5-5-fast" in {row["key"] for row in ran.json["rows"]}
    assert ran.json["totals"]["requests"] == expected["kept_responses"]
    assert ran.json["skipped_lines"] == expected["malformed_lines"]
    assert ran.json["files"] == 1
    assert ran.json["totals"]["cost"]["provenance"] == "estimated"
    assert (ran.json["schema"], ran.json["by"], ran.json["timezone"]) == (1, "model", "UTC")


@pytest.mark.parametrize("by", ["day", "week", "month", "session", "project", "model", "agent", "block"])
def test_every_grouping_has_the_same_totals(transcripts: Cli, by: str) -> None:
    ran = transcripts("usage", "--by", by, "--json")
    assert ran.code == 0
    assert ran.json["totals"]["requests"] == sum(row["requests"] for row in ran.json["rows"]) == 5
    assert transcripts("usage", "--by", by).code == 0


def test_dates_are_inclusive_and_nothing_is_no_error(transcripts: Cli) -> None:
    days = [row["key"] for row in transcripts("usage", "--json").json["rows"]]
    one = transcripts("usage", "--since", days[0], "--until", days[0], "--json").json
    assert [row["key"] for row in one["rows"]] == days[:1]
    none = transcripts("usage", "--until", "2020-01-01", "--json")
    assert (none.code, none.json["rows"]) == (0, [])


def test_days_that_end_before_they_begin_are_wrong_usage(transcripts: Cli) -> None:
    ran = transcripts("usage", "--since", "2026-11-02", "--until", "2026-11-01")
    assert ran.code == 2
    assert "after --until" in ran.err


def test_no_transcripts_at_all(cli: Cli, tmp_path: Path) -> None:
    cli.env |= {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    ran = cli("usage", "--json")
    assert (ran.code, ran.json["rows"], ran.json["files"]) == (0, [], 0)
    assert cli("usage").code == 0


def test_doctor_names_the_folders_with_transcripts(transcripts: Cli) -> None:
    transcripts.env["STACKK_TOKEN_STORE"] = "vault"
    shown = transcripts("doctor", "--json")
    assert shown.code == 0
    assert any("1 " in check["value"] for check in shown.json["machine"].values())
    assert transcripts("add", "claude-code").code == 0
    assert transcripts("doctor", "--json").json["machine"] == shown.json["machine"]


CARGO = "/home/ada/src/cargo"


@pytest.fixture
def two_projects(cli: Cli, tmp_path: Path) -> Cli:
    """Two projects, two sessions, a sub-agent, a model without a price, a block that goes on."""
    now = datetime.now(UTC)
    files = {
        "-atlas/s1abcdef.jsonl": [
            call("m1", "r1", session="s1abcdef"),
            call("m2", "r2", session="s1abcdef", model="claude-sonnet-4-5-20250929", used=usage(1, 2)),
        ],
        "-atlas/s1abcdef/subagents/agent-a1.jsonl": [
            call("m3", "r3", session="s1abcdef", side=True, used=usage(5, 5))
        ],
        "-cargo/s2bcdefg.jsonl": [
            call(
                "m4", "r4", session="s2bcdefg", cwd=CARGO, at=now.isoformat(), model="gpt-9", used=usage(3, 4)
            ),
            call("m5", "r5", session="s2bcdefg", cwd=CARGO, at=now.isoformat(), used=usage(7, 8)),
        ],
    }
    for name, lines in files.items():
        path = tmp_path / "claude/projects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text(*lines))
    (tmp_path / "claude/projects/-atlas/s1abcdef/subagents/agent-a1.meta.json").write_text(
        '{"agentType":"Plan"}'
    )
    cli.env |= {"CLAUDE_CONFIG_DIR": str(tmp_path / "claude"), "STACKK_TOKEN_STORE": "keyring"}
    return cli


def requests(ran: Ran) -> dict[str, int]:
    return {row["key"]: row["requests"] for row in ran.json["rows"]}


@pytest.mark.parametrize(
    ("words", "by", "expected"),
    [
        (["--project", "atlas"], "session", {"s1abcdef": 3}),
        (["--project", "atlas/"], "session", {"s1abcdef": 3}),
        (["--project", CARGO], "session", {"s2bcdefg": 2}),
        (["--project", "atlas", "--project", "cargo"], "session", {"s1abcdef": 3, "s2bcdefg": 2}),
        (["--model", "claude-opus-5-5"], "project", {"/home/ada/src/atlas": 2, CARGO: 1}),
        (["--model", "claude-sonnet-4-5"], "model", {"claude-sonnet-4-5-20250929": 1}),
        (["--session", "s2bcdefg"], "model", {"gpt-9": 1, "claude-opus-5-5": 1}),
        (["--session", "s2bc"], "model", {"gpt-9": 1, "claude-opus-5-5": 1}),
        (["--agent", "Plan"], "session", {"s1abcdef": 1}),
        (["--agent", "main", "--project", "atlas", "--model", "claude-opus-5-5"], "agent", {"main": 1}),
    ],
)
def test_names_limit_what_counts(
    two_projects: Cli, words: list[str], by: str, expected: dict[str, int]
) -> None:
    ran = two_projects("usage", "--by", by, "--json", *words)
    assert (ran.code, ran.err, requests(ran)) == (0, "", expected)
    assert ran.json["totals"]["requests"] == sum(expected.values())


def test_the_folder_one_stands_in_is_a_project(two_projects: Cli, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    path = tmp_path / "claude/projects/-here/s3.jsonl"
    path.parent.mkdir()
    path.write_bytes(text(call("m9", "r9", session="s3", cwd=str(here))))
    two_projects.monkeypatch.chdir(here)
    assert requests(two_projects("usage", "--by", "session", "--json", "--project", ".")) == {"s3": 1}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (["--project", "atlsa"], "No project is called 'atlsa'. There is: atlas …"),
        (["--model", "opus"], "No model is called 'opus'. There is: claude-opus-5-5"),
        (["--session", "s2b"], "No session has the id 's2b'."),
        (["--agent", "Explore"], "No agent is called 'Explore'. There is: main, Plan"),
    ],
)
def test_a_name_that_nothing_has_matches_nothing_and_is_said(
    two_projects: Cli, word: list[str], said: str
) -> None:
    ran = two_projects("usage", "--json", *word)
    assert (ran.code, ran.json["rows"], ran.json["totals"]["requests"]) == (0, [], 0)
    assert said in ran.err
    assert said in ran.json["warnings"][0]
    shown = two_projects("usage", *word)
    assert shown.code == 0
    assert shown.out == "Nothing matched in 3 transcripts for these days.\n"


def test_one_known_name_beside_an_unknown_one_still_counts(two_projects: Cli) -> None:
    ran = two_projects("usage", "--by", "project", "--json", "--project", "nobody", "--project", "cargo")
    assert requests(ran) == {CARGO: 2}
    assert "'nobody'" in ran.err


def test_a_block_says_when_it_ends_and_whether_it_goes_on(two_projects: Cli) -> None:
    rows = two_projects("usage", "--by", "block", "--json").json["rows"]
    assert [row["active"] for row in rows] == [False, True]
    assert (rows[0]["key"], rows[0]["ends_at"]) == ("2026-11-18T09:00:00Z", "2026-11-18T14:00:00Z")
    lines = two_projects("usage", "--by", "block").out.splitlines()
    assert lines[1].startswith("2026-11-18 09:00   ")
    assert " · now" in lines[2]
    assert len([line for line in lines if line[:2] == "20"]) == 2  # the days between are no rows


def test_tokens_without_a_price_are_seen(two_projects: Cli) -> None:
    shown = two_projects("usage", "--by", "project").out
    assert "7 tokens have no known price (gpt-9)." in shown
    (cargo,) = [line for line in shown.splitlines() if line.startswith("cargo")]
    assert cargo.endswith("+?")
    row = two_projects("usage", "--by", "model", "--json").json["rows"][-1]
    assert (row["key"], row["cost"], row["unpriced_tokens"]) == ("gpt-9", None, 7)


def test_usage_leaves_the_ledger_alone(two_projects: Cli) -> None:
    assert two_projects("usage").code == 0
    assert not list(two_projects.home.rglob("ledger.db*"))


def test_a_cost_nobody_recorded_is_none_and_not_zero(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "home/.claude/projects/p/s1.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        text(
            call("a", session="s1"), call("b", session="s2", costUSD=0), call("c", session="s3", costUSD=0.5)
        )
    )
    ran = cli("usage", "--json", "--cost", "display", "--by", "session")
    costs = {row["key"]: row["cost"] and row["cost"]["amount"] for row in ran.json["rows"]}
    assert costs == {"s1": None, "s2": "0", "s3": "0.5"}
    assert ran.err == "1 call has no recorded cost and counts as nothing in this mode.\n"
    shown = {
        line.split()[2]: line.split()[-1]
        for line in cli("usage", "--cost", "display", "--by", "session").out.splitlines()[1:5]
        if line.split()
    }
    assert shown["s1"] == "–"
    assert shown["s2"] == "$0.00"

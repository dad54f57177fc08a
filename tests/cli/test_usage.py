"""`usage`: the transcripts of this machine, without `add` and without a key store."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

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

"""The demo's transcripts: small, quick, always the same, and read without a loss by the reader of real ones."""

import json
import time
from datetime import timedelta
from pathlib import Path

from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code.usage import answer
from stackk_tui.sandbox.transcripts import write_transcripts
from tests.conftest import NOW, MakeSettings


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_ninety_days_are_small_quick_and_always_the_same(tmp_path: Path) -> None:
    started = time.process_time()
    written = write_transcripts(tmp_path / "one", NOW)
    assert time.process_time() - started < 2
    assert 150 <= written.sessions <= 250
    assert written.bytes < 6_000_000
    write_transcripts(tmp_path / "two", NOW)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_past_day_is_the_same_tomorrow(tmp_path: Path) -> None:
    write_transcripts(tmp_path / "today", NOW, days=30)
    write_transcripts(tmp_path / "tomorrow", NOW + timedelta(days=1), days=31)
    today, tomorrow = content(tmp_path / "today"), content(tmp_path / "tomorrow")
    assert today.keys() <= tomorrow.keys()
    grown = [name for name, text in today.items() if not tomorrow[name].startswith(text.rstrip(b"\n"))]
    assert [name for name in grown if not name.endswith(".meta.json")] == []


def test_lines_have_the_shapes_of_real_ones(tmp_path: Path) -> None:
    write_transcripts(tmp_path, NOW, days=60)
    lines = [json.loads(line) for p in tmp_path.rglob("*.jsonl") for line in p.read_text().splitlines()]
    assert all(b'"usage":{' in p.read_bytes() for p in tmp_path.rglob("*.jsonl")), "compact JSON"
    assert max(line["timestamp"] for line in lines) <= NOW.strftime("%Y-%m-%dT%H:%M:%S.999Z")
    calls: dict[str, list[dict]] = {}
    for line in lines:
        if line["type"] == "assistant" and line["message"]["model"] != "<synthetic>":
            calls.setdefault(line["message"]["id"], []).append(line)
            usage = line["message"]["usage"]
            assert usage["cache_creation_input_tokens"] == sum(usage["cache_creation"].values())
    assert any(len(group) > 1 for group in calls.values()), "a call is on several lines"
    for group in calls.values():
        assert len({line["requestId"] for line in group}) == 1
        assert len({line["uuid"] for line in group}) == len(group)
    assert any(line["message"].get("model") == "<synthetic>" for line in lines)
    assert any("agentId" in line and line["isSidechain"] for line in lines)
    assert len({line["cwd"] for line in lines}) >= 4


def test_the_reader_of_real_transcripts_loses_nothing(tmp_path: Path, settings: MakeSettings) -> None:
    folder = tmp_path / "claude"
    written = write_transcripts(folder, NOW, days=20)
    report = answer(settings(CLAUDE_CONFIG_DIR=str(folder)), UsageQuery())
    assert (report.files, report.skipped_lines) == (written.files, 0)

"""`usage` in a home where nothing can be written: it answers, and says on stderr that it will not remember."""

from pathlib import Path

import pytest

from stackk_tui.providers.claude_code import unkept
from tests.cli.conftest import Cli
from tests.providers.claude_code.generator import call, text
from tests.providers.claude_code.unwritable import read_only


@pytest.mark.parametrize("words", [["--json"], ["--json", "--model", "claude-opus-5-5"], []], ids=str)
def test_a_home_that_cannot_be_written_in(
    cli: Cli, tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unkept, "_in_memory", {})
    path = tmp_path / "home/.claude/projects/p/s1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(text(call()))
    whole = cli("usage", *words)  # all that is needed is imported while root may read it
    for kept in (cli.home / "data").iterdir():
        kept.unlink()
    with read_only(cli.home):
        ran = cli("usage", *words)
    assert ran.code == 0
    assert ran.err.startswith("What was read is not remembered: nothing can be written in ")
    assert len(ran.err.splitlines()) == 1
    if words:
        assert ran.json["totals"] == whole.json["totals"]
        assert ran.json["warnings"] == [ran.err.strip()]
    else:
        assert ran.out == whole.out

"""A machine with transcripts, and what the person sees of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.usage_report import UsageQuery, UsageReport
from stackk_tui.providers.claude_code.usage import answer
from tests.providers.claude_code.readers import COMPILED, COMPILER, PLAIN, read_with


@dataclass
class Machine:
    """`projects` is where Claude Code writes; `usage` is what `stackk-tui usage` answers."""

    projects: Path
    settings: Settings

    def usage(self, **query: object) -> UsageReport:
        return answer(self.settings, UsageQuery.model_validate({"cost_mode": "calculate", **query}))

    def requests(self, by: str) -> dict[str, int]:
        return {row.key: row.requests for row in self.usage(by=by).rows}

    def tokens(self, by: str) -> dict[str, list[int]]:
        return {
            row.key: [t.input, t.output, t.cache_write_5m, t.cache_write_1h, t.cache_read]
            for row in self.usage(by=by).rows
            for t in [row.tokens]
        }


@pytest.fixture
def machine(tmp_path: Path, settings: Callable[..., Settings]) -> Machine:
    projects = tmp_path / "home/.claude/projects"
    projects.mkdir(parents=True)
    return Machine(projects, settings(TZ="UTC"))


@pytest.fixture(autouse=True)
def reader_of_the_seed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of worlds from a seed, the odd ones are read by the compiled program first, the even ones never."""
    seed = getattr(request.node, "callspec", None) and request.node.callspec.params.get("seed")
    if seed is not None and request.module.__name__.rpartition(".")[2].startswith("test_property_"):
        read_with(COMPILED if seed % 2 and COMPILER else PLAIN, monkeypatch)

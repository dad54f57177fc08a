"""The developer guide speaks of what there is."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")
SOURCE = ROOT / "src" / "stackk_tui"
MODULES = (
    "stackk_tui.model.errors",
    "stackk_tui.model.figure",
    "stackk_tui.model.service",
    "stackk_tui.model.snapshot",
    "stackk_tui.model.usage",
    "stackk_tui.net.http",
    "stackk_tui.net.message",
    "stackk_tui.providers.base",
    "stackk_tui.providers.doors",
    "stackk_tui.sandbox.faults",
    "stackk_tui.sandbox.openrouter",
    "stackk_tui.storage.ledger",
)
QUOTED = re.findall(r"`([^`\n]+)`", GUIDE)
PATHS = sorted({word.split(":")[0] for word in QUOTED if re.fullmatch(r"[\w/]+(\.py|/)(: \w+)?", word)})
NAMES = sorted({word for word in QUOTED if re.fullmatch(r"[A-Z]\w+\.\w+|[A-Z][a-z]+[A-Z]\w+", word)})


@pytest.mark.parametrize("path", PATHS)
def test_every_file_it_names_is_there(path: str) -> None:
    assert (SOURCE / path).exists() or (ROOT / path).exists()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_it_names_is_there(name: str) -> None:
    owner, _, attribute = name.partition(".")
    found = [getattr(module, owner) for module in map(import_module, MODULES) if hasattr(module, owner)]
    assert found
    fields = {*dir(found[0]), *getattr(found[0], "model_fields", ()), *_annotated(found[0])}
    assert not attribute or attribute.removesuffix("es") in fields or attribute in fields


def _annotated(kind: type) -> set[str]:
    return {name for base in kind.__mro__ for name in getattr(base, "__annotations__", {})}


@pytest.mark.parametrize(
    ("row", "folders"),
    [
        ("`providers/openrouter/`", ["src/stackk_tui/providers/openrouter/*.py"]),
        ("`sandbox/openrouter.py`", ["src/stackk_tui/sandbox/openrouter.py"]),
        (
            "`tests/providers/openrouter/`",
            ["tests/providers/openrouter/*.py", "tests/cli/test_openrouter.py"],
        ),
    ],
)
def test_what_it_took_is_counted(row: str, folders: list[str]) -> None:
    line = next(line for line in GUIDE.splitlines() if line.startswith(f"| {row}"))
    files, lines = (int(cell) for cell in line.split("|")[2:4])
    found = [path for folder in folders for path in ROOT.glob(folder)]
    counted = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in found)
    assert files == len(found)
    assert lines == pytest.approx(counted, rel=0.1)

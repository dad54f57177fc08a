"""SECURITY.md names a test for every threat; here they are looked for."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def _tests_in(path: Path) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = (n.name for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
            found |= {f"{node.name}::{name}" for name in inner}
    return found


def test_every_test_that_is_named_exists() -> None:
    named = _NAMED.findall(TEXT)
    assert len(named) > 60
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or name not in _tests_in(ROOT / path)
    ]
    assert missing == []


def test_every_threat_has_a_countermeasure_and_a_test() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 30
    for row in rows:
        threat, countermeasure, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        assert threat
        assert countermeasure
        assert _NAMED.search(tests), row

"""The rules of the house that a tool can hold (DESIGN §1)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "stackk_tui"
VENDORS = re.compile(r"anthropic|claude|supabase|vercel|openrouter", re.IGNORECASE)


def modules_after(code: str) -> set[str]:
    """Gives what a fresh interpreter has imported after running `code`."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(shown.stdout.split())


def test_the_command_imports_nothing_before_it_knows_what_for() -> None:
    bare = modules_after("")
    ours = modules_after("import stackk_tui.cli") - bare
    assert {name for name in ours if not name.startswith("stackk_tui")} == set()


@pytest.mark.parametrize(
    "module",
    [
        "stackk_tui.config",
        "stackk_tui.model.board",
        "stackk_tui.storage.board_cache",
        "stackk_tui.report.format",
    ],
)
def test_what_the_first_paint_reads_is_light(module: str) -> None:
    heavy = {"pydantic", "httpx", "keyring", "cryptography", "textual", "plotext", "starlette", "asyncio"}
    assert modules_after(f"import {module}") & heavy == set()


def test_the_dashboard_paints_before_anything_heavy_is_imported() -> None:
    heavy = {
        "pydantic",
        "httpx",
        "keyring",
        "cryptography",
        "plotext",
        "textual_plotext",
        "starlette",
        "secretstorage",
    }
    found = modules_after("import stackk_tui.tui.app, stackk_tui.tui.screens.dashboard")
    assert "textual.app" in found
    assert found & heavy == set()


@pytest.mark.parametrize("module", ["stackk_tui.stack", "stackk_tui.report.json", "stackk_tui.report.table"])
def test_everything_but_the_screens_runs_without_textual(module: str) -> None:
    assert "textual" not in modules_after(f"import {module}")


def test_the_list_of_providers_does_not_import_their_code() -> None:
    found = modules_after("import stackk_tui.providers.registry")
    assert "httpx" not in found
    assert not {name for name in found if name.endswith((".provider", ".console", ".index", ".custom"))}


def _lines_naming_a_vendor(folder: str) -> list[str]:
    return [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
        for path in sorted((SOURCE / folder).rglob("*"))
        if path.suffix in {".py", ".tcss"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if VENDORS.search(line)
    ]


@pytest.mark.parametrize("room", ["tui", "stack", "storage", "insight", "report"])
def test_no_vendor_is_named_outside_its_folder(room: str) -> None:
    assert _lines_naming_a_vendor(room) == []


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(SOURCE)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 320
    }
    assert long == {}

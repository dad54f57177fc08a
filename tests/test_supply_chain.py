"""What is installed with the program, and that nothing is installed unchecked.

A new name in `RUNTIME` is a decision: somebody else's code beside people's admin keys.
"""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, distributions, packages_distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-dev.lock"

RUNTIME = {
    "annotated-types": "pydantic",
    "anyio": "httpx, starlette",
    "backports-tarfile": "keyring, before Python 3.12",
    "certifi": "httpx: the certificate authorities",
    "cffi": "cryptography",
    "cryptography": "the vault",
    "h11": "httpx",
    "httpcore": "httpx",
    "httpx": "the wire",
    "idna": "httpx",
    "importlib-metadata": "keyring, before Python 3.12",
    "jaraco-classes": "keyring",
    "jaraco-context": "keyring",
    "jaraco-functools": "keyring",
    "jeepney": "secretstorage: D-Bus",
    "keyring": "the keyrings of macOS and Windows, the Secret Service",
    "lazy-importer": "importlib-metadata, before Python 3.12",
    "linkify-it-py": "textual's Markdown",
    "markdown-it-py": "rich, textual",
    "mdit-py-plugins": "textual's Markdown",
    "mdurl": "markdown-it-py",
    "more-itertools": "jaraco-classes, jaraco-functools",
    "platformdirs": "where files belong",
    "msgspec": "reading transcripts",
    "plotext": "textual-plotext",
    "pycparser": "cffi",
    "pydantic": "reading answers",
    "pydantic-core": "pydantic",
    "pygments": "rich",
    "pywin32-ctypes": "keyring, on Windows",
    "rich": "textual",
    "secretstorage": "the Secret Service",
    "starlette": "the sandbox behind --demo",
    "textual": "the screens",
    "textual-plotext": "the chart",
    "typing-extensions": "pydantic, textual, anyio",
    "typing-inspection": "pydantic",
    "tzdata": "time zones on servers without any",
    "zipp": "importlib-metadata, before Python 3.12",
}
"""Every distribution a user gets with the program on any system, and what for."""

IMPORTED = {"certifi", "cryptography", "httpx", "keyring", "msgspec", "platformdirs", "plotext", "pydantic", "rich", "secretstorage",
            "starlette", "textual", "textual-plotext"}  # fmt: skip
"""The only ones our own code names (certifi only to say in `doctor` what httpx trusts)."""

OPTIONAL = {"apprise": "the extra `alerts`, imported when something is to be told over it"}
"""What our own code names and nobody gets without asking for it."""

_PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
)


def _holds(marker: Marker | None, extras: frozenset[str]) -> bool:
    """Whether a requirement applies to any system and any Python that is supported."""
    return marker is None or any(
        marker.evaluate({**system, "python_version": python, "python_full_version": f"{python}.0", "extra": extra})
        for system in _PLATFORMS
        for python in ("3.11", "3.12", "3.13", "3.14")
        for extra in extras or {""}
    )  # fmt: skip


def _closure() -> set[str]:
    """Gives all distributions behind ours, without its extras, by the installed metadata."""
    found: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [("stackk-tui", frozenset())]
    asked: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        if (one := waiting.pop()) in asked:
            continue
        asked.add(one)
        name, extras = one
        found.add(name)
        try:
            needs = distribution(name).requires or []
        except ModuleNotFoundError:  # another system's; its name is what counts
            continue
        for need in map(Requirement, needs):
            if _holds(need.marker, extras):
                waiting += [(canonicalize_name(need.name), frozenset(need.extras))]
    return found - {"stackk-tui"}


def test_a_user_gets_these_distributions_and_no_other() -> None:
    assert _closure() - set(RUNTIME) == set(), "new at run time: is it worth it?"
    installed = {canonicalize_name(one.name) for one in distributions()}
    assert (set(RUNTIME) - _closure()) & installed == set(), "no longer needed: take it out of the list"


def _imports() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names.append(node.module)
            yield from ((name.partition(".")[0], f"{path.relative_to(ROOT)}:{node.lineno}") for name in names)


def test_our_code_imports_only_what_it_says() -> None:
    owners = packages_distributions()
    stray = {
        f"{where} imports {module}"
        for module, where in _imports()
        if module not in sys.stdlib_module_names
        and module not in {"stackk_tui", "uvicorn"}  # uvicorn: `python -m stackk_tui.sandbox`, for developers
        and not {canonicalize_name(owner) for owner in owners.get(module, [])} & (IMPORTED | OPTIONAL.keys())
    }
    assert stray == set()
    assert set(RUNTIME) >= IMPORTED
    assert set(RUNTIME) & OPTIONAL.keys() == set()


def _locked() -> dict[str, tuple[str, list[str]]]:
    """Gives version and hashes by name."""
    text = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        shape = re.fullmatch(
            r"([a-z0-9-]+)==(\S+)(?: ; [^#]*?)?((?:\s+--hash=sha256:[0-9a-f]{64})+)", line.rstrip()
        )
        assert shape is not None, f"not a pinned line with hashes: {line[:80]}"
        found[shape[1]] = (shape[2], re.findall(r"sha256:[0-9a-f]{64}", shape[3]))
    return found


def test_the_lock_pins_everything_by_hash_and_names_no_place() -> None:
    locked = _locked()
    assert len(locked) > 50
    assert all(len(set(hashes)) >= 1 for _, hashes in locked.values())
    text = LOCK.read_text(encoding="utf-8")
    assert not re.search(
        r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-e |^\S+ @ ", text, re.MULTILINE
    )
    assert set(RUNTIME) <= set(locked), "a run-time distribution without a pin"


@pytest.mark.parametrize("extra", ["", "dev"])
def test_the_lock_fits_what_the_project_asks_for(extra: str) -> None:
    locked = _locked()
    needs = [Requirement(line) for line in distribution("stackk-tui").requires or []]
    asked = [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    assert asked
    for need in asked:
        version, _ = locked[canonicalize_name(need.name)]
        assert need.specifier.contains(version), f"{need} is locked at {version}: run make lock"
    assert {"hatchling", "editables"} <= set(locked), "the build backend is installed by hash, too"


def test_make_installs_nothing_without_a_hash() -> None:
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    environment, _, rest = recipes.partition("\ndemo:")
    installs = [line.strip() for line in environment.splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes -r requirements-dev.lock" in installs[0]
    assert all(word in installs[1] for word in ("--no-index", "--no-deps", "--no-build-isolation"))
    others = [line.strip() for line in rest.splitlines() if "pip install" in line]
    assert [line for line in others if "$(UV)" not in line] == []
    assert re.search(r"^UV := uv==[0-9.]+$", recipes, re.MULTILINE)

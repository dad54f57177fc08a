"""Where transcripts are (`claude-code-logs.md` §1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.model.text import clean

PROJECTS = "projects"


@dataclass(frozen=True, slots=True)
class Roots:
    """`found` are the folders to read, by their real paths, none twice. `known` adds those that are named but
    not there now: what was once read from them still counts. `warnings` are sentences for the person."""

    found: tuple[Path, ...]
    known: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def find_roots(settings: Settings) -> Roots:
    """Looks in `CLAUDE_CONFIG_DIR` or the default places, and in `[claude_code] roots` of config.toml."""
    warnings: list[str] = []
    places = list(_own_places(settings))
    named = settings.env.get("CLAUDE_CONFIG_DIR", "").strip()
    if named and not any(place.is_dir() for place in places):
        warnings.append(
            f"CLAUDE_CONFIG_DIR is set to {clean(named)!r}, but there is no folder with transcripts."
            " Nothing else was searched."
        )
    for place in _extra_places(settings, warnings):
        places.append(place)
        if not place.is_dir():
            warnings.append(
                f"config.toml names {clean(str(place))!r} under [claude_code], but it is not there."
            )
    known = tuple(dict.fromkeys(place.resolve() for place in places))
    return Roots(tuple(place for place in known if place.is_dir()), known, tuple(warnings))


def home_folder(settings: Settings) -> Path:
    home = settings.env.get("HOME")
    return Path(home) if home else Path.home()


def _own_places(settings: Settings) -> Iterator[Path]:
    home = home_folder(settings)
    named = settings.env.get("CLAUDE_CONFIG_DIR", "").strip()
    if named:
        for entry in filter(None, map(str.strip, named.split(","))):
            folder = _expand(entry, home)
            itself = folder.name == PROJECTS and not (folder / PROJECTS).is_dir()
            yield folder if itself else folder / PROJECTS
        return
    xdg = settings.env.get("XDG_CONFIG_HOME", "")
    config = Path(xdg) if xdg.startswith("/") else home / ".config"
    yield config / "claude" / PROJECTS
    yield home / ".claude" / PROJECTS


def _extra_places(settings: Settings, warnings: list[str]) -> Iterator[Path]:
    entries = settings.section("claude_code").get("roots", [])
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        warnings.append("config.toml: [claude_code] roots must be a list of folder names; it is ignored.")
        return
    for entry in filter(None, map(str.strip, entries)):
        folder = _expand(entry, home_folder(settings))
        inner = folder / PROJECTS
        yield inner if inner.is_dir() else folder


def _expand(entry: str, home: Path) -> Path:
    if entry == "~" or entry.startswith("~/"):
        return home / entry[2:]
    try:
        return Path(entry).expanduser().absolute()
    except RuntimeError:  # `~somebody` who does not exist
        return Path(entry).absolute()

"""Where transcripts are (`claude-code-logs.md` §1)."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.model.text import clean

PROJECTS = "projects"


@dataclass(frozen=True, slots=True)
class Roots:
    """`found` are the folders to read, by their real paths, none twice. `known` adds those that are named but
    not there now, or have become a link: what was once read there still counts. `warnings` are sentences."""

    found: tuple[Path, ...]
    known: tuple[Path, ...]
    warnings: tuple[str, ...] = ()


def find_roots(settings: Settings) -> Roots:
    """Looks in `CLAUDE_CONFIG_DIR` or the default places, and in `[claude_code] roots` of config.toml."""
    warnings: list[str] = []
    places = list(_own_places(settings))
    named = settings.env.get("CLAUDE_CONFIG_DIR", "").strip()
    if named and not any(map(_is_folder, places)):
        warnings.append(
            f"CLAUDE_CONFIG_DIR is set to {clean(named)!r}, but there is no folder with transcripts."
            " Nothing else was searched."
        )
    for place in _extra_places(settings, warnings):
        places.append(place)
        if not _is_folder(place):
            warnings.append(
                f"config.toml names {clean(str(place))!r} under [claude_code], but it is not there."
            )
    real = dict.fromkeys(Path(os.path.realpath(place)) for place in places)
    found = tuple(place for place in real if _is_folder(place))
    return Roots(found, tuple({**real, **dict.fromkeys(places)}), tuple(warnings))


def home_folder(settings: Settings) -> Path:
    home = settings.env.get("HOME")
    return Path(home) if home else Path.home()


def _own_places(settings: Settings) -> Iterator[Path]:
    home = home_folder(settings)
    named = settings.env.get("CLAUDE_CONFIG_DIR", "").strip()
    if named:
        for entry in filter(None, map(str.strip, named.split(","))):
            folder = _expand(entry, home)
            itself = folder.name == PROJECTS and not _is_folder(folder / PROJECTS)
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
    for entry in (entry.strip() for entry in entries if entry.strip() and "\0" not in entry):
        folder = _expand(entry, home_folder(settings))
        inner = folder / PROJECTS
        yield inner if _is_folder(inner) else folder


def _expand(entry: str, home: Path) -> Path:
    if entry == "~" or entry.startswith("~/"):
        return home / entry[2:]
    try:
        return Path(entry).expanduser().absolute()
    except RuntimeError:  # `~somebody` who does not exist
        return Path(entry).absolute()


def _is_folder(place: Path) -> bool:
    return os.path.isdir(place)  # noqa: PTH112  # Path.is_dir raises where it may not look

"""Where transcripts are, and whose (`claude-code-logs.md` §1).

The default places and `[claude_code] roots` of config.toml are "this machine", the account without a label;
`[[claude_code.accounts]]`, each with a `label` and `roots`, are others. A call is counted once per account.
"""

from __future__ import annotations

import os

from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from stackk_tui.config import Settings

PROJECTS = "projects"
THIS_MACHINE = ""
_LABEL_LENGTH = 64


class Account:
    """`found` are the folders to read, by their real paths, none twice. `known` adds those that are named but
    not there now, or have become a link: what was once read there still counts."""

    __slots__ = ("found", "known", "label")

    def __init__(self, label: str, found: tuple[str, ...], known: tuple[str, ...]) -> None:
        self.label = label
        self.found = found
        self.known = known


class Roots:
    """All accounts, this machine's first. `warnings` are sentences."""

    __slots__ = ("accounts", "warnings")

    def __init__(self, accounts: tuple[Account, ...], warnings: tuple[str, ...] = ()) -> None:
        self.accounts = accounts
        self.warnings = warnings

    @property
    def found(self) -> tuple[Path, ...]:
        """The folders to read, of all accounts."""
        return _paths(place for account in self.accounts for place in account.found)

    @property
    def known(self) -> tuple[Path, ...]:
        """And those whose transcripts were once read."""
        return _paths(place for account in self.accounts for place in account.known)


def _paths(places: Iterator[str]) -> tuple[Path, ...]:
    from pathlib import Path

    return tuple(map(Path, places))


def find_roots(settings: Settings) -> Roots:
    """Looks in `CLAUDE_CONFIG_DIR` or the default places, and where config.toml says."""
    return roots_of(settings.env, settings.section("claude_code"))


def roots_of(env: Mapping[str, str], section: Mapping[str, Any]) -> Roots:
    """The same; `section` is `[claude_code]` of config.toml."""
    warnings: list[str] = []
    home = env.get("HOME") or os.path.expanduser("~")  # noqa: PTH111  # pathlib would cost more than a warm start
    places = list(_own_places(env, home))
    named = env.get("CLAUDE_CONFIG_DIR", "").strip()
    if named and not any(map(_is_folder, places)):
        warnings.append(
            f"CLAUDE_CONFIG_DIR is set to {cleaned(named, 256)!r}, but there is no folder with transcripts."
            " Nothing else was searched."
        )
    extra, problem = _folders(section.get("roots", []), home)
    if problem:
        warnings.append("config.toml: [claude_code] roots must be a list of folder names; it is ignored.")
    groups = {THIS_MACHINE: places + extra}
    for label, folders in _accounts(section.get("accounts", []), home, warnings):
        groups.setdefault(label, []).extend(folders)
        extra += folders
    warnings += [
        f"config.toml names {cleaned(place, 256)!r} under [claude_code], but it is not there."
        for place in extra
        if not _is_folder(place)
    ]
    return Roots(tuple(_told_apart(groups, warnings)), tuple(warnings))


def home_folder(settings: Settings) -> Path:
    from pathlib import Path

    home = settings.env.get("HOME")
    return Path(home) if home else Path.home()


def _told_apart(groups: Mapping[str, list[str]], warnings: list[str]) -> Iterator[Account]:
    """Gives each folder to the first account that names it."""
    taken: dict[str, str] = {}
    for label, places in groups.items():
        real = dict.fromkeys(os.path.realpath(place) for place in places)
        for place in [place for place in real if place in taken]:
            del real[place]
            warnings.append(
                f"config.toml gives {cleaned(place, 256)!r} to the account {label!r}, but it is already"
                f" counted for {taken[place] or 'this machine'!r}."
            )
        taken |= dict.fromkeys(real, label)
        known = {**real, **dict.fromkeys(place for place in places if place not in taken or place in real)}
        yield Account(label, tuple(place for place in real if _is_folder(place)), tuple(known))


def _accounts(entries: object, home: str, warnings: list[str]) -> Iterator[tuple[str, list[str]]]:
    for entry in entries if isinstance(entries, list) else [entries]:
        label = entry.get("label") if isinstance(entry, dict) else None
        folders, problem = _folders(entry.get("roots") if isinstance(entry, dict) else None, home)
        if not isinstance(label, str) or not cleaned(label, _LABEL_LENGTH).strip() or problem or not folders:
            warnings.append(
                "config.toml: an entry of [[claude_code.accounts]] needs a label and a list of roots; it is"
                " ignored."
            )
            continue
        yield cleaned(label, _LABEL_LENGTH).strip(), folders


def _folders(entries: object, home: str) -> tuple[list[str], bool]:
    """Gives the folders of a list in config.toml, and whether it is no such list."""
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        return [], True
    folders = []
    for entry in (entry.strip() for entry in entries if entry.strip() and "\0" not in entry):
        folder = _expand(entry, home)
        inner = f"{folder}/{PROJECTS}"
        folders.append(inner if _is_folder(inner) else folder)
    return folders, False


def _own_places(env: Mapping[str, str], home: str) -> Iterator[str]:
    named = env.get("CLAUDE_CONFIG_DIR", "").strip()
    if named:
        for entry in filter(None, map(str.strip, named.split(","))):
            folder = _expand(entry, home)
            itself = folder.endswith(f"/{PROJECTS}") and not _is_folder(f"{folder}/{PROJECTS}")
            yield folder if itself else f"{folder}/{PROJECTS}"
        return
    xdg = env.get("XDG_CONFIG_HOME", "")
    config = xdg if xdg.startswith("/") else f"{home}/.config"
    yield _tidy(f"{config}/claude/{PROJECTS}")
    yield _tidy(f"{home}/.claude/{PROJECTS}")


def _expand(entry: str, home: str) -> str:
    if entry == "~" or entry.startswith("~/"):
        return _tidy(home + entry[1:])
    return _tidy(os.path.join(os.getcwd(), os.path.expanduser(entry)))  # noqa: PTH109, PTH111, PTH118


def _tidy(place: str) -> str:
    """Without doubled and trailing slashes; `..` stays, a link may stand before it."""
    return "/" + "/".join(part for part in place.split("/") if part not in ("", "."))


def _is_folder(place: str) -> bool:
    return os.path.isdir(place)  # noqa: PTH112  # Path.is_dir raises where it may not look

"""What the command line and `[statusline]` of config.toml say of the line.

Never refuses: Claude Code shows what is printed, so a word that is wrong is said on stderr and left out.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import datetime

from stackk_tui.providers.claude_code.statusline.line import DEFAULT
from stackk_tui.providers.claude_code.statusline.quick_json import parse
from stackk_tui.storage.pushed_windows import WindowStore

CHAIN_SECONDS = 2.0
_MOST_SECONDS = 30.0
_CONFIG = "config"
_VALUES = ("--format", "--chain", "--passphrase-fd", "--passphrase-command")
"""The last two are of every command; this one opens nothing."""
_FLAGS = ("--json", "--tmux", "--plain", "--no-color")


class Options:
    """How to print. `problems` are sentences for stderr."""

    __slots__ = ("background", "chain", "chain_seconds", "color", "form", "json", "plain", "problems", "tmux")

    def __init__(self, words: Sequence[str], env: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        given = self._words(words)
        self.form = given.get("--format", "")
        self.chain = given.get("--chain", "")
        self.json = "--json" in given
        self.tmux = "--tmux" in given
        self.plain = "--plain" in given
        self.color = not (self.plain or "--no-color" in given or env.get("NO_COLOR"))
        self.chain_seconds = CHAIN_SECONDS
        self.background = env.get("STACKK_NO_BACKGROUND") != "1"

    def _words(self, words: Sequence[str]) -> dict[str, str]:
        given: dict[str, str] = {}
        rest = list(words)
        while rest:
            word, has_value, value = rest.pop(0).partition("=")
            if word in _FLAGS and not has_value:
                given[word] = ""
            elif word in _VALUES and (has_value or rest):
                given[word] = value if has_value else rest.pop(0)
            else:
                name = word if word.startswith("--") and len(word) < 30 else "a word"
                self.problems.append(
                    f"statusline: {name} is not understood; see: stackk-tui statusline --help"
                )
        return given

    def follow(self, section: Mapping[str, object]) -> None:
        """Takes `[statusline]` of config.toml where the command line and the environment say nothing."""
        form, seconds = section.get("format"), section.get("chain_seconds")
        if not self.form:
            self.form = form if isinstance(form, str) and form.strip() else DEFAULT
        if isinstance(seconds, int | float) and 0 < seconds <= _MOST_SECONDS:
            self.chain_seconds = float(seconds)
        self.color = self.color and section.get("color") is not False
        self.background = self.background and section.get("background") is not False


def section_of(
    config_file: str, notes: Mapping[str, tuple[str, datetime]], problems: list[str]
) -> tuple[Mapping[str, object], str | None]:
    """Gives `[statusline]` of config.toml, and what to keep as the note `config`, or None to leave it.

    TOML takes longer to read than the line may take, so what was read is kept until the file changes.
    """
    try:
        found = os.stat(config_file)
    except OSError:
        return {}, None
    stamp = f"{config_file} {found.st_ino} {found.st_size} {found.st_mtime_ns}"
    kept = parse(notes[_CONFIG][0].encode()) if _CONFIG in notes else {}
    section = kept.get("section")
    if kept.get("stamp") == stamp and isinstance(section, dict):
        return section, None
    import json
    import tomllib

    try:
        with open(config_file, "rb") as file:
            read = tomllib.load(file).get("statusline", {})
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not valid TOML"
        problems.append(f"statusline: {config_file} cannot be used: {reason}")
        return {}, None
    section = read if isinstance(read, dict) else {}
    section = {name: value for name, value in section.items() if isinstance(value, str | int | float)}
    return section, json.dumps({"stamp": stamp, "section": section})


def keep_section(store: WindowStore, body: str, now: datetime) -> None:
    store.put_note(_CONFIG, body, now)

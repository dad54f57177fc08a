"""Putting the line into Claude Code's settings, and taking it out again (`api/anthropic.md` §5.3)."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

from stackk_tui.model.errors import StorageError
from stackk_tui.model.text import clean
from stackk_tui.providers.claude_code.statusline.command import NotPlain, options_of, written
from stackk_tui.providers.claude_code.statusline.settings_file import NOTHING_CHANGED, SettingsFile
from stackk_tui.providers.claude_code.statusline.settings_text import ObjectText, checked

_KEY = "statusLine"


class Change:
    """What would be written. `after` equal to the file's own text means that there is nothing to do."""

    __slots__ = ("after", "before", "chain", "command", "file", "hooks_off")

    def __init__(self, file: SettingsFile, after: str | None, command: str | None, chain: str) -> None:
        self.file = file
        self.before = file.text
        self.after = after
        self.command = command
        """The command that will stand there; None for no status line."""
        self.chain = chain
        """The command that ours hands stdin on to; empty for none."""
        self.hooks_off = file.text is not None and checked(file.text).get("disableAllHooks") is True

    @property
    def needed(self) -> bool:
        return self.after is not None and self.after != self.before

    def diff(self) -> list[str]:
        """Gives a unified diff of the one member that changes: what else stands there may be secret."""
        path = clean(str(self.file.path), 1000)
        before, after = (
            [] if text is None else ObjectText(text).excerpt(_KEY) for text in (self.before, self.after)
        )
        what = "new" if self.before is None else "changed"
        lines = difflib.unified_diff(before, after, path, f"{path} ({what})", lineterm="")
        return [f"@@ {_KEY} @@" if line.startswith("@@") else clean(line, 4000) for line in lines]

    def write(self) -> Path | None:
        """Writes it; gives the backup of what was there. Raises StorageError."""
        return self.file.replace(self.after) if self.after is not None else None


def installed_command(file: SettingsFile) -> str | None:
    """Gives the command of ours that stands in the settings; None when there is none. Raises StorageError."""
    command = _entry(file).get("command")
    try:
        ours = isinstance(command, str) and options_of(command) is not None
    except NotPlain:
        ours = True
    return command if ours and isinstance(command, str) else None


def install(file: SettingsFile, program: Sequence[str], options: Mapping[str, str]) -> Change:
    """Gives the change that makes ours the status line, handing on to the one before. Raises StorageError.

    `options` are for our command, with an empty value for a flag; where it stands there already, they are set
    and its others are kept.
    """
    entry = _entry(file)
    old = entry.get("command")
    if entry and (entry.get("type", "command") != "command" or not isinstance(old, str)):
        raise _refused(file, f"its {_KEY} is of a kind this version does not know", "Remove it there first.")
    ours = _options_of(file, old) if isinstance(old, str) else None
    chain = {"--chain": old} if ours is None and isinstance(old, str) and old.strip() else {}
    if chain and options.get("--chain", old) != old:
        raise _refused(
            file,
            "it has a status line already, which ours would hand on to",
            "Leave out --chain, or remove it there.",
        )
    options = {**chain, **(ours or {}), **options}
    command = written(program, options)
    whole = _whole(file)
    if entry:
        after = _within(whole, "command", command)
    elif whole.find(_KEY) is not None:
        after = whole.replaced(_KEY, {"type": "command", "command": command})
    else:
        after = whole.added(_KEY, {"type": "command", "command": command})
    if file.text is None:
        after += "\n"
    return Change(file, after, command, options.get("--chain", ""))


def uninstall(file: SettingsFile) -> Change:
    """Gives the change that puts back what ours hands on to, or removes it. Raises StorageError."""
    old = _entry(file).get("command")
    ours = _options_of(file, old) if isinstance(old, str) else None
    if file.text is None or ours is None:
        return Change(file, file.text, old if isinstance(old, str) else None, "")
    if chain := ours.get("--chain", ""):
        return Change(file, _within(_whole(file), "command", chain), chain, "")
    return Change(file, _whole(file).removed(_KEY), None, "")


def _within(whole: ObjectText, key: str, value: str) -> str:
    """Gives the text with another value of a member of the entry."""
    member = whole.find(_KEY)
    assert member is not None
    return ObjectText(whole.text, member[2]).replaced(key, value)


def _whole(file: SettingsFile) -> ObjectText:
    return ObjectText(file.text if file.text is not None else "{}")


def _entry(file: SettingsFile) -> dict[str, object]:
    """Gives the entry as it stands there, empty for none."""
    if file.text is None:
        return {}
    try:
        entry = checked(file.text).get(_KEY)
        whole = ObjectText(file.text)
        member = whole.find(_KEY)
        if member is not None and isinstance(entry, dict):
            for key in ("type", "command"):
                ObjectText(file.text, member[2]).find(key)
    except ValueError as error:
        raise _refused(
            file, str(error), "Comments and trailing commas are not JSON. Correct it, then try again."
        ) from error
    if entry is not None and not isinstance(entry, dict):
        raise _refused(file, f"its {_KEY} is of a kind this version does not know", "Remove it there first.")
    return entry or {}


def _options_of(file: SettingsFile, command: str) -> dict[str, str] | None:
    try:
        return options_of(command)
    except NotPlain:
        raise _refused(
            file,
            "its status line runs stackk-tui in a way of its own",
            f"Change it there by hand: {clean(command, 300)}",
        ) from None


def _refused(file: SettingsFile, why: str, next_step: str) -> StorageError:
    return StorageError(f"{clean(str(file.path), 1000)}: {clean(why)}.", NOTHING_CHANGED, next_step)

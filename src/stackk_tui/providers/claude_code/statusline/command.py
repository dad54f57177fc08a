"""The command in Claude Code's settings: which one is ours, and what it hands stdin on to."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

_WORD = "statusline"
_PROGRAM = "stackk-tui"
_WITH_VALUE = ("--format", "--chain")
_ALONE = ("--plain", "--no-color", "--json", "--tmux")


class NotPlain(ValueError):
    """A command that runs us in a way we would not have written; changing it might break it."""


def this_program() -> list[str]:
    """Gives how this program was started, by absolute paths; a link stays one, so that updates keep it."""
    started = Path(sys.argv[0])
    if started.name == _PROGRAM and started.exists():
        return [os.path.abspath(started)]
    beside = Path(sys.executable).with_name(_PROGRAM)
    if beside.exists():
        return [str(beside)]
    return [sys.executable, "-P", "-m", "stackk_tui"]


def options_of(command: str) -> dict[str, str] | None:
    """Gives the options of a command of ours, flags with an empty value; None for somebody else's command.

    Raises NotPlain for one that runs us with pipes, variables before it, or options that are not ours.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    rest = _after_program(words)
    if rest is None:
        if _PROGRAM in command and _WORD in command:
            raise NotPlain(command)
        return None
    options: dict[str, str] = {}
    while rest:
        name, has_value, value = rest.pop(0).partition("=")
        if name in _WITH_VALUE and (has_value or rest):
            options[name] = value if has_value else rest.pop(0)
        elif name in _ALONE and not has_value:
            options[name] = ""
        else:
            raise NotPlain(command)
    return options


def written(program: Sequence[str], options: dict[str, str]) -> str:
    """Gives the command for a shell."""
    words = [*program, _WORD]
    for name, value in options.items():
        words += [name, value] if name in _WITH_VALUE else [name]
    return shlex.join(words)


def _after_program(words: Sequence[str]) -> list[str] | None:
    """Gives the words after `stackk-tui statusline`."""
    if len(words) >= 2 and Path(words[0]).name == _PROGRAM and words[1] == _WORD:
        return list(words[2:])
    module = list(words[1:5])
    if module[:1] == ["-P"]:
        module = module[1:]
    if module[:3] == ["-m", "stackk_tui", _WORD]:
        return list(words[words.index(_WORD) + 1 :])
    return None

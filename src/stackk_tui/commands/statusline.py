"""`statusline`: the line under Claude Code's prompt, and its place in Claude Code's settings.

Printing it must be quick, so `cli` comes to `quick` before there is any argparse.
"""

import os
import sys
from collections.abc import Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from stackk_tui.providers.claude_code.statusline.install import Change

_SLOW = frozenset({"--help", "-h", "--install", "--uninstall", "--refresh"})


def quick(words: Sequence[str], *, leave: bool) -> bool:
    """Prints the line, unless the words after `statusline` ask for something else; gives whether it did.

    `leave` ends the process then: taking the interpreter apart would be a tenth of the time.
    """
    if not _SLOW.isdisjoint(words):
        return False
    from stackk_tui.commands.guard import complain
    from stackk_tui.providers.claude_code.statusline.run import run as print_line

    try:  # noqa: SIM105  # contextlib takes a while to import
        print_line(words, os.environ, complain)
    except KeyboardInterrupt:
        pass
    if leave:
        os._exit(0)
    return True


def configure(parser: "argparse.ArgumentParser") -> None:
    parser.add_argument("--format", metavar="F", help="what to print, e.g. '{plan} · {five_hour} {pace}'")
    parser.add_argument("--chain", metavar="CMD", help="hand stdin on to CMD and print its output below")
    parser.add_argument("--tmux", action="store_true", help="for a tmux status bar: reads no stdin")
    parser.add_argument("--plain", action="store_true", help="no colours, only ASCII")
    parser.add_argument("--no-color", action="store_true", help="no colours")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--install", action="store_true", help="put it into Claude Code's settings")
    where.add_argument("--uninstall", action="store_true", help="put back what was there before")
    where.add_argument("--refresh", action="store_true", help="only bring today's value up to date")
    parser.add_argument("--yes", action="store_true", help="with --install and --uninstall: do not ask")


def run(args: "argparse.Namespace") -> int:
    """What takes its time. Raises StackkError, UsageError."""
    from stackk_tui.config import load_settings

    settings = load_settings()
    if args.refresh:
        from stackk_tui.providers.claude_code.statusline.look import refresh

        refresh(settings)
        return 0
    from pathlib import Path

    from stackk_tui.providers.claude_code.statusline.command import this_program
    from stackk_tui.providers.claude_code.statusline.install import install, uninstall
    from stackk_tui.providers.claude_code.statusline.settings_file import SettingsFile
    from stackk_tui.providers.claude_code.statusline.where import Places, claude_folder

    file = SettingsFile(Path(claude_folder(settings.env, Places(settings.env).home)))
    change = uninstall(file) if args.uninstall else install(file, this_program(), _options(args))
    return _made(change, args)


def _options(args: "argparse.Namespace") -> dict[str, str]:
    given = {"--format": args.format, "--chain": args.chain}
    options = {name: str(value) for name, value in given.items() if value}
    return options | {name: "" for name, on in (("--plain", args.plain), ("--no-color", args.no_color)) if on}


def _made(change: "Change", args: "argparse.Namespace") -> int:
    """Shows the change, asks, and makes it."""
    from stackk_tui.commands.guard import UsageError, complain, hide_keys
    from stackk_tui.commands.output import put, put_json
    from stackk_tui.commands.process import has_terminal

    backup = None
    if change.needed:
        if not args.json:
            put("\n".join(hide_keys(line) for line in change.diff()))
        if not args.yes:
            if not has_terminal() or args.json:
                raise UsageError(
                    "Nobody can be asked here, so nothing was written.", "Give --yes to write this change."
                )
            if not _wanted():
                put("Nothing was changed.")
                return 0
        backup = change.write()
    if args.json:
        put_json(
            {
                "schema": 1,
                "changed": change.needed,
                "path": str(change.file.path),
                "backup": str(backup) if backup else None,
                "command": change.command,
                "chain": change.chain or None,
            }
        )
    else:
        put("\n".join(_words(change, backup, installing=args.install)))
    if change.hooks_off and args.install:
        complain([f"disableAllHooks is on in {change.file.path}: Claude Code shows no status line then."])
    return 0


def _wanted() -> bool:
    sys.stderr.write("Write this change? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _words(change: "Change", backup: "Path | None", *, installing: bool) -> list[str]:
    path = change.file.path
    if not change.needed:
        return [
            f"It is installed in {path} already." if installing else f"There is nothing of ours in {path}."
        ]
    lines = [f"{path} is written; nothing else in it has changed."]
    if backup:
        lines.append(f"What it was before: {backup}")
    if installing:
        lines.append("Claude Code shows it from its next session on. Undo: stackk-tui statusline --uninstall")
    return lines

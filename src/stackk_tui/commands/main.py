"""Reads the command line and runs what it asks for. Only the chosen command is imported."""

from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from stackk_tui.commands.guard import UsageError

if TYPE_CHECKING:
    import argparse

COMMANDS = {
    "add": ("track a service: sign in, and pick what to track", "add"),
    "workspaces": ("what can be picked inside an account", "workspaces"),
    "list": ("everything that is tracked, from the ledger", "show"),
    "status": ("one service or all, from the ledger", "show"),
    "sync": ("ask lightly: alive, status, plan, limits", "fetch"),
    "refresh": ("ask for everything", "fetch"),
    "usage": ("tokens and cost from the transcripts on this machine", "usage"),
    "statusline": ("one line for Claude Code's prompt or for tmux; --install puts it there", "statusline"),
    "disconnect": ("stop tracking a service and delete its key here", "disconnect"),
    "budget": ("what to spend at most, how that stands, and a check for scripts", "budget"),
    "export": ("all services with their days, as JSON, CSV or Prometheus' text", "export"),
    "alerts": ("what was told before it was too late; test, mute, snooze", "alerts"),
    "watch": ("keep figures fresh and tell alerts while the app is closed; --install", "watch"),
    "doctor": ("what this program finds around itself", "doctor"),
    "vault": ("the encrypted file that keeps keys where no keyring is open", "vault"),
}
"""Name: what it does, and the module in this folder that does it."""

PROGRAM = "stackk-tui"
_EPILOG = "Exit codes: 0 good, 1 failed, 2 wrong usage, 3 sign-in needed, 4 partly failed."


def run(words: list[str]) -> int:
    """Runs one command line and gives its exit code. Raises UsageError, StackkError, ConfigError."""
    if not words:
        return _screens(demo=False, theme=None, mouse=True, plain=False)
    parser = _parser(words)
    args = parser.parse_args(words)
    if args.command is None:
        return _screens(demo=args.demo, theme=args.theme, mouse=not args.no_mouse, plain=args.plain)
    from stackk_tui.commands.process import prepare, printable_streams

    prepare()
    printable_streams()
    return _module(args.command).run(args)


def _screens(*, demo: bool, theme: str | None, mouse: bool, plain: bool) -> int:
    from stackk_tui.commands.screens import open_screens

    return open_screens(demo=demo, theme=theme, mouse=mouse, plain=plain)


def _parser(words: list[str]) -> "argparse.ArgumentParser":
    import argparse

    class Parser(argparse.ArgumentParser):
        """Says what is wrong in two lines, and never repeats a stray word: it may be a key."""

        def error(self, message: str) -> NoReturn:
            if message.startswith("unrecognized arguments:"):
                names = [word for word in message.split()[2:] if word.startswith("--") and len(word) < 30]
                message = f"unknown option {names[0].split('=')[0]}" if names else "too many words"
            raise UsageError(f"{self.prog}: {message}", f"See: {self.prog} --help")

    parser = Parser(
        prog=PROGRAM,
        description="Plans, usage, limits and cost of what you pay for. Alone it opens the screens.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.add_argument(
        "--demo", action="store_true", help="the screens on a pretend stack; nothing in it is real"
    )
    parser.add_argument("--theme", metavar="NAME", help="a theme of the screens, e.g. ansi-dark")
    parser.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    parser.add_argument("--plain", action="store_true", help="nothing that blinks or moves; for slow links")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for name, (summary, _) in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, description=summary, allow_abbrev=False, epilog=_EPILOG
        )
        if name in words:  # the others need not be built to be named
            _module(name).configure(command)
            common_options(command)
    return parser


def common_options(parser: "argparse.ArgumentParser", default: object = None) -> None:
    """What every command takes (DESIGN §4). A command's own commands leave them out where they are not given
    (`argparse.SUPPRESS`): they may stand before or after."""
    json_default = False if default is None else default
    parser.add_argument("--json", action="store_true", default=json_default, help="print JSON for programs")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        "--passphrase-fd",
        type=int,
        default=default,
        metavar="N",
        help="read the vault's passphrase from this file descriptor",
    )
    secret.add_argument(
        "--passphrase-command",
        default=default,
        metavar="CMD",
        help="run this and read the vault's passphrase from what it prints",
    )


class _CommandModule(Protocol):
    """What every command's file has."""

    def configure(self, parser: "argparse.ArgumentParser") -> None: ...
    def run(self, args: "argparse.Namespace") -> int: ...


def _module(command: str) -> _CommandModule:
    from importlib import import_module

    return cast("_CommandModule", import_module(f"stackk_tui.commands.{COMMANDS[command][1]}"))


def _version() -> str:
    from stackk_tui import __version__

    return f"{PROGRAM} {__version__}"

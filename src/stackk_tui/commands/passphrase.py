"""Where a key or a passphrase comes from: stdin, a descriptor, a command, or a prompt on a terminal.

Never from an argument or the environment, and never by a prompt when stdin is not a terminal (DESIGN §4).
"""

import argparse
import sys

from stackk_tui.commands.guard import UsageError
from stackk_tui.commands.process import has_terminal
from stackk_tui.model.secret import Secret
from stackk_tui.net.redact import remember
from stackk_tui.storage.passphrase import PassphraseSource, passphrase_from

_MOST = 64 * 1024
_PIPE_IT = "Pipe it in: … | stackk-tui add … --secret-stdin"


def unattended_source(args: argparse.Namespace) -> PassphraseSource:
    """Gives what --passphrase-fd or --passphrase-command names, which is nothing if neither was given."""
    if args.passphrase_fd == 0 and getattr(args, "secret_stdin", False):
        raise UsageError("--passphrase-fd 0 and --secret-stdin cannot both read stdin.")
    return passphrase_from(args.passphrase_fd, args.passphrase_command)


def is_unattended(args: argparse.Namespace) -> bool:
    """Whether the command line says where the passphrase comes from, so that nobody is to be asked."""
    return args.passphrase_fd is not None or args.passphrase_command is not None


def ask_passphrase() -> Secret | None:
    """Asks for the vault's passphrase, masked; None when there is no terminal to ask on."""
    return _ask("Passphrase of the vault: ") if has_terminal() else None


def ask_new_passphrase() -> Secret | None:
    """Asks twice for a passphrase to be chosen; None when there is no terminal to ask on."""
    if not has_terminal():
        return None
    sys.stderr.write(
        "Choose a passphrase of 12 characters or more. It cannot be recovered, so keep it well.\n"
    )
    first = _ask("New passphrase: ")
    if first != _ask("Once more: "):
        raise UsageError("The two passphrases differ; nothing was made.")
    return first


def key_from_stdin() -> Secret:
    """Gives everything on stdin as a key, without the white space around it. On a terminal it is masked."""
    if sys.stdin is None:
        raise UsageError("There is no standard input to read the key from.")
    if sys.stdin.isatty():
        return _known(_ask("Key: ").reveal())
    raw = sys.stdin.buffer.read(_MOST + 1)
    if len(raw) > _MOST:
        raise UsageError("What came on standard input is too long for a key.")
    try:
        text = raw.decode("utf-8-sig")  # some shells pipe a byte order mark first
    except UnicodeDecodeError:
        text = None
    if text is None:  # raised outside, so that no error keeps the bytes
        raise UsageError("What came on standard input is not text.")
    return _known(text)


def key_from_prompt(label: str) -> Secret:
    """Asks for a key on the terminal, masked. Raises UsageError when there is none."""
    if not has_terminal():
        raise UsageError(f"{label}: none was given.", _PIPE_IT)
    return _known(_ask(f"{label}: ").reveal())


def _known(text: str) -> Secret:
    text = text.strip()
    if not text:
        raise UsageError("The key is empty.", _PIPE_IT)
    key = Secret(text)
    remember(key)
    return key


def _ask(prompt: str) -> Secret:
    import getpass

    try:
        return Secret(getpass.getpass(prompt, stream=sys.stderr))
    except EOFError:
        raise KeyboardInterrupt from None

"""A passphrase from a program instead of a person: `--passphrase-fd`, `--passphrase-command` (§3)."""

import contextlib
import os
import shlex
import subprocess
import threading
from collections.abc import Callable

from stackk_tui.model.errors import InvalidInput, StorageError
from stackk_tui.model.secret import Secret

COMMAND_LIMIT = 60.0
"""Seconds; the command may ask a person for something."""
MAX_BYTES = 64 * 1024

PassphraseSource = Callable[[], Secret | None]
"""Blocks. Gives the passphrase, or None when there is none to be had. Raises StackkError."""


def passphrase_from(fd: int | None, command: str | None) -> PassphraseSource:
    """Gives a source that reads once, when first asked, and remembers.

    The descriptor is read to its end and one trailing newline is dropped; the command is run without a shell
    and the first line it prints is taken. Raises InvalidInput when both are named.
    """
    if fd is not None and command is not None:
        raise InvalidInput(
            "--passphrase-fd and --passphrase-command cannot be used together.",
            "Nothing was done.",
            "Leave one of them out.",
        )
    lock = threading.Lock()
    known: list[Secret] = []

    def source() -> Secret | None:
        with lock:
            if not known:
                if fd is not None:
                    known.append(_read(fd))
                elif command is not None:
                    known.append(_run(command))
            return known[0] if known else None

    return source


def _read(fd: int) -> Secret:
    content = bytearray()
    try:
        while chunk := os.read(fd, 4096):
            content += chunk
            if len(content) > MAX_BYTES:
                raise _unusable(f"What file descriptor {fd} gives is too long for a passphrase.")
    except OSError as error:
        raise _unusable(f"File descriptor {fd} cannot be read: {error.strerror}.") from error
    finally:
        if fd > 2:
            with contextlib.suppress(OSError):
                os.close(fd)
    return _passphrase(_without_newline(bytes(content)), f"File descriptor {fd}")


def _run(command: str) -> Secret:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise _unusable(f"The passphrase command cannot be understood: {error}.") from None
    if not words:
        raise _unusable("The passphrase command is empty.")
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_LIMIT,
            check=False,
            env={name: value for name, value in os.environ.items() if not name.endswith("_CLIENT_SECRET")},
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"The passphrase command {words[0]} did not end within {COMMAND_LIMIT:g} s.") from None
    except OSError as error:
        raise _failed(f"The passphrase command {words[0]} cannot be run: {error.strerror}.") from None
    if done.returncode != 0:
        raise _failed(f"The passphrase command {words[0]} failed with exit status {done.returncode}.")
    first_line = done.stdout.split(b"\n", 1)[0]
    return _passphrase(first_line.removesuffix(b"\r"), "The passphrase command")


def _without_newline(content: bytes) -> bytes:
    return content.removesuffix(b"\n").removesuffix(b"\r") if content.endswith(b"\n") else content


def _passphrase(content: bytes, whence: str) -> Secret:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None:  # raised outside, so that no error keeps the bytes
        raise _unusable(f"{whence} gave a passphrase that is not UTF-8 text.")
    if not text:
        raise _unusable(f"{whence} gave an empty passphrase.")
    return Secret(text)


def _unusable(what: str) -> InvalidInput:
    return InvalidInput(what, "Nothing was opened.", "Check --passphrase-fd or --passphrase-command.")


def _failed(what: str) -> StorageError:
    return StorageError(what, "Nothing was opened.", "Run that command by itself to see what it says.")

"""What is set about this process before it holds a key, and what it may ask of a person."""

import os
import sys


def prepare() -> None:
    """Keeps memory to ourselves, keys out of every log line, and any name printable in any locale.

    Nothing is logged to the terminal: what a person must know is said in an error's words.
    STACKK_DEBUG=1 lets other programs look into this process.
    """
    import logging

    from stackk_tui.hardening import harden_process
    from stackk_tui.net.redact import install_redaction

    if os.environ.get("STACKK_DEBUG") != "1":
        harden_process()
    install_redaction()
    logging.lastResort = None
    logging.getLogger("stackk_tui").addHandler(
        logging.NullHandler()
    )  # else Python says on stderr that none is


def printable_streams() -> None:
    """A name that the locale cannot write becomes `?`, never a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            reconfigure(errors="replace")


def has_terminal() -> bool:
    """Whether a person can be asked something: stdin and stderr are terminals."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))

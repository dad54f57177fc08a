"""The terminal before the first frame: is it one, can it draw, which theme does it get. No Textual here."""

import io
import os
import sys
from collections.abc import Mapping

_TEXTUALS_OWN = (
    "TEXTUAL",
    "TEXTUAL_DEBUG",
    "TEXTUAL_DRIVER",
    "TEXTUAL_LOG",
    "TEXTUAL_PRESS",
    "TEXTUAL_SCREENSHOT",
    "TEXTUAL_SCREENSHOT_LOCATION",
    "TEXTUAL_SCREENSHOT_FILENAME",
)


def refusal(env: Mapping[str, str] | None = None) -> str | None:
    """Gives the reason why the screens cannot open here, or None. The caller exits with 2."""
    env = os.environ if env is None else env
    streams = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return "The screens need a terminal for input, output and errors. Try `stackk-tui list` or `--help`."
    if env.get("TERM") in ("dumb", "unknown"):
        return "This terminal cannot draw (TERM is dumb). Try `stackk-tui list` or `stackk-tui status`."
    return None


def use_utf8() -> None:
    """Lets Textual write its glyphs under any locale; elsewhere it would show `\\u2581` in their place."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="replace")


def silence_textual() -> None:
    """Takes back what Textual would read at its import: its log and its developer tools are told every key
    that is pressed, and so the key that is typed; the others run code, press keys or leave pictures.

    STACKK_DEBUG=1 leaves them.
    """
    if os.environ.get("STACKK_DEBUG") == "1":
        return
    for name in _TEXTUALS_OWN:
        os.environ.pop(name, None)


def theme_for(color_system: str | None) -> str:
    """Gives our theme where its colours exist, else the person's own 16 colours."""
    return "stackk" if color_system in ("truecolor", "256") else "ansi-dark"

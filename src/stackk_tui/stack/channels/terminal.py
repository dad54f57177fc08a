"""The terminal's own ways to call: the bell, OSC 9 and OSC 777. Written by whoever owns the terminal."""

from collections.abc import Mapping

from stackk_tui.model.alert import Alert
from stackk_tui.model.text import clean

BELL = "\a"
_OSC9 = frozenset({"iTerm.app", "WezTerm", "ghostty"})
"""Values of TERM_PROGRAM that show OSC 9 as a notification."""
_OSC777 = ("foot", "rxvt", "xterm-ghostty")
"""How TERM begins where OSC 777 is shown."""
_MOST = 120


def way_of(way: str, env: Mapping[str, str]) -> str:
    """Gives `off`, `bell`, `osc9` or `osc777`; `auto` is the bell where no other is known to work."""
    if way != "auto":
        return way
    if env.get("TERM_PROGRAM") in _OSC9:
        return "osc9"
    if env.get("TERM", "").startswith(_OSC777):
        return "osc777"
    return "bell"


def terminal_bytes(alert: Alert, way: str, env: Mapping[str, str], *, names: bool) -> str:
    """Gives what to write to the terminal; empty for `off`. Nothing of the text can end the sequence."""
    way = way_of(way, env)
    if way == "off":
        return ""
    if way == "bell":
        return BELL
    title = clean(alert.words(names=names)[0], _MOST)
    if way == "osc9":
        body = f"\x1b]9;stackk-tui: {title}\a"  # the words before it: `9;4;…` would be a progress bar
    else:
        body = f"\x1b]777;notify;stackk-tui;{title.replace(';', ',')}\a"
    if env.get("TMUX"):  # tmux hands on what is wrapped like this, where `allow-passthrough` is on
        body = "\x1bPtmux;" + body.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return body + BELL

"""The lines of `watch`: one per event on stdout, for a journal or a program. No secret, no account's name."""

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from stackk_tui.commands.guard import hide_keys
from stackk_tui.model.clock import Clock
from stackk_tui.model.text import clean
from stackk_tui.net.redact import redact

FORMATS = ("logfmt", "json")
_PLAIN = re.compile(r"[A-Za-z0-9_.:/*+-]+")


class WatchLog:
    def __init__(self, form: str, clock: Clock) -> None:
        self._form, self._clock = form, clock

    def tell(self, event: str, fields: Mapping[str, object]) -> None:
        """Writes a line at once. Raises BrokenPipeError when nobody reads it any more."""
        values = {"ts": self._clock(), "event": event, **fields}
        spoken = {name: _spoken(value) for name, value in values.items()}
        if self._form == "json":
            line = json.dumps(spoken)
        else:
            line = " ".join(f"{name}={_logfmt(value)}" for name, value in spoken.items())
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _spoken(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return hide_keys(redact(clean(str(value), 400)))


def _logfmt(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)

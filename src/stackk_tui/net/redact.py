"""Keeping secrets out of every log record: known values, and whatever looks like a key (secrets design §10).

Known values are told to `remember`. Records are cleaned when they are made, so no handler, whoever adds it,
can see more; and again by a filter on the root handlers, for what is added to a record later.
"""

import base64
import json
import logging
import re
import threading
import traceback
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from stackk_tui.model.secret import Secret

HIDDEN: Final = "[hidden]"
MIN_KNOWN = 6
"""Shorter values are not looked for: they are no keys, and would tear ordinary words apart."""

_CHATTY = ("httpx", "httpcore", "keyring")
"""They log whole URLs at INFO and headers at DEBUG."""

_WORD = r"[A-Za-z0-9._~+/=-]"
_SHAPES: Final = re.compile(
    rf"""
      \b(?:sk-[A-Za-z0-9_-]{{6,}} | (?:sbp|sb_secret|vcp)_\w{{6,}})         # keys with a known beginning
    | \beyJ[A-Za-z0-9_-]{{4,}}(?:\.[A-Za-z0-9_-]+)*                           # JSON web tokens
    | (?P<scheme>\b(?:bearer|basic)\s+){_WORD}{{4,}}
    | (?P<name>\b(?:x-api-key|authorization|(?:access|refresh|id)_token|client_secret|code_verifier|passphrase
        |password|api_?key|set-cookie|cookie)(?:\\?["'])?+\s*+[:=,]\s*+(?:b(?=\\?["']))?+(?:\\?["'])?+)
      (?!\[hidden\])(?:(?:bearer|basic)\s+)?[^\s"',;&}}\]\\]+
    """,
    re.IGNORECASE | re.VERBOSE,
)

_lock = threading.Lock()
_known: dict[Secret, tuple[str, ...]] = {}


def remember(*secrets: Secret) -> None:
    """From now on these values are hidden wherever they turn up, also quoted or base64-encoded."""
    with _lock:
        for secret in secrets:
            if len(secret) >= MIN_KNOWN and secret not in _known:
                _known[secret] = tuple(_spellings(secret.reveal()))


def forget(*secrets: Secret) -> None:
    """Drops values that are no longer kept anywhere."""
    with _lock:
        for secret in secrets:
            _known.pop(secret, None)


def redact(text: str) -> str:
    """Gives `text` with known secrets, and whatever looks like one, replaced by `[hidden]`."""
    with _lock:
        known = [spelling for spellings in _known.values() for spelling in spellings]
    for spelling in sorted(known, key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    return _SHAPES.sub(_hide, text)


class RedactingFilter(logging.Filter):
    """Cleans a record, whatever is in it, and lets it pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        clean_record(record)
        return True


def clean_record(record: logging.LogRecord) -> None:
    """Puts redacted text in place of message, arguments, exception, stack and added fields."""
    try:
        message = record.getMessage()
    except Exception as error:  # noqa: BLE001 - logging would print the raw arguments of a bad format string
        message = f"(a log message that cannot be formatted: {type(error).__name__})"
    record.msg, record.args = redact(message), None
    if record.exc_info and record.exc_info[0] is not None:
        record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
        record.exc_info = None  # the exception object holds the plain text
    elif record.exc_text:
        record.exc_text = redact(record.exc_text)
    if record.stack_info:
        record.stack_info = redact(record.stack_info)
    for field, value in vars(record).items():
        if field not in _STANDARD:
            setattr(record, field, redact(value if isinstance(value, str) else repr(value)))


def install_redaction(handlers: Iterable[logging.Handler] | None = None) -> None:
    """Cleans all records of this process from now on; quiets chatty libraries. Can be called again.

    `handlers` get the filter for fields added later; without them the root's do.
    """
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    make = logging.getLogRecordFactory()
    if not isinstance(make, _CleanRecords):
        logging.setLogRecordFactory(_CleanRecords(make))
    for handler in logging.getLogger().handlers if handlers is None else handlers:
        if not any(isinstance(one, RedactingFilter) for one in handler.filters):
            handler.addFilter(RedactingFilter())


class _CleanRecords:
    """A record factory whose records are clean."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        clean_record(record)
        return record


_STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime"}


def _hide(found: re.Match[str]) -> str:
    return f"{found['scheme'] or found['name'] or ''}{HIDDEN}"


def _spellings(value: str) -> Iterable[str]:
    """Gives the ways in which a value turns up in URLs, JSON, representations and Basic headers."""
    quoted = json.dumps(value)[1:-1]
    raw = value.encode("utf-8", "surrogatepass")
    spellings = {value, quote(raw, safe=""), quote_plus(raw), quoted, repr(value)[1:-1]}
    spellings.add(base64.b64encode(raw).decode("ascii").rstrip("="))
    return spellings

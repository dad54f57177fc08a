"""No log record, however it is made, carries a key."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from stackk_tui.model.secret import Secret
from stackk_tui.net import redact as redaction
from stackk_tui.net.redact import forget, install_redaction, redact, remember

KNOWN = "q7-hand made/value+with=signs\"and'quotes"
KEY = "sk-" + "ant-admin01-AbCdEf_0123-xyz"
TOKENS = [
    KEY,
    "sbp_" + "0123456789abcdef0123456789abcdef01234567",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s1gnature-Here_x",
]


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with a handler that was added before; gives back logging as it was."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logger = logging.getLogger("some.library")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    factory, levels = (
        logging.getLogRecordFactory(),
        {n: logging.getLogger(n).level for n in ("httpx", "httpcore", "keyring")},
    )
    install_redaction([handler])
    secret = Secret(KNOWN)
    remember(secret)
    yield logger, out
    forget(secret)
    logging.setLogRecordFactory(factory)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    logger.removeHandler(handler)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "x-api-key: {}",
        "Authorization: Bearer {}",
        "https://host/p?api_key={}&x=1",
        "{{'x-api-key': '{}'}}",
    ],
)
def test_shapes_of_keys_are_hidden(token: str, around: str) -> None:
    shown = redact(around.format(token))
    assert "[hidden]" in shown
    assert token[7:] not in shown


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: Bearer abcdef0123456789",
        "authorization: basic dXNlcjpwYXNz",
        "[(b'x-api-key', b'plain-looking-value')]",
        '{"access_token": "plain-looking-value", "token_type": "bearer"}',
        '{\\"refresh_token\\": \\"plain-looking-value\\"}',
        "grant_type=refresh_token&refresh_token=plain-looking-value&client_id=x",
        "passphrase=plain-looking-value",
        "Set-Cookie: session=plain-looking-value; Path=/",
    ],
)
def test_named_values_are_hidden(line: str) -> None:
    shown = redact(line)
    assert "[hidden]" in shown
    for part in ("plain-looking", "abcdef0123456789", "dXNlcjpwYXNz"):
        assert part not in shown


@pytest.mark.parametrize(
    "line",
    [
        "GET /v1/organizations 200 in 31 ms",
        "the bearer of news",
        "workspace wrkspc_01 is archived",
        "asking the eye",
        "",
    ],
)
def test_ordinary_words_stay(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize(
    "spelling",
    [
        KNOWN,
        quote(KNOWN, safe=""),
        json.dumps(KNOWN),
        repr(KNOWN),
        base64.b64encode(KNOWN.encode()).decode(),
    ],
)
def test_a_known_value_is_hidden_however_it_is_spelled(log, spelling: str) -> None:
    shown = redact(f"before {spelling} after")
    assert "[hidden]" in shown
    assert "hand" not in shown
    assert base64.b64encode(KNOWN.encode()).decode()[:12] not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_a_forgotten_value_is_no_longer_looked_for() -> None:
    secret = Secret("harmless-words-here")
    remember(secret)
    assert redact("harmless-words-here") == "[hidden]"
    forget(secret)
    assert redact("harmless-words-here") == "harmless-words-here"


def test_short_values_do_not_tear_words_apart() -> None:
    remember(Secret("a"))
    assert redact("banana") == "banana"


def test_arguments_exceptions_stacks_and_added_fields(log) -> None:
    logger, out = log
    logger.info("key %s and %r", KEY, {"k": KNOWN})
    logger.warning("%s", httpx.Headers({"x-api-key": KNOWN}))
    try:
        try:
            raise ValueError(f"inner {KEY}")
        except ValueError as error:
            raise RuntimeError(f"outer {KNOWN}") from error
    except RuntimeError:
        logger.exception("failed with %s", KEY)
    logger.info("stack", stack_info=True, extra={"header": f"Bearer {KEY}", "thing": [KNOWN]})
    logger.handlers[0].setFormatter(logging.Formatter("%(message)s %(header)s %(thing)s"))
    logger.info("extra", extra={"header": f"Bearer {KEY}", "thing": [KNOWN]})
    text = out.getvalue()
    assert "hand made" not in text
    assert "AbCdEf" not in text
    assert "ValueError: inner [hidden]" in text
    assert "RuntimeError: outer [hidden]" in text
    assert text.count("[hidden]") >= 7


def test_a_broken_format_string_does_not_print_its_arguments(log, capsys: pytest.CaptureFixture[str]) -> None:
    logger, out = log
    logger.info("%d %d", KEY, KNOWN)
    captured = capsys.readouterr()
    assert "cannot be formatted" in out.getvalue()
    for text in (out.getvalue(), captured.err, captured.out):
        assert "AbCdEf" not in text
        assert "hand made" not in text


def test_a_handler_added_later_sees_clean_records(log) -> None:
    _, _ = log
    later = io.StringIO()
    handler = logging.StreamHandler(later)
    other = logging.getLogger("other.library")
    other.addHandler(handler)
    try:
        other.error("token %s", KEY, exc_info=ValueError(KNOWN))
    finally:
        other.removeHandler(handler)
    assert "[hidden]" in later.getvalue()
    assert "AbCdEf" not in later.getvalue()
    assert "hand made" not in later.getvalue()


def test_chatty_libraries_are_quiet(log) -> None:
    for name in ("httpx", "httpcore", "keyring"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)


def test_installing_twice_is_installing_once(log) -> None:
    logger, _ = log
    factory = logging.getLogRecordFactory()
    install_redaction(logger.handlers)
    assert logging.getLogRecordFactory() is factory
    assert sum(isinstance(f, redaction.RedactingFilter) for f in logger.handlers[0].filters) == 1

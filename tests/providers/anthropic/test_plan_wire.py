"""What `claude` says is read leniently: the documented shapes whole, and of anything else only what is sure."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackk_tui.model.figure import Money
from stackk_tui.providers.anthropic.plan_binary import _REQUESTS
from stackk_tui.providers.anthropic.plan_wire import (
    Usage,
    Window,
    parse_login,
    parse_response,
    parse_usage,
    parse_version,
)

FIXTURES = Path(__file__).parents[2] / "fixtures" / "anthropic"
WEEK_ENDS = datetime(2026, 11, 26, 9, tzinfo=UTC)


def fixture(name: str) -> bytes:
    return (FIXTURES / f"claude_{name}.json").read_bytes()


def usage_of(said: dict[str, Any]) -> Usage:
    line = json.dumps(said).encode()
    response = parse_response(line, "r2")
    assert response is not None
    usage = parse_usage(response)
    assert usage is not None
    return usage


def answer(**limits: Any) -> Usage:
    body = {"subscription_type": "max", "rate_limits_available": True, "rate_limits": limits}
    return usage_of({"type": "control_response",
                     "response": {"subtype": "success", "request_id": "r2", "response": body}})  # fmt: skip


def repr_short(value: object) -> str:
    return repr(value)[:20]


def test_a_max_login() -> None:
    login = parse_login(fixture("auth_status_max"))
    assert login is not None
    assert (login.logged_in, login.method, login.email) == (True, "claude.ai", "ada@example.org")
    assert (login.subscription, login.tier) == ("max", "max_20x")
    assert login.org_id == "0a9b8c7d-1111-4222-8333-444455556666"
    assert login.projects == "/home/ada/.claude/projects"


@pytest.mark.parametrize(
    ("name", "logged_in", "method"),
    [("logged_out", False, "none"), ("api_key", True, "api_key"), ("oauth_token_env", True, "oauth_token")],
)
def test_other_logins(name: str, logged_in: bool, method: str) -> None:
    login = parse_login(fixture(f"auth_status_{name}"))
    assert login is not None
    assert (login.logged_in, login.method, login.subscription, login.tier) == (logged_in, method, None, None)


def test_noise_around_it_does_not_matter_and_without_a_login_there_is_none() -> None:
    noisy = b"Warning: {} {x} old {\n" + fixture("auth_status_max") + b"\nupdate {available}\n"
    assert parse_login(noisy) == parse_login(fixture("auth_status_max"))
    for out in (b"", b"{}", b"[]", b"null", b'{"loggedIn": "yes"}', b"{" * 200_000, b"\xff\xfe{\x00"):
        assert parse_login(out) is None


def test_texts_for_the_screen_are_cleaned() -> None:
    login = parse_login(b'{"loggedIn": true, "email": "a\\u001b]52;c;x\\u0007b\\u202e@x", "orgName": 7}')
    assert login is not None
    assert "\x1b" not in login.email
    assert "\u202e" not in login.email
    assert login.org_name == ""


def test_the_windows_of_a_max_plan() -> None:
    usage = usage_of(json.loads(fixture("get_usage_max")))
    assert usage.available
    assert usage.read
    assert usage.windows == {
        "five_hour": Window(0.37, datetime(2026, 11, 22, 13, tzinfo=UTC)),
        "seven_day": Window(0.61, WEEK_ENDS),
    }
    assert usage.models == {"fable": ("Fable", Window(0.12, WEEK_ENDS))}
    assert usage.absent == frozenset()
    assert usage.extra is not None
    assert (usage.extra.used, usage.extra.cap, usage.extra.spent) == (
        0.248,
        Money(amount=Decimal("50.00")),
        Money(amount=Decimal("12.40")),
    )


def test_failed_and_not_a_subscriber() -> None:
    failed = usage_of(json.loads(fixture("get_usage_fetch_failed")))
    assert (failed.available, failed.read) == (True, False)
    other = usage_of(json.loads(fixture("get_usage_not_subscriber")))
    assert (other.available, other.read) == (False, False)


def test_an_answer_that_does_not_speak_of_a_window_differs_from_one_that_says_there_is_none() -> None:
    usage = answer(five_hour=None, seven_day={"utilization": 0, "resets_at": None})
    assert usage.absent == {"seven_day_opus", "seven_day_sonnet", "seven_day_oauth_apps", "extra_usage"}
    assert usage.windows == {"seven_day": Window(0.0, None)}
    assert usage.models is None
    assert answer(model_scoped=[]).models == {}


@pytest.mark.parametrize(
    "bad", [None, "37", True, -1, float("nan"), float("inf"), [], {}, 10**400, 1001], ids=repr_short
)
def test_a_percentage_that_is_none_gives_no_window(bad: object) -> None:
    assert answer(five_hour={"utilization": bad, "resets_at": None}).windows == {}


@pytest.mark.parametrize("bad", [None, "", "soon", True, 10**30, -(10**30), [], "2026-13-01T00:00:00Z"])
def test_a_reset_that_is_none_leaves_the_window(bad: object) -> None:
    assert answer(five_hour={"utilization": 5, "resets_at": bad}).windows == {"five_hour": Window(0.05, None)}


@pytest.mark.parametrize(
    "told",
    ["2026-11-26T09:00:00.123456+00:00", "2026-11-26T08:59:59.700Z", "2026-11-26T10:00:00+01:00",
     "2026-11-26T09:00:00", 1795683600, 1795683600.4],
)  # fmt: skip
def test_resets_are_the_same_second_however_they_are_written(told: object) -> None:
    assert answer(seven_day={"utilization": 1, "resets_at": told}).windows["seven_day"].resets_at == WEEK_ENDS


def test_extra_usage() -> None:
    on = {"is_enabled": True, "monthly_limit": 2000, "used_credits": 500, "currency": "eur"}
    extra = answer(extra_usage={**on, "utilization": None}).extra
    assert extra is not None
    assert (extra.used, extra.spent) == (0.25, Money(amount=Decimal("5.00"), currency="EUR"))
    yen = answer(extra_usage={**on, "currency": "JPY"}).extra
    assert yen is not None
    assert yen.cap == Money(amount=Decimal(2000), currency="JPY")
    unlimited = answer(extra_usage={**on, "monthly_limit": None}).extra
    assert unlimited is not None
    assert (unlimited.used, unlimited.cap) == (None, None)
    assert answer(extra_usage={**on, "is_enabled": False}).extra is None
    assert answer(extra_usage={**on, "is_enabled": "yes"}).extra is None


def test_names_of_models_become_stable_ids() -> None:
    rows = [{"display_name": name, "utilization": 3, "resets_at": None}
            for name in ("Opus 5.5", "  Fable\u202e ", "—", 7, None)]  # fmt: skip
    models = answer(model_scoped=[*rows, None, "x"]).models
    assert models is not None
    assert set(models) == {"opus_5_5", "fable"}
    assert len(answer(model_scoped=rows[:1] * 10_000).models or {}) == 1


def test_only_the_answer_to_our_question_counts() -> None:
    good = fixture("get_usage_max").replace(b"\n", b"")
    assert parse_response(good, "r2") is not None
    assert parse_response(good, "r1") is None
    for line in (b"", b"null", b"7", b'"r2"', b"{", b'{"type":"control_response"}', b"\xff", b"[" * 100_000,
                 b'{"type":"result","response":{"request_id":"r2"}}'):  # fmt: skip
        assert parse_response(line, "r2") is None


def test_an_error_means_that_the_question_is_not_known() -> None:
    error = {
        "subtype": "error",
        "request_id": "r2",
        "error": "Unsupported control request subtype: get_usage",
    }
    assert parse_usage(error) is None
    assert parse_usage({"subtype": "success", "response": {}}) is None
    assert parse_usage({"subtype": "success", "response": None}) is None


def test_versions() -> None:
    assert parse_version(b"2.1.330 (Claude Code)\n") == (2, 1, 330)
    assert parse_version(b"1.0.72") == (1, 0, 72)
    assert parse_version(b"claude 2") is None
    assert parse_version(b"\xff" * 9) is None


def test_what_is_written_is_exactly_what_is_documented() -> None:
    assert [json.loads(line) for line in _REQUESTS.splitlines()] == json.loads(fixture("get_usage_requests"))


_KEYS = st.sampled_from(
    ["rate_limits_available", "rate_limits", "five_hour", "utilization", "resets_at", "model_scoped", "is_enabled",
     "display_name", "extra_usage", "monthly_limit", "used_credits", "currency", "subscription_type"]
)  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(body=json_values)
def test_nothing_it_may_say_is_a_crash(body: object) -> None:
    usage = parse_usage({"subtype": "success", "request_id": "r2", "response": body})
    for window in usage.windows.values() if usage else ():
        assert window.used >= 0
    parse_login(json.dumps(body).encode())

"""What Claude Code says on stdin, and what it might say."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackk_tui.providers.claude_code.statusline.parse import read
from stackk_tui.providers.claude_code.statusline.quick_json import parse
from tests.providers.claude_code.statusline.conftest import NOW, RESET, WEEK_RESET, said, stdin


def windows(rate_limits: Any) -> dict[str, tuple[float, Any]]:
    told = read(stdin(rate_limits=rate_limits), NOW)
    return {name: (window.used, window.resets_at) for name, window in told.windows.items()}


def five(**members: Any) -> dict[str, tuple[float, Any]]:
    return windows({"five_hour": {"used_percentage": 37, "resets_at": RESET.timestamp(), **members}})


def test_the_captured_update() -> None:
    told = read(stdin(), NOW)
    assert {name: (w.used, w.resets_at) for name, w in told.windows.items()} == {
        "five_hour": (0.37, RESET),
        "seven_day": (0.61, WEEK_RESET),
    }
    assert (told.model, told.context, told.session_cost) == ("opus-5-5", 0.02, 0.042788)
    assert told.session == "600cd3a4-ab86-40ee-843d-3973fb1bedc1"


def test_a_key_has_no_windows() -> None:
    told = read(json.dumps(said("statusline_stdin_api_key_user.json")).encode(), NOW)
    assert (told.windows, told.model, told.context, told.session_cost) == ({}, "sonnet-5-5", None, 0)


@pytest.mark.parametrize(
    "used",
    [-1, -0.0001, math.nan, math.inf, 1001, 10**400, True, "37", None, [37], {}],
)
def test_nonsense_is_no_figure(used: Any) -> None:
    assert five(used_percentage=used) == {}


@pytest.mark.parametrize(("used", "share"), [(0, 0.0), (0.4, 0.004), (100, 1.0), (103.5, 1.035)])
def test_shares(used: float, share: float) -> None:
    assert five(used_percentage=used) == {"five_hour": (pytest.approx(share), RESET)}


@pytest.mark.parametrize(
    "resets_at", [None, 0, -5, "soon", math.nan, RESET.timestamp() * 1000, 1e30, True, []]
)
def test_a_reset_that_cannot_be_is_not_known(resets_at: Any) -> None:
    assert five(resets_at=resets_at) in ({"five_hour": (0.37, None)}, {})


@pytest.mark.parametrize("ago", [0, 1, 86_400 * 400])
def test_a_window_that_is_over_is_left_out(ago: float) -> None:
    assert five(resets_at=NOW.timestamp() - ago) == {}


@pytest.mark.parametrize(
    "rate_limits", [None, [], "x", 7, {}, {"five_hour": None}, {"five_hour": 37}, {"five_hour": {}}]
)
def test_other_shapes_hold_no_windows(rate_limits: Any) -> None:
    assert windows(rate_limits) == {}


def test_windows_of_models_are_taken_and_other_names_are_not() -> None:
    window = {"used_percentage": 5, "resets_at": RESET.timestamp()}
    names = ["seven_day_opus", "seven_day_opus_5_5", "monthly", "seven_day_\x1b[31m", "seven_day_" + "x" * 50]
    assert list(windows(dict.fromkeys(names, window))) == ["seven_day_opus", "seven_day_opus_5_5"]


def test_the_pulse_changes_with_what_was_learned_and_with_nothing_else() -> None:
    pulse = read(stdin(), NOW).pulse
    assert read(stdin(version="9", workspace=None), NOW).pulse == pulse
    assert read(stdin(cost={"total_api_duration_ms": 2301}), NOW).pulse != pulse
    other = said()["rate_limits"] | {"five_hour": {"used_percentage": 38, "resets_at": RESET.timestamp()}}
    assert read(stdin(rate_limits=other), NOW).pulse != pulse


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ({"id": "claude-haiku-4-5-20251001"}, "haiku-4-5"),
        ({"display_name": "Opus 5.5"}, "Opus 5.5"),
        ({"id": "claude-opus-5-5[1m]"}, "opus-5-5[1m]"),
        ({"id": "\x1b]0;owned\x07\x1b[2Jevil\u202e"}, "evil\ufffd"),
        ({"id": 5}, ""),
        ("opus", ""),
        (None, ""),
    ],
)
def test_models(model: Any, shown: str) -> None:
    assert read(stdin(model=model), NOW).model == shown


def test_fast_mode_is_another_price() -> None:
    assert read(stdin(fast_mode=True), NOW).model == "opus-5-5-fast"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b"null",
        b"[]",
        b"{",
        b'{"a":',
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"rate_limits": ' + b"9" * 10_000 + b"}",
        b"\x00" * 1000,
    ],
    ids=range(11),
)
def test_garbage_says_nothing(data: bytes) -> None:
    told = read(data, NOW)
    assert (told.windows, told.model, told.session, told.context) == ({}, "", "", None)


def test_a_byte_order_mark_and_what_follows_the_object_do_no_harm() -> None:
    assert read(b"\xef\xbb\xbf \n" + stdin() + b"\nmore", NOW).model == "opus-5-5"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_the_quick_reader_reads_as_json_does(value: dict[str, Any]) -> None:
    expected = json.loads(json.dumps(value), parse_constant=lambda _name: None)
    assert parse(json.dumps(value).encode()) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(said(), JSON)),
    st.dictionaries(
        st.sampled_from(["five_hour", "seven_day"]),
        st.dictionaries(st.sampled_from(["used_percentage", "resets_at"]), JSON),
    ),
)
def test_any_shape_is_survived(told: dict[str, Any], rates: dict[str, Any]) -> None:
    update = read(json.dumps(told | {"rate_limits": rates}).encode(), NOW)
    assert all(0 <= window.used <= 10 for window in update.windows.values())
    assert update.model.isprintable()

"""Figures as they are written."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.report import format as f

NOW = datetime(2026, 11, 22, 10, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (980, "980"), (12_345, "12.3 k"), (123_456, "123 k"), (18_200_000, "18.2 M"),
        (412_800_000, "412.8 M"), (999_949, "1.0 M"), (1_040_000_000, "1.04 B"), (-12_345, "-12.3 k"),
        (2 * 10**15, "2,000 T"),
    ],
)  # fmt: skip
def test_counts_have_a_small_unit(number: int, text: str) -> None:
    assert f.compact(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.001, "<1 %"), (0.614, "61 %"), (0.999, "99 %"), (1, "100 %"), (1.2, "120 %")],
)
def test_a_share_is_never_rounded_to_empty_or_full(share: float, text: str) -> None:
    assert f.percent(share) == text


@pytest.mark.parametrize(
    ("amount", "currency", "brief", "text"),
    [
        ("1301.2", "USD", False, "$1,301.20"), ("500", "USD", True, "$500"), ("500.5", "USD", True, "$500.50"),
        ("12", "CHF", False, "CHF\u00a012.00"), ("1200", "JPY", False, "¥1,200"), ("-3.2", "EUR", False, "-€3.20"),
        ("0.00423", "USD", False, "$0.0042"), ("0", "USD", False, "$0.00"), ("0.125", "USD", False, "$0.12"),
        ("0.000000001", "USD", False, "<$0.000001"),
        ("0.0000006", "USD", False, "$0.000001"),
        ("0.0000004", "CHF", False, "<CHF\u00a00.000001"),
        ("-0.0000001", "USD", False, ">-$0.000001"),
    ],
)  # fmt: skip
def test_money(amount: str, currency: str, brief: bool, text: str) -> None:
    assert f.money(amount, currency, brief=brief) == text
    assert f.money(Decimal(amount), currency, brief=brief) == text


def test_every_provenance_is_told_apart() -> None:
    words = ("measured", "list-price", "estimated", "entered", "not-exposed", "not-permitted")
    assert len({f.provenance_words(word) for word in words}) == len(words)
    assert f.marked("$200", "list-price") == "$200 list"
    assert f.marked("$88.40", "estimated") == "≈ $88.40"
    assert f.marked("$12.00", "entered") == "✎ $12.00"
    assert f.marked("$12.00", "measured") == "$12.00"


@pytest.mark.parametrize("width", [1, 5, 16])
@pytest.mark.parametrize("plain", [True, False])
def test_a_bar_is_full_only_when_it_is(width: int, plain: bool) -> None:
    for percent in range(121):
        full, empty = f.bar(percent / 100, width, plain=plain)
        assert len(full) + len(empty) == width
        assert bool(full) == (percent > 0)
        if percent < 100 and width > 1:
            assert empty or full.endswith(("╸", "="))
    assert f.bar(1.0, width)[1] == ""
    assert f.bar(None, width)[0] == ""
    assert f.bar(float("nan"), width)[0] == ""


def test_a_sparkline_starts_at_zero_and_leaves_gaps() -> None:
    assert f.sparkline([0, 5, None, 10]) == "▁▅·█"
    assert f.sparkline([7, 7, 7]) == "███"
    assert f.sparkline([0.0001, 1000]) == "▂█"
    assert f.sparkline([None, None]) == ""
    assert f.sparkline([0, 0]) == "▁▁"
    assert f.sparkline([1, float("nan"), float("inf")]) == "█··"
    assert f.sparkline([0, 5, None, 10], plain=True).isascii()


@pytest.mark.parametrize(
    ("seconds", "text", "words"),
    [
        (-50, "<5m", "under 5 min ago"), (10, "<5m", "under 5 min ago"), (299, "<5m", "under 5 min ago"),
        (300, "5m", "5 min ago"), (1799, "25m", "25 min ago"), (3600, "1h", "1 h ago"), (47 * 3600, "47h", "47 h ago"),
        (49 * 3600, "2d", "2 days ago"),
    ],
)  # fmt: skip
def test_ages_are_coarse(seconds: int, text: str, words: str) -> None:
    moment = NOW - timedelta(seconds=seconds)
    assert f.age(moment, NOW) == text
    assert f.age_words(moment, NOW) == words


def test_an_age_that_grows_for_four_minutes_does_not_change() -> None:
    seen = NOW - timedelta(seconds=1)
    assert {f.age(seen, NOW + timedelta(seconds=s)) for s in range(290)} == {"<5m"}


def test_moments_are_as_short_as_they_are_clear() -> None:
    assert f.when(datetime(2026, 11, 22, 10, 42, tzinfo=UTC), NOW) == "10:42"
    assert f.when(datetime(2026, 11, 26, 9, 0, tzinfo=UTC), NOW) == "Thu 09:00"
    assert f.when(datetime(2026, 12, 10, 9, 0, tzinfo=UTC), NOW) == "10 Dec"
    assert f.day(date(2027, 12, 10), NOW.date()) == "10 Dec 2027"
    assert f.until(NOW + timedelta(days=4, hours=3), NOW) == "4 d 3 h"
    assert f.until(NOW + timedelta(hours=2, minutes=5), NOW) == "2 h 05 min"
    assert f.until(NOW + timedelta(seconds=20), NOW) == "under a minute"
    assert f.until(NOW - timedelta(seconds=20), NOW) == "now"


@pytest.mark.parametrize("text", [None, "", "soon", "2026-13-01", "2026-11-22T10:00:00"])
def test_a_time_that_cannot_be_read_is_none(text: str | None) -> None:
    assert f.instant(text) is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("81234", "requests", "81,234 requests"), ("8589934592", "bytes", "8.0 GB"), ("96.11", "USD", "$96.11"),
        (None, "x", "–"), ("many", "", "many"), ("NaN", "", "–"), ("4000", "per minute, inherited",
                                                                  "4,000 per minute, inherited"),
    ],
)  # fmt: skip
def test_metrics(value: str | None, unit: str, text: str) -> None:
    assert f.quantity(value, unit) == text

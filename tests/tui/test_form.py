"""What may be typed into a form."""

import pytest

from stackk_tui.tui import form


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("20", "20"),
        ("20.00", "20.00"),
        ("20,50", "20.50"),
        ("1,200.00", "1200.00"),
        ("$ 20", "20"),
        (" 7.5 ", "7.5"),
    ],
)
def test_amounts(typed: str, value: str) -> None:
    assert form.money(typed) == value


@pytest.mark.parametrize("typed", ["1,200", "abc", "-5", "1e9", "20.00.00", "NaN", "12345678901", "20 EUR"])
def test_an_amount_that_could_mean_two_things_is_refused(typed: str) -> None:
    with pytest.raises(form.Wrong):
        form.money(typed)


@pytest.mark.parametrize("typed", ["3.12.2026", "2026-02-30", "tomorrow", "0001-01-01", "9999-01-01"])
def test_a_date_is_iso_and_near(typed: str) -> None:
    with pytest.raises(form.Wrong):
        form.day(typed)


def test_uniform_forms() -> None:
    assert form.day(" 2026-12-03 ") == "2026-12-03"
    assert form.currency("eur") == "EUR"
    assert form.color("8A8F98") == "#8a8f98"
    assert form.cycle("Yearly") == "yearly"


@pytest.mark.parametrize(
    ("kind", "typed"), [("currency", "EURO"), ("color", "red"), ("cycle", "weekly"), ("text", "x" * 81)]
)
def test_refusals(kind: str, typed: str) -> None:
    with pytest.raises(form.Wrong):
        form.check(kind, typed, required=False)


def test_an_empty_field_is_wrong_only_when_it_is_needed() -> None:
    assert form.check("money", "  ", required=False) == ""
    with pytest.raises(form.Wrong):
        form.check("money", "  ", required=True)

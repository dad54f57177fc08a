"""Lines of the dashboard at every width, with names from outside."""

from dataclasses import replace

import pytest
from rich.cells import cell_len

from stackk_tui.model.board import Board, BoardRow, Headline, TotalLine
from stackk_tui.tui.theme import STACKK, look_of
from stackk_tui.tui.widgets import service_columns as columns
from stackk_tui.tui.widgets.cells import Piece, cut, fit, spread, table, width_of, wrapped
from stackk_tui.tui.widgets.service_list import SORTS, arrange
from stackk_tui.tui.widgets.service_words import state_of, troubles

from .scenes import FULL, NOW, ROWS

LOOK = look_of(STACKK)
ODD = (
    replace(ROWS[0], name="東京の研究室とても長い名前のサービス", workspace="[/x] [bold]not markup[/]"),
    replace(ROWS[1], name="x" * 200, workspace="y" * 200, plan="z" * 60, month_amount="123456789.99"),
    replace(
        ROWS[2], color="not a colour", error="e" * 300, retry_at="not a time", renews="never", seen_at="?"
    ),
    replace(ROWS[3], headline=Headline("limit", "l" * 80, fill=3.7, amount="1", currency="XYZ")),
    replace(ROWS[4], headline=Headline("limit", "only a cap", amount="5", currency="USD")),
    replace(ROWS[5], headline=Headline(), name="", workspace=""),
)


def text(pieces: list[Piece]) -> str:
    return "".join(part for part, _ in pieces)


@pytest.mark.parametrize("width", [40, 47, 59, 60, 69, 70, 79, 80, 99, 100, 119, 120, 160, 240])
@pytest.mark.parametrize("rows", [ROWS, ODD, ROWS[:1], (*ROWS, *ODD)], ids=["full", "odd", "one", "all"])
def test_no_line_is_wider_than_the_screen_and_columns_stand_below_each_other(
    width: int, rows: tuple[BoardRow, ...]
) -> None:
    plan = columns.layout(rows, width, NOW)
    heads = columns.heads(plan, LOOK, "name")
    assert width_of(heads) <= width
    for row in rows:
        line = columns.line(row, plan, LOOK, NOW, asking=False, pointed=False)
        assert width_of(line) == width_of(heads)


@pytest.mark.parametrize(
    ("width", "gone"),
    [
        (120, set()),
        (80, {"days", "workspace", "renews"}),
        (60, {"days", "workspace", "renews", "plan", "month"}),
    ],
)
def test_columns_go_in_their_order(width: int, gone: set[str]) -> None:
    shown = set(columns.layout(ROWS, width, NOW).widths)
    assert gone & shown == set()
    assert {"name", "now"} <= shown
    if width == 120:
        assert shown == set(columns.TITLES)


def test_a_name_from_outside_is_shown_as_it_is() -> None:
    odd = replace(ROWS[0], name="[/x] [bold]", color="[red]")
    plan = columns.layout([odd], 120, NOW)
    assert "[/x] [bold]" in text(columns.line(odd, plan, LOOK, NOW, asking=False, pointed=False))


def test_a_service_that_failed_keeps_its_last_good_number() -> None:
    plan = columns.layout(ROWS, 160, NOW)
    line = text(columns.line(ROWS[2], plan, LOOK, NOW, asking=False, pointed=False))
    assert "$96.11 · waiting until 10:42" in line
    assert "◌ 3h" in line


def test_every_state_has_a_glyph_and_a_word_of_its_own() -> None:
    states = [state_of(row, NOW) for row in ROWS]
    assert all(state.glyph and state.word for state in states)
    assert state_of(ROWS[4], NOW).word == "high"
    assert state_of(replace(ROWS[4], headline=Headline("limit", fill=1.0)), NOW).word == "used up"
    assert state_of(replace(ROWS[2], retry_at=None), NOW).glyph == "✖"
    assert troubles(replace(ROWS[2], retry_at=None, headline=Headline()), NOW)[0] == ROWS[2].error


@pytest.mark.parametrize("sort", SORTS)
def test_every_sort_keeps_every_service_in_its_category(sort: str) -> None:
    lines = arrange((*ROWS, *ODD), "", sort)
    assert [line for line in lines if isinstance(line, str)] == ["AI & ML", "Infrastructure", "Other"]
    assert len(lines) == len(ROWS) + len(ODD) + 3


def test_sorting_by_cost_never_compares_currencies() -> None:
    rows = [replace(ROWS[0], service_id=str(i), month_currency=c, month_amount=a)
            for i, (c, a) in enumerate([("USD", "5"), ("EUR", "900"), ("USD", "70"), ("EUR", "1")])]  # fmt: skip
    shown = [r.month_amount for r in arrange(rows, "", "cost") if not isinstance(r, str)]
    assert shown == ["900", "1", "70", "5"]


def test_filtering_looks_at_all_words() -> None:
    shown = [r.name for r in arrange(ROWS, "acme review", "name") if not isinstance(r, str)]
    assert shown == ["Acme"]


@pytest.mark.parametrize("width", range(8, 130, 7))
def test_the_total_never_cuts_an_amount(width: int) -> None:
    from stackk_tui.tui.widgets.total_line import TotalBar

    board = Board(
        month="2026-11-01",
        totals=(*FULL.totals, TotalLine("88.4", "USD", "estimated"), TotalLine("9", "CHF", "measured")),
    )
    (line,) = TotalBar(board).lines(width, LOOK)
    assert width_of(line) <= width
    for amount in ("$397.31", "$245.00", "€12.00", "$88.40", "CHF\u00a09.00"):
        shown = text(line)
        assert amount in shown or amount[:4] not in shown


def test_currencies_are_never_joined_by_a_plus() -> None:
    from stackk_tui.tui.widgets.total_line import TotalBar

    (line,) = TotalBar(FULL).lines(120, LOOK)
    assert "$397.31 measured + $245.00 list price · ✎ €12.00 typed" in text(line)


def test_cells_cut_wide_characters_whole() -> None:
    for width in range(12):
        assert width_of(fit([("東京abc", LOOK.text), ("大阪", LOOK.text)], width)) == width
        assert width_of(cut([("東京", LOOK.text)], width)) <= width
        assert width_of(spread([("left side", LOOK.text)], [("right", LOOK.text)], width)) == width


def test_wrapped_words_fit() -> None:
    for line in wrapped("a verylongwordwithoutanyspace and 東京 some more words", 9, LOOK.text):
        assert cell_len(text(line)) <= 9


def test_a_table_that_does_not_fit_cuts_its_flexible_column() -> None:
    rows = [
        [[("a long name here", LOOK.text)], [("12.00", LOOK.text)]],
        [[("b", LOOK.text)], [("1.00", LOOK.text)]],
    ]
    lines = [text(line) for line in table(rows, ("left", "right"), flex=0, width=14)]
    assert lines == ["a lon…  12.00", "b        1.00"] or all(len(line) <= 14 for line in lines)
    assert all(line.endswith("0") for line in lines)

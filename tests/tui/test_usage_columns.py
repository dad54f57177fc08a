"""The columns of the usage table: figures are never cut, whatever they are."""

from decimal import Decimal
from itertools import pairwise

import pytest

from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import UsageRow
from stackk_tui.report import format as f
from stackk_tui.tui.theme import STACKK, look_of
from stackk_tui.tui.widgets import usage_columns as columns
from stackk_tui.tui.widgets.cells import width_of
from stackk_tui.tui.widgets.usage_columns import Line, columns_of, lines_of

LOOK = look_of(STACKK)


def row(key: str, *, cost: str | None, tokens: int = 1000, calls: int = 3, unpriced: int = 0) -> UsageRow:
    counted = Tokens(input=tokens, output=tokens // 3, cache_read=tokens * 7)
    amount = None if cost is None else Decimal(cost)
    return UsageRow(key=key, tokens=counted, requests=calls, cost=amount, unpriced_tokens=unpriced)


ROWS = [
    row("small", cost="0.0000042", tokens=1),
    row("none", cost=None, tokens=999_950, unpriced=999_950),
    row("nothing", cost="0", tokens=0, calls=0),
    row("big", cost="123456.78", tokens=999_499_999, calls=1_234_567),
    row("partly", cost="9.5", unpriced=12),
]
TOTAL = row("total", cost="123466.2800042", tokens=2_000_000_000, calls=1_234_576, unpriced=12)


@pytest.mark.parametrize("width", [*range(40, 170, 7), 300])
def test_no_figure_is_cut_and_every_line_has_the_same_columns(width: int) -> None:
    lines = lines_of([(one.key, one) for one in ROWS], TOTAL, "cost")
    total = Line("5 rows", TOTAL, None)
    plan = columns_of("Session", lines, total, width)
    for shown in (*lines, total):
        pieces = columns.line(shown, plan, LOOK, pointed=False, total=shown is total)
        text = "".join(words for words, _ in pieces)
        assert width_of(pieces) <= width
        money = "no price" if shown.row.cost is None else f"≈ {f.money(shown.row.cost)}"
        assert money in text, (width, text)
        assert f.compact(shown.row.tokens.total) in text
        assert "…" not in text
    assert {"name", "tokens", "cost"} <= set(plan.widths)


def test_columns_go_in_their_order() -> None:
    lines = lines_of([(one.key, one) for one in ROWS], TOTAL, "cost")
    seen = [
        frozenset(columns_of("Session", lines, Line("x", TOTAL, None), width).widths)
        for width in range(200, 39, -1)
    ]
    for wider, narrower in pairwise(seen):
        assert narrower <= wider
    gone = [name for wide, narrow in pairwise(seen) for name in wide - narrow]
    assert gone == [name for name in columns.DROPPED_FIRST if name in gone]


def test_a_share_is_of_what_has_a_value_and_nothing_else() -> None:
    lines = {line.name: line for line in lines_of([(one.key, one) for one in ROWS], TOTAL, "cost")}
    assert lines["none"].share is None
    assert lines["nothing"].share == 0
    assert lines["big"].length == 1
    by_tokens = {line.name: line for line in lines_of([(one.key, one) for one in ROWS], TOTAL, "tokens")}
    assert by_tokens["none"].share

"""What people read on the command line."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stackk_tui.model.figure import Figure, Provenance
from stackk_tui.model.service import Plan, Status, Workspace
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import UsageReport, UsageRow
from stackk_tui.model.view import ServiceView, Total, TotalPart, WindowPace
from stackk_tui.report.format import band
from stackk_tui.report.grid import Column, cells, clip, grid
from stackk_tui.report.table import NOTHING, service_text, services_table, workspaces_table
from stackk_tui.report.usage import usage_table
from tests.insight.views import NOW, view

NOON = NOW.astimezone().replace(hour=12)
TOTAL = Total(
    month=date(2026, 11, 1),
    parts=(
        TotalPart(amount=Decimal("397.31"), currency="USD", provenance="measured"),
        TotalPart(amount=Decimal(220), currency="USD", provenance="list-price"),
    ),
)


def long_name() -> ServiceView:
    made = view("workspace-with-a-very-long-name-indeed", cost="1234.5", status=Status.SIGN_IN_NEEDED)
    snapshot = Snapshot(
        fetched_at=NOW,
        plan=Figure(value=Plan(tier="x", label="Enterprise with everything"), provenance=Provenance.MEASURED),
        limits=(Limit(id="a", label="a", used=0.2), Limit(id="b", label="b", used=0.61)),
    )
    service = made.service.model_copy(update={"name": "A service whose name goes on and on and on"})
    return made.model_copy(update={"snapshot": snapshot, "service": service})


@pytest.mark.parametrize("width", [60, 80, 120])
def test_services_fit_the_width_and_keep_status_and_money(width: int) -> None:
    table = services_table([long_name(), view("default", price="20")], TOTAL, NOW, width=width)
    lines = table.splitlines()
    assert max(map(cells, lines)) <= width
    assert "✖ sign in" in lines[1]
    assert "$1,234.50" in lines[1]
    assert "✎ $20.00" in lines[2]


def test_the_total_says_what_it_is_made_of() -> None:
    table = services_table([view("w")], TOTAL, NOW, width=80)
    assert table.splitlines()[-1] == "November so far: $397.31 measured + $220.00 list price"


def test_the_tightest_limit_is_shown() -> None:
    assert "61 %" in services_table([long_name()], TOTAL, NOW, width=120)


def test_nothing_tracked_says_how_to_begin() -> None:
    assert services_table([], Total(month=date(2026, 11, 1), parts=()), NOW, width=80) == NOTHING
    assert "stackk-tui add" in NOTHING


def test_one_service_says_where_each_figure_comes_from() -> None:
    text = service_text(
        view("w", cost="3.25", price="200", price_provenance=Provenance.LIST_PRICE), NOW, width=80
    )
    assert "$3.25" in next(line for line in text.splitlines() if line.startswith("Cost"))
    assert "list price" in next(line for line in text.splitlines() if line.startswith("Price"))
    assert "not exposed by this API" in next(
        line for line in text.splitlines() if line.startswith("Next payment")
    )


def test_archived_and_tracked_workspaces_say_so() -> None:
    rows = [
        (Workspace(id="default", name="Default"), True),
        (Workspace(id="w2", name="Old", archived_at=NOW), False),
    ]
    lines = workspaces_table(rows, width=80).splitlines()
    assert lines[1].endswith("tracked")
    assert lines[2].endswith("archived")


def usage_row(key: str, cost: str | None, unpriced: int = 0) -> UsageRow:
    tokens = Tokens(input=12_345_678, output=9_876_543, cache_write_1h=555_555_555, cache_read=999_999_999)
    return UsageRow(
        key=key,
        tokens=tokens,
        requests=123_456,
        cost=None if cost is None else Decimal(cost),
        unpriced_tokens=unpriced,
    )


def test_usage_fits_80_columns_and_hides_no_unpriced_token() -> None:
    rows = (usage_row("a-model-with-quite-a-long-name-20261122", "1234.567891"), usage_row("other", None, 42))
    report = UsageReport(
        by="model", timezone="UTC", rows=rows, totals=usage_row("total", "1234.567891", 42), files=7
    )
    text = usage_table(report, width=80)
    assert max(map(cells, text.splitlines())) <= 80
    assert "≈ $1,234.57" in text
    assert next(line for line in text.splitlines() if line.startswith("other")).endswith("–")
    assert "42 tokens have no known price" in text
    assert "not what was paid" in text


def test_what_was_recorded_is_not_called_list_prices() -> None:
    rows = [usage_row("a", "1.5", 0)]
    shown = UsageReport(
        by="model",
        timezone="UTC",
        cost_mode="display",
        rows=rows,
        totals=usage_row("total", "1.5", 0),
        files=1,
    )
    text = usage_table(shown, width=80)
    assert "list prices" not in text
    assert "only what the transcripts recorded" in text


def test_a_report_of_nothing_says_so() -> None:
    assert usage_table(UsageReport(by="day", timezone="UTC", files=3), width=80).startswith(
        "No usage was found in 3"
    )


def test_wide_characters_count_double() -> None:
    assert cells("日本") == 4
    assert clip("日本語", 5) == "日本…"
    table = grid(
        [Column("A", shrink_to=3), Column("B", right=True)], [["日本語日本語", "1"], ["x", "22"]], 10
    )
    assert {cells(line) for line in table.splitlines()} == {10}


def test_columns_are_dropped_in_their_order_rather_than_cut() -> None:
    columns = [Column("Name"), Column("Less", give=1), Column("Least", give=2)]
    assert grid(columns, [["abcdef", "gh", "ij"]], 14).splitlines() == ["Name    Less", "abcdef  gh"]


def test_a_window_says_its_pace_and_when_it_is_full() -> None:
    limits = (
        Limit(id="a", label="5-hour window", used=0.61, resets_at=NOW + timedelta(hours=3)),
        Limit(id="b", label="Week", used=0.2, resets_at=NOW + timedelta(days=3)),
    )
    basis = "at the rate of the last 60 min (21 % in 60 min)"
    full_at = (NOW + timedelta(hours=2)).astimezone()
    paces = (
        WindowPace(limit_id="a", elapsed=0.4, ahead=0.21, rate=0.21, full_at=full_at, basis=basis),
        WindowPace(
            limit_id="b", elapsed=0.4, ahead=-0.2, rate=0.01, basis="at the rate of the last 24 h (x)"
        ),
    )
    made = view("w").model_copy(update={"snapshot": Snapshot(fetched_at=NOW, limits=limits), "paces": paces})
    text = service_text(made, NOW, width=80)
    assert max(map(cells, text.splitlines())) <= 80
    for words in (
        "21 % ahead of an even pace", f"full ≈ {full_at:%H:%M} at the rate of the last 60 min  estimated",
        "20 % behind an even pace", "resets first at the rate of the last 24 h  estimated",
    ):  # fmt: skip
        assert words in text, words
    assert "probably" not in text


@pytest.mark.parametrize(
    ("sure", "words"),
    [
        ({"full_from": 100, "full_at": 120, "full_to": 160}, "probably {0:%H:%M}–{2:%H:%M}"),
        ({"full_from": 100, "full_at": 120}, "probably {0:%H:%M} or later"),
        ({"full_from": -5, "full_at": 120, "full_to": 160}, "probably now–{2:%H:%M}"),
        ({"full_from": 100}, "could be full from {0:%H:%M}"),
        ({"full_from": -5}, "could be full any time"),
    ],
)
def test_a_window_says_how_sure_its_moment_is(sure: dict[str, int], words: str) -> None:
    at = {name: (NOON + timedelta(minutes=minutes)).astimezone() for name, minutes in sure.items()}
    pace = WindowPace(
        limit_id="a", rate=0.2, basis="at the rate of the last 60 min (x)", band="from y"
    ).model_copy(update=at)
    limit = Limit(id="a", label="5-hour window", used=0.61, resets_at=NOON + timedelta(hours=3))
    snapshot = Snapshot(fetched_at=NOON, limits=(limit,))
    made = view("w").model_copy(update={"snapshot": snapshot, "paces": (pace,)})
    text = service_text(made, NOON, width=80)
    assert words.format(at["full_from"], None, at.get("full_to")) in text
    assert max(map(cells, text.splitlines())) <= 80


def test_a_band_over_midnight_names_its_days() -> None:
    noon = NOON.astimezone().replace(hour=12)
    tomorrow = noon + timedelta(days=1)
    assert band(tomorrow, tomorrow + timedelta(hours=2), noon) == f"{tomorrow:%a} 12:00–14:00"
    night = noon.replace(hour=23)
    assert band(night, night + timedelta(hours=2), noon) == f"23:00–{tomorrow:%a} 01:00"
    assert band(night - timedelta(days=1), tomorrow, noon) == f"now–{tomorrow:%a} 12:00"

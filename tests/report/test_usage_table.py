"""The usage table at every width, with names and figures as large as they get."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from stackk_tui.model.usage import Tokens
from stackk_tui.model.usage_report import GROUPINGS, GroupBy, UsageReport, UsageRow
from stackk_tui.report.grid import cells
from stackk_tui.report.usage import usage_table
from stackk_tui.report.usage_merged import merged

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
KEYS: dict[GroupBy, tuple[str, str]] = {
    "hour": ("2026-11-21T09:00:00Z", ""),
    "day": ("2026-11-21", ""),
    "week": ("2026-11-16", ""),
    "month": ("2026-11", ""),
    "session": ("0a1b2c3d-0000-4000-a000-000000000000", "a-project-with-a-very-long-folder-name · 0a1b2c3d"),
    "project": (
        "/home/ada/src/日本語のとても長いフォルダー名のプロジェクト",
        "日本語のとても長いフォルダー名のプロジェクト",
    ),
    "model": ("us.anthropic.claude-sonnet-4-5-20250929-v1:0-fast", "claude-sonnet-4-5-fast"),
    "agent": ("an-agent-type-that-somebody-named-in-many-words", ""),
    "block": ("2026-11-22T13:00:00Z", ""),
}


def row(key: str, label: str, size: int, cost: str | None, unpriced: int = 0) -> UsageRow:
    tokens = Tokens(input=size, output=size, cache_write_5m=size, cache_write_1h=size, cache_read=size)
    return UsageRow(
        key=key,
        label=label,
        tokens=tokens,
        requests=size // 1000,
        cost=None if cost is None else Decimal(cost),
        unpriced_tokens=unpriced,
    )


def report(by: GroupBy) -> UsageReport:
    key, label = KEYS[by]
    return UsageReport(
        by=by,
        timezone="America/Argentina/ComodRivadavia",
        rows=(
            row(key, label, 99_999_999_999, "1234567.89", 7),
            row("", "", 0, None),
            row("x", "", 1, "0.00001"),
        ),
        totals=row("total", "", 99_999_999_999, "1234567.89", 123_456_789),
        unpriced_models=tuple(f"somebody-elses-model-with-a-long-name-{n}" for n in range(6)),
        skipped_lines=12_345,
        files=6_789,
    ).model_copy(
        update={} if by != "block" else {"rows": (row(key, label, 99_999_999_999, "1234567.89", 7),)}
    )


@pytest.mark.parametrize("by", GROUPINGS)
def test_it_fits_every_width_and_keeps_what_matters(by: GroupBy) -> None:
    for width in range(60, 201):
        text = usage_table(report(by), width=width, now=NOW)
        lines = text.splitlines()
        assert max(map(cells, lines)) <= width, (width, text)
        assert {"Tokens", "Cost"} <= set(lines[0].split()), (width, text)
        assert lines[1].endswith("≈ $1,234,567.89 +?"), (width, text)
        assert "123,456,789 tokens have no known price" in " ".join(lines)
        assert "12,345 lines could not be read" in " ".join(lines)


@pytest.mark.parametrize("by", GROUPINGS)
def test_eighty_columns_have_calls_and_a_name_that_can_be_told(by: GroupBy) -> None:
    lines = usage_table(report(by), width=80, now=NOW).splitlines()
    assert "Calls" in lines[0]
    assert "99,999,999" in lines[1]
    told = {
        "block": "2026-11-22 13:00 · now",
        "session": "a-project-with-a-very-l",
        "model": "claude-sonnet-4-5-f",
    }
    name = told.get(by, KEYS[by][1][:5] or KEYS[by][0][:10])
    assert lines[1].startswith(name)


def test_a_block_is_over_at_its_end() -> None:
    over = NOW.replace(hour=18, minute=0)
    assert "· now" in usage_table(report("block"), width=80, now=NOW)
    assert "· now" not in usage_table(report("block"), width=80, now=over)
    assert "Days are of" not in usage_table(report("block"), width=80, now=NOW)


def test_accounts_are_added_row_by_row() -> None:
    one = UsageReport(
        by="model",
        timezone="UTC",
        rows=(row("a", "A", 2000, "3"), row("b", "", 1000, None, 5)),
        totals=row("total", "", 3000, "3", 5),
        unpriced_models=("b",),
        skipped_lines=1,
        files=2,
        warnings=("w",),
    )
    other = UsageReport(
        by="model",
        timezone="UTC",
        rows=(row("b", "", 1000, "4"), row("c", "", 1, None, 1)),
        totals=row("total", "", 1001, "4", 1),
        unpriced_models=("c", "b"),
        skipped_lines=10,
        files=20,
        warnings=("w", "v"),
    )
    both = merged([one, other])
    assert [each.key for each in both.rows] == ["b", "a", "c"]
    assert both.rows[0] == row("b", "", 2000, "4", 5).model_copy(update={"requests": 2})
    assert (both.totals.cost, both.totals.tokens.input, both.totals.unpriced_tokens) == (Decimal(7), 4001, 6)
    assert (both.unpriced_models, both.skipped_lines, both.files) == (("b", "c"), 11, 22)
    assert both.warnings == ("w", "v")

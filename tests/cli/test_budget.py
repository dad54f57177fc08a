"""`budget` and `export --format prometheus` as a person or a script runs them."""

from decimal import Decimal

import pytest

from stackk_tui.sandbox.anthropic import ADMIN_KEY
from tests.cli.conftest import Cli, Truth
from tests.conftest import SandboxServer
from tests.report.test_prometheus import parsed, sample


@pytest.fixture
def github(cli: Cli) -> Cli:
    assert cli("add", "custom", "--name", "GitHub", "--price", "20").code == 0
    return cli


def test_none_yet(github: Cli) -> None:
    for words in (("list",), ("check",)):
        ran = github("budget", *words)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == "There are no budgets yet. Set one with: stackk-tui budget set --total 500USD\n"
    assert github("budget", "list", "--json").json["budgets"] == []


def test_set_list_check_remove(github: Cli) -> None:
    ran = github("budget", "set", "--total", "15USD")
    assert ran.code == 0
    assert "everything" in ran.out
    assert "✎ $20.00" in ran.out  # typed by the person
    checked = github("budget", "check")
    assert (checked.code, checked.err) == (1, "")
    assert checked.out == "everything, this month: ✎ $20.00 of $15 is spent (133 %)\n"
    (told,) = github("budget", "list", "--json").json["budgets"]
    removed = github("budget", "remove", told["id"])
    assert (removed.code, removed.out) == (0, f"Removed {told['id']}: $15.00 a month.\n")
    assert github("budget", "check").code == 0


def test_what_holds_says_so(github: Cli) -> None:
    assert github("budget", "set", "25", "--service", "GitHub").code == 0
    ran = github("budget", "check")
    assert (ran.code, ran.out) == (0, "The budget holds, as it goes.\n")


def test_the_json_shape(github: Cli) -> None:
    ran = github(
        "budget",
        "set",
        "40eur",
        "--category",
        "other",
        "--weekly",
        "--thresholds",
        "90, 50%",
        "--no-forecast",
        "--json",
    )
    (told,) = ran.json["budgets"]
    assert ran.json["schema"] == 1
    assert told["id"].startswith("bud_")
    del told["id"], told["from"], told["to"], told["created_at"]
    assert told == {
        "scope": "category",
        "target": "Other",
        "name": "Other",
        "period": "week",
        "unit": "money",
        "amount": "40",
        "currency": "EUR",
        "thresholds": [50, 90],
        "forecast_counts": False,
        "spent": None,
        "left": None,
        "fixed": "0",
        "provenance": None,
        "unknown": "GitHub in USD is left out.",
        "share": None,
        "crossed": [],
        "crossing": False,
        "forecast": None,
        "no_forecast": None,
        "will_cross": None,
        "will_cross_at_worst": None,
        "notes": ["GitHub in USD is left out."],
    }


def test_unknown_spending_is_said_not_passed_over(github: Cli) -> None:
    assert github("budget", "set", "20M", "--total", "--tokens").code == 0
    ran = github("budget", "check")
    assert ran.code == 0
    assert ran.out == "No budget could be checked: what was spent is unknown.\n"  # not that it holds
    why = "unknown, not checked. No service of it has counted any tokens this"
    assert ran.err == f"everything, this month: {why} month yet.\n"
    ran = github("budget", "check", "--json")
    (told,) = ran.json["budgets"]
    assert (ran.code, told["crossing"], told["spent"], told["provenance"]) == (0, False, None, None)
    assert told["unknown"] == "No service of it has counted any tokens this month yet."
    assert "unknown, not checked" in ran.err
    for words in (["40M", "--total", "--tokens", "--weekly"], ["25", "--service", "GitHub"]):
        assert github("budget", "set", *words).code == 0
    ran = github("budget", "check")
    assert ran.out == "1 of 3 budgets could be checked: none is crossed or forecast to be.\n"
    assert ran.err == f"everything, this month: {why} month yet.\neverything, this week: {why} week yet.\n"


def test_tokens_are_whole_numbers_everywhere(github: Cli) -> None:
    ran = github("budget", "set", "1.5k", "--total", "--tokens", "--json")
    assert ran.json["budgets"][0]["amount"] == "1500"
    assert (
        github("budget", "set", "1500.0", "--total", "--tokens", "--json").json["budgets"][0]["amount"]
        == "1500"
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set", "--total"], "AMOUNT"),
        (["set", "5"], "--total"),
        (["set", "5", "--total", "--service", "GitHub"], "not allowed with"),
        (["set", "five", "--total"], "500.50"),
        (["set", "-5", "--total"], "500.50"),
        (["set", "٣", "--total"], "500.50"),
        (["set", "0", "--total"], "above 0"),
        (["set", "5EUROS", "--total"], "three letters"),
        (["set", "1,000", "--total"], "500.50"),
        (["set", "5USD", "--total", "--tokens"], "20M"),
        (["set", "1.5", "--total", "--tokens"], "whole number"),
        (["set", "5", "--total", "--thresholds", "0"], "1 to 200"),
        (["set", "5", "--total", "--thresholds", "50,,80"], "1 to 200"),
        (["set", "5", "--service", "nobody"], "GitHub"),
        (["set", "5", "--category", "nothing"], "Other"),
        (["remove"], "ID"),
        (["remove", "bud_nobody"], "budget list"),
        (["list", "--total"], "--total"),
        (["check", "5"], "too many words"),
        (["drop"], "set"),
        ([], "ACTION"),
    ],
    ids=" ".join,
)
def test_wrong_usage_changes_nothing(github: Cli, words: list[str], says: str) -> None:
    ran = github("budget", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert len(ran.err.splitlines()) <= 3
    assert github("budget", "list", "--json").json["budgets"] == []


def test_a_table_fits_eighty_columns(github: Cli) -> None:
    github(
        "add",
        "custom",
        "--name",
        "A service with quite a long name that goes on and on",
        "--price",
        "1234567",
    )
    for words in (
        ("--total", "5000000"),
        ("--service", "A service with quite a long name that goes on and on", "--weekly", "3"),
        ("--total", "--tokens", "999B"),
    ):
        assert github("budget", "set", *words).code == 0
    for line in github("budget", "list").out.splitlines():
        assert len(line) <= 80


def test_a_budget_of_an_organization_is_forecast_to_be_crossed(
    cli: Cli, nimbus: SandboxServer, truth
) -> None:
    added = cli("add", "anthropic", "--method", "admin-key", "--secret-stdin", stdin=ADMIN_KEY)
    assert added.code == 0
    assert cli("refresh").code == 0
    month: Truth = truth(whole=True)
    (row,) = cli("status", "--json").json["services"]
    told = row["forecast"]
    assert Decimal(row["cost_month_to_date"]["amount"]) == month.cost
    assert told["currency"] == "USD"
    assert Decimal(told["low"]) <= Decimal(told["expected"]) <= Decimal(told["high"])
    assert cli("status", "--json").json["forecast_total"]["expected"] == told["expected"]
    ceiling = (month.cost + Decimal(told["expected"])) / 2  # between what is spent and what is to come
    assert cli("budget", "set", f"{ceiling:.2f}", "--total").code == 0
    ran = cli("budget", "check")
    (state,) = cli("budget", "list", "--json").json["budgets"]
    assert Decimal(state["spent"]) == month.cost
    if Decimal(told["expected"]) - month.cost < Decimal("0.05"):
        return  # the month's last minutes: nothing more is to come
    assert ran.code == 1
    assert ran.out.startswith("everything, this month: over $")
    assert state["crossing"] is True
    assert state["will_cross"] is not None
    assert cli("budget", "set", "99999999", "--total").code == 0
    assert cli("budget", "check").code == 0
    assert ADMIN_KEY.encode() not in cli.everything_written()


def test_prometheus(cli: Cli, nimbus: SandboxServer, truth) -> None:
    cli("add", "anthropic", "--method", "admin-key", "--secret-stdin", "--name", 'Ac"me', stdin=ADMIN_KEY)
    cli("refresh")
    cli("budget", "set", "--total", "1000000")
    ran = cli("export", "--format", "prometheus")
    assert (ran.code, ran.err) == (0, "")
    found = parsed(ran.out)
    month: Truth = truth(whole=True)
    cost = sample(found, "stackk_cost_month_to_date", service='Ac"me', provenance="measured")
    assert cost == pytest.approx(float(month.cost))
    assert sample(found, "stackk_tokens_month_to_date", kind="input") == month.tokens["input"]
    assert sample(found, "stackk_budget_used_ratio") == pytest.approx(float(month.cost) / 1_000_000, abs=1e-6)
    assert 0 <= sample(found, "stackk_last_fetch_age_seconds") < 60
    assert ADMIN_KEY not in ran.out


def test_prometheus_of_nothing_is_no_error(cli: Cli) -> None:
    ran = cli("export", "--format", "prometheus")
    assert (ran.code, ran.out.strip()) == (0, "")
    both = cli("export", "--format", "prometheus", "--json")
    assert both.code == 2

"""The Prometheus text, read by a strict parser of its own: https://prometheus.io/docs/instrumenting/exposition_formats/"""

import math
import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.budget import state_of
from stackk_tui.model.budget import Budget, BudgetState
from stackk_tui.model.figure import Figure, Provenance
from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.model.service import Status
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.usage import Tokens
from stackk_tui.model.view import ServiceView, Total, TotalPart
from stackk_tui.report.prometheus import prometheus_text
from tests.insight.views import NOW, view

Labels = frozenset[tuple[str, str]]
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
UNIT_ABBREVIATIONS = ("_s", "_ms", "_pct", "_percent", "_b", "_kb", "_mb")


@dataclass
class Metric:
    help: str = ""
    type: str = ""
    samples: dict[Labels, float] = field(default_factory=dict)


def parsed(text: str) -> dict[str, Metric]:
    """Reads an exposition and refuses whatever the format or promtool's rules do not allow."""
    assert text.endswith("\n") or not text
    found: dict[str, Metric] = {}
    current = ""
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            name, _, words = line.removeprefix("# HELP ").partition(" ")
            assert re.fullmatch(NAME, name)
            assert name not in found, "HELP is given twice, or a family in two places"
            assert words, "a metric needs its HELP"
            assert not re.search(r"\\[^\\n]", words)
            found[name], current = Metric(help=words), name
        elif line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split(" ")
            assert name == current, "TYPE follows HELP of the same metric"
            assert not found[name].type, "TYPE is given twice"
            assert not found[name].samples, "TYPE stands before the samples"
            assert kind in {"counter", "gauge", "histogram", "summary", "untyped"}
            found[name].type = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"not a sample: {line!r}"
            name, inner, value = match.groups()
            assert name == current, "samples stand together under their metric"
            labels = read_labels(inner)
            assert labels not in found[name].samples, "the same series twice"
            assert re.fullmatch(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN", value), value
            found[name].samples[labels] = float(value)
    for name, metric in found.items():
        assert metric.type, f"{name} has no TYPE"
        assert metric.samples
        assert metric.type == "counter" or not name.endswith(("_total", "_count", "_sum", "_bucket"))
        assert not name.endswith(UNIT_ABBREVIATIONS)
        assert name == name.lower()
    return found


def read_labels(inner: str | None) -> Labels:
    labels: dict[str, str] = {}
    place = 0
    while inner and place < len(inner):
        match = LABEL.match(inner, place)
        assert match, f"labels cannot be read: {inner!r}"
        name, raw = match.groups()
        assert name not in labels
        assert not name.startswith("__")
        assert name not in {"le", "quantile"}
        labels[name] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), raw)
        place = match.end()
    return frozenset(labels.items())


def forecast(currency: str | None = "USD") -> Forecast:
    return Forecast(
        first=date(2026, 11, 1),
        last=date(2026, 11, 30),
        through=date(2026, 11, 21),
        so_far=Decimal(100),
        expected=Decimal("140.5"),
        low=Decimal(120),
        high=Decimal(160),
        basis="…",
        currency=currency,
    )


def full(name: str = "Acme") -> ServiceView:
    made = view("wrkspc_01", cost="123.4567", price="200", price_provenance=Provenance.LIST_PRICE)
    limit = Limit(id="five_hour", label="5-hour window", used=0.42, resets_at=NOW + timedelta(hours=3))
    snapshot = Snapshot(
        fetched_at=NOW - timedelta(minutes=5), limits=(limit, Limit(id="cap", label="", used=None))
    )
    tokens = Figure(value=Tokens(input=1, output=2, cache_read=4), provenance=Provenance.MEASURED)
    return made.model_copy(
        update={
            "snapshot": snapshot,
            "month": made.month.model_copy(update={"tokens": tokens}),
            "service": made.service.model_copy(update={"name": name}),
        }
    )


def budget_state(spent: str | None = "110") -> BudgetState:
    budget = Budget(id="bud_1", scope="total", amount=Decimal(200), created_at=NOW)
    return state_of(
        budget, "everything", NOW.date(), None if spent is None else Decimal(spent), coming=forecast()
    )


def exposition(
    *views: ServiceView, budgets: tuple[BudgetState, ...] = (), now: datetime = NOW
) -> dict[str, Metric]:
    parts = (
        TotalPart(amount=Decimal("123.4567"), currency="USD", provenance="measured"),
        TotalPart(amount=Decimal(20), currency="USD", provenance="entered"),
    )
    forecasts: dict[str | None, Forecast | NoForecast] = {
        **{each.service.id: forecast() for each in views},
        None: forecast(),
    }
    return parsed(
        prometheus_text(
            views, Total(month=date(2026, 11, 1), parts=parts if views else ()), forecasts, budgets, now
        )
    )


def sample(found: dict[str, Metric], name: str, **labels: str) -> float:
    """Gives the value of the one series that has these labels."""
    (value,) = [v for have, v in found[name].samples.items() if labels.items() <= dict(have).items()]
    return value


def test_every_figure_with_its_provenance() -> None:
    found = exposition(full(), budgets=(budget_state(),))
    mine = {"service": "Acme", "service_id": full().service.id}
    assert sample(found, "stackk_limit_used_ratio", **mine, limit="five_hour", provenance="measured") == 0.42
    assert sample(found, "stackk_limit_resets_timestamp_seconds", **mine) == NOW.timestamp() + 3 * 3600
    assert (
        sample(found, "stackk_cost_month_to_date", **mine, currency="USD", provenance="measured") == 123.4567
    )
    assert sample(found, "stackk_price", **mine, provenance="list-price", cycle="monthly") == 200
    assert sample(found, "stackk_tokens_month_to_date", **mine, kind="cache_read") == 4
    assert sample(found, "stackk_last_fetch_age_seconds", **mine) == 300
    assert sample(found, "stackk_service_up", **mine) == 1
    assert sample(found, "stackk_forecast_cost_expected", **mine, provenance="estimated") == 140.5
    assert sample(found, "stackk_forecast_cost_low", **mine) == 120
    assert sample(found, "stackk_forecast_month_high", currency="USD") == 160
    assert sample(found, "stackk_month_to_date", provenance="entered") == 20
    assert sample(found, "stackk_budget_used_ratio", budget="everything", unit="USD") == 0.55
    assert sample(found, "stackk_budget_forecast", budget_id="bud_1", provenance="estimated") == 140.5


def test_what_is_not_known_has_no_sample() -> None:
    found = exposition(view("new"), budgets=(budget_state(None),))
    assert "stackk_cost_month_to_date" not in found
    assert "stackk_tokens_month_to_date" not in found
    assert "stackk_last_fetch_age_seconds" not in found
    assert "stackk_budget_spent" not in found
    assert found["stackk_budget_limit"].samples
    assert len(exposition(full())["stackk_limit_used_ratio"].samples) == 1  # the cap's share is unknown


@pytest.mark.parametrize(
    "name", ['a"b', "a\\b", "a\nb", 'x",service="y', "} 1\nevil 2", "日本 ✓", "\\n", "a,b={}"], ids=repr
)
def test_a_name_can_break_nothing(name: str) -> None:
    found = exposition(full(name))
    assert sample(found, "stackk_service_up", service=name) == 1


def test_two_services_of_one_name_stay_apart() -> None:
    other = full()
    other = other.model_copy(update={"service": other.service.model_copy(update={"id": "svc_2"})})
    assert len(exposition(full(), other)["stackk_service_up"].samples) == 2


def test_disconnected_services_and_an_empty_stack() -> None:
    gone = full().model_copy(update={"status": Status.DISCONNECTED})
    assert "stackk_service_up" not in exposition(gone)
    assert parsed(prometheus_text((), Total(month=date(2026, 11, 1), parts=()), {}, (), NOW)) == {}


def test_a_service_that_failed_is_down_and_keeps_its_figures() -> None:
    found = exposition(full().model_copy(update={"status": Status.ERROR}))
    assert sample(found, "stackk_service_up") == 0
    assert sample(found, "stackk_cost_month_to_date") == 123.4567


def test_numbers_are_plain_and_finite() -> None:
    odd = full()
    assert odd.snapshot is not None
    limits = (Limit(id="x", label="", used=math.inf), Limit(id="y", label="", used=1e-9))
    odd = odd.model_copy(update={"snapshot": odd.snapshot.model_copy(update={"limits": limits})})
    found = exposition(odd)
    assert sample(found, "stackk_limit_used_ratio") == 1e-9
    assert sample(exposition(full(), now=NOW - timedelta(hours=1)), "stackk_last_fetch_age_seconds") == 0


def test_no_label_says_whose_account_it_is() -> None:
    made = full()
    account = made.account.model_copy(update={"label": "ada@example.com"})
    service = made.service.model_copy(
        update={"workspace": made.service.workspace.model_copy(update={"name": "Prod"})}
    )
    text = repr(exposition(made.model_copy(update={"account": account, "service": service})))
    assert "ada@example.com" not in text
    assert "acc_1" not in text
    assert "Prod" not in text

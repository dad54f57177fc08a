"""What counts for a budget: each dollar once, prices apart, estimates only where they are asked for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.insight.spending import currency_of_all, spending_of_all
from stackk_tui.insight.standing import state
from stackk_tui.insight.summary import total
from stackk_tui.model.budget import Budget, BudgetState
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.figure import Provenance
from stackk_tui.model.series import DaySums
from stackk_tui.model.service import Status
from stackk_tui.model.snapshot import Cycle, Snapshot
from stackk_tui.model.view import ServiceView
from tests.insight.views import view

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
DAYS = frozenset(TODAY - timedelta(days=n) for n in range(60))
THROUGH = TODAY


def daily(amount: str, currency: str = "USD", tokens: int = 0) -> DaySums:
    return DaySums(
        costs=dict.fromkeys(DAYS, Decimal(amount)),
        tokens=dict.fromkeys(DAYS, tokens),
        cost_days=DAYS,
        token_days=DAYS,
        settled=DAYS,
        currency=currency,
        counts_tokens=bool(tokens),
    )


def only_tokens(tokens: int) -> DaySums:
    return DaySums(tokens=dict.fromkeys(DAYS, tokens), token_days=DAYS, counts_tokens=True)


def local(name: str = "local") -> ServiceView:
    """Transcripts: their cost is an estimate."""
    snapshot = Snapshot(fetched_at=NOW, cost_provenance=Provenance.ESTIMATED)
    made = view(name, scope="local", whole=True, cost="160", provenance=Provenance.ESTIMATED, through=THROUGH)
    return made.model_copy(update={"snapshot": snapshot})


def org(**how: object) -> ServiceView:
    return view("org", whole=True, cost="160", through=THROUGH, **how)  # type: ignore[arg-type]


def part_of_org() -> ServiceView:
    return view("wrkspc_01", cost="80", through=THROUGH)


def plan(price: str = "200", provenance: Provenance = Provenance.LIST_PRICE, **how: object) -> ServiceView:
    return view("plan", scope="plan", price=price, price_provenance=provenance, **how)  # type: ignore[arg-type]


def made(amount: str = "1000", views: list[ServiceView] | None = None, **how: object) -> BudgetState:
    told = {"id": "bud_1", "scope": "total", "amount": amount, "created_at": NOW, **how}
    views = [org(), part_of_org(), local(), plan()] if views is None else views
    sums = {v.service.id: daily("10", tokens=1000) for v in views if v.month.cost.value is not None}
    return state(Budget.model_validate(told), views, sums, NOW)


def test_the_total_is_the_total_of_the_dashboard() -> None:
    told = made()
    parts = total([org(), part_of_org(), local(), plan()], TODAY)
    assert told.spent == parts.amount("USD") == 160 + 200
    assert told.fixed == 200
    assert told.provenance == "estimated"  # a list price is not what a person pays


def test_the_forecast_leaves_prices_apart() -> None:
    told = made()
    assert told.forecast is not None
    assert told.forecast.expected == pytest.approx(300, rel=0.02)
    assert [part.provenance for part in told.forecast.fixed] == ["list-price"]


def test_prices_bring_the_crossing_nearer() -> None:
    assert made("501").will_cross is None
    told = made("470")
    assert told.will_cross == date(2026, 11, 27)  # 200 + 10 a day


def test_a_workspace_alone_counts_for_itself() -> None:
    service = part_of_org().service.id
    assert made(scope="service", target=service).spent == 160  # its own days


def test_transcripts_are_estimates_and_say_so() -> None:
    told = made(scope="service", target=local().service.id)
    assert told.spent == 160
    assert told.provenance == "estimated"
    assert "not money spent" in told.notes[0]


def test_a_plan_is_its_price_and_nothing_more_is_to_come() -> None:
    told = made("250", scope="service", target=plan().service.id)
    assert (told.spent, told.fixed, told.provenance) == (200, 200, "list-price")
    assert told.forecast is None
    assert told.no_forecast == "It is a price: use does not change it."
    assert told.crossed == (50, 80)


def test_a_yearly_price_is_a_twelfth_and_a_week_of_it_seven_days() -> None:
    views = [plan("360", Provenance.ENTERED, cycle="yearly")]
    assert made(views=views).spent == 30
    week = made(views=views, period="week")
    assert week.spent == 7
    assert "seven of the month's" in week.notes[0]


def test_a_week_counts_its_own_days() -> None:
    told = made(views=[org()], period="week")
    assert (told.first, told.last) == (TODAY, TODAY + timedelta(days=6))
    assert told.spent == 10


def test_a_category_counts_only_its_own() -> None:
    other = plan()
    other = other.model_copy(update={"service": other.service.model_copy(update={"category": "Hosting"})})
    assert made(views=[org(), other], scope="category", target="hosting").spent == 200
    assert made(views=[org(), other], scope="category", target="AI & ML").spent == 160


def test_other_currencies_are_left_out_and_named() -> None:
    euro = view("eu", scope="eu", cost="99", currency="EUR", through=THROUGH)
    typed = view("hetzner", scope="h", price="5", currency="EUR")
    told = state(
        Budget(id="b", scope="total", amount=Decimal(1000), created_at=NOW),
        [org(), euro, typed],
        {org().service.id: daily("10"), euro.service.id: daily("9", "EUR")},
        NOW,
    )
    assert told.spent == 160
    assert told.notes == ("Acme in EUR is left out.",)


def test_a_disconnected_service_is_unknown_not_nothing() -> None:
    gone = org(status=Status.DISCONNECTED)
    told = made(views=[gone], scope="service", target=gone.service.id)
    assert (told.spent, told.share, told.crossed) == (None, None, ())
    assert told.no_forecast == "Acme is disconnected."
    assert made(views=[], scope="service", target="svc_gone").name == "a service that is gone"


def test_what_a_sign_in_may_not_see_is_unknown_and_says_so() -> None:
    closed = view("x", scope="x", provenance=Provenance.NOT_PERMITTED)
    refused = closed.month.cost.model_copy(update={"provenance": Provenance.NOT_PERMITTED})
    closed = closed.model_copy(update={"month": closed.month.model_copy(update={"cost": refused})})
    told = made(views=[closed], scope="service", target=closed.service.id)
    assert told.spent is None
    assert told.notes == ("Acme: its cost is not permitted with this sign-in.",)


def test_tokens_of_transcripts_are_left_out_beside_a_vendors_own_count() -> None:
    both = made("1000000", unit="tokens")
    assert both.spent == 16_000
    assert both.notes == ("Tokens of Acme are left out: they may be in those of Acme.",)
    assert made("1000000", views=[local()], unit="tokens").spent == 16_000


def test_its_own_cycle_is_said() -> None:
    cycle = Cycle(first=date(2026, 11, 3), last=date(2026, 12, 2))
    billed = org().model_copy(update={"snapshot": Snapshot(fetched_at=NOW, cycle=cycle)})
    told = made(views=[billed], scope="service", target=billed.service.id)
    assert told.spent == 160
    assert "billed from 3 Nov to 2 Dec" in told.notes[0]


def test_money_without_days_is_spent_but_not_forecast() -> None:
    flat = view("v", scope="v", cost="42", through=THROUGH)
    told = state(
        Budget(id="b", scope="service", target=flat.service.id, amount=Decimal(50), created_at=NOW),
        [flat],
        {},
        NOW,
    )
    assert (told.spent, told.forecast) == (42, None)
    assert "tells no days" in told.no_forecast


def test_what_was_read_too_long_ago_still_counts_but_is_not_continued() -> None:
    stale_days = frozenset(day for day in DAYS if day <= TODAY - timedelta(days=6))
    stale = view("old", scope="old", cost="100", through=TODAY - timedelta(days=6))
    sums = {
        org().service.id: daily("10"),
        stale.service.id: DaySums(costs=dict.fromkeys(stale_days, Decimal(5)), cost_days=stale_days),
    }
    told = state(
        Budget(id="b", scope="total", amount=Decimal(1000), created_at=NOW), [org(), stale], sums, NOW
    )
    assert told.spent == 160 + 50
    assert told.forecast is not None
    assert told.forecast.expected == pytest.approx(300 + 50, rel=0.02)
    assert "Nothing more is expected of Acme: last read too long ago." in told.notes


def test_days_that_were_never_read_are_said() -> None:
    known = DAYS - {TODAY - timedelta(days=3)}
    told = state(
        Budget(id="b", scope="service", target=org().service.id, amount=Decimal(1000), created_at=NOW),
        [org()],
        {org().service.id: DaySums(costs=dict.fromkeys(known, Decimal(10)), cost_days=known)},
        NOW,
    )
    assert told.notes == ("One day of Acme is not known.",)


def test_looking_ahead_can_be_left_off() -> None:
    told = made("301", views=[org()], forecast=False)
    assert told.forecast is None
    assert told.will_cross is None


def test_a_threshold_beyond_the_whole() -> None:
    told = made("80", views=[org()], thresholds=(100, 150, 200))
    assert told.crossed == (100, 150, 200)


def test_the_currency_of_most_money() -> None:
    euro = view("eu", scope="eu", cost="900", currency="EUR", through=THROUGH)
    assert currency_of_all([org(), euro], NOW) == "EUR"
    assert currency_of_all([], NOW) == "USD"


def test_nothing_tracked_is_nothing_known() -> None:
    assert made(views=[]).spent is None
    assert spending_of_all([], {}, "cost", "USD", NOW).series == []


def euros(rate: str = "0.5", **how: object) -> CurrencyChoice:
    told = Rate(currency="USD", to="EUR", rate=Decimal(rate), as_of=date(2026, 11, 10))
    return CurrencyChoice(show="EUR", rates=(told,), **how)  # type: ignore[arg-type]


def in_euros(choice: CurrencyChoice, **how: object) -> BudgetState:
    told = {"id": "b", "scope": "total", "amount": 1000, "currency": "EUR", "created_at": NOW, **how}
    typed = view("hetzner", scope="h", price="5", currency="EUR")
    views = [org(), plan(), typed]
    return state(Budget.model_validate(told), views, {org().service.id: daily("10")}, NOW, choice=choice)


def test_a_typed_rate_converts_days_and_prices_and_says_so() -> None:
    told = in_euros(euros())
    assert told.spent == 160 / 2 + 200 / 2 + 5
    assert told.fixed == 105
    assert told.forecast is not None
    assert told.forecast.expected == pytest.approx(150, rel=0.02)
    assert told.forecast.currency == "EUR"
    assert told.provenance == "estimated"
    assert told.notes == ("USD is converted by your rate 0.5 of 10 Nov.",)


def test_without_a_rate_or_with_a_problem_nothing_is_converted() -> None:
    for choice in (
        CurrencyChoice(),
        euros(problem="config.toml: …"),
        euros().model_copy(update={"show": "CHF"}),
    ):
        told = in_euros(choice)
        assert (told.spent, told.notes) == (5, ("Acme in USD is left out.",))


def test_one_service_is_converted_too() -> None:
    assert in_euros(euros(), scope="service", target=org().service.id).spent == 80
    left = in_euros(CurrencyChoice(), scope="service", target=org().service.id)
    assert (left.spent, left.notes) == (None, ("What Acme costs in USD is left out.",))

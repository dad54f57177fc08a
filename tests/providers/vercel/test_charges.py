"""Which amount counts, what is kept apart, and which days a cycle has."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stackk_tui.providers.vercel.charges import Charges
from stackk_tui.providers.vercel.cost import cost_of
from stackk_tui.providers.vercel.cycle import begin_of, day_of, window_of
from stackk_tui.providers.vercel.wire import Billing, moment_of, parse_rows
from stackk_tui.sandbox.vercel_charges import charge

pytestmark = pytest.mark.anyio

DAY = date(2026, 11, 5)
NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def billing(start: str, end: str, **more: object) -> Billing:
    period = {"start": ms(start), "end": ms(end)}
    return parse_rows(Billing, [{"plan": "pro", "period": period, **more}])[0]


CYCLE = billing("2026-11-04T07:00:00+00:00", "2026-12-04T08:00:00+00:00")


def added(*rows: dict) -> Charges:
    charges = Charges()
    for row in rows:
        charges.take(json.dumps(row).encode())
    return charges


def row(service: str = "Build Minutes", day: date = DAY, **more: object) -> dict:
    return {**charge(day, service), **more}


def total(charges: Charges, now: datetime = NOW) -> Decimal:
    cost = cost_of(charges, "team", [], window_of(CYCLE, now), now)
    assert cost.batch is not None
    return sum((b.cost or Decimal(0) for b in cost.batch.buckets if b.workspace_id == "team"), Decimal(0))


def test_the_seat_counts_by_its_share_and_everything_else_by_what_was_billed() -> None:
    charges = added(
        row("Pro", ChargeCategory="Purchase", BilledCost=20, EffectiveCost=0.666667),
        row(BilledCost=1.5, EffectiveCost=9.0),
    )
    assert total(charges) == Decimal("2.166667")


def test_credits_adjustments_and_tax_are_in_the_total_and_told_apart() -> None:
    charges = added(
        row(BilledCost=10),
        row("Credits", ChargeCategory="Credit", BilledCost=-4),
        row("Pro", ChargeCategory="Tax", BilledCost=1.9, EffectiveCost=0),
        row("Refund", ChargeCategory="Adjustment", BilledCost=-0.5),
    )
    assert total(charges) == Decimal("7.4")
    cost = cost_of(charges, "team", [], window_of(CYCLE, NOW), NOW)
    told = {m.id: m.value for m in cost.metrics["team"]}
    assert told == {"cost_credit": "-4", "cost_tax": "1.9", "cost_adjustment": "-0.5"}


def test_another_currency_is_kept_apart() -> None:
    charges = added(row(BilledCost=10), row(BilledCost=99, BillingCurrency="EUR"))
    assert total(charges) == 10
    cost = cost_of(charges, "team", [], window_of(CYCLE, NOW), NOW)
    (apart,) = [m for m in cost.metrics["team"] if m.id == "cost_eur"]
    assert (apart.value, apart.unit) == ("99", "EUR")
    assert "Charges in EUR are not in the cost." in cost.notes


def test_contract_units_are_counted_as_units() -> None:
    charges = added(row(BilledCost=0, PricingUnit="MIUs", PricingQuantity=12.5))
    cost = cost_of(charges, "team", [], window_of(CYCLE, NOW), NOW)
    (units,) = [m for m in cost.metrics["team"] if m.id == "mius"]
    assert (units.value, units.unit) == ("12.5", "MIUs")


def test_exact_cents_of_many_small_amounts() -> None:
    charges = added(*(row(BilledCost=0.1) for _ in range(30)))
    assert total(charges) == Decimal(3)


def test_rows_that_are_only_scheduled_and_of_other_cycles_are_left_out() -> None:
    rows = [row("Pro", day, ChargeCategory="Purchase", EffectiveCost=1.0, BilledCost=0) for day in
            (date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 4))]  # fmt: skip
    assert total(added(*rows)) == 2


def test_days_after_the_last_charge_are_unknown_and_days_between_are_zeros() -> None:
    charges = added(row(day=date(2026, 11, 6), BilledCost=1), row(day=date(2026, 11, 9), BilledCost=1))
    batch = cost_of(charges, "team", [], window_of(CYCLE, NOW), NOW).batch
    assert batch is not None
    assert batch.days is not None
    assert (batch.days[0], batch.days[-1]) == (date(2026, 11, 4), date(2026, 11, 9))
    assert not batch.final_days


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"{}",
        b"{",
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z"}',
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z","BilledCost":"much"}',
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z","BilledCost":NaN}',
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z","BilledCost":true}',
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z","BilledCost":1e99}',
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z","BilledCost":1,"ServiceName":7}',
        b'{"ChargePeriodStart":20261105,"BilledCost":1}',
        b'{"ChargePeriodStart":"2026-11-05T08:00:00.000Z","BilledCost":1,"ServiceName":"Pro"}',
    ],
)
def test_a_line_of_another_shape_is_no_zero(line: bytes) -> None:
    charges = Charges()
    with pytest.raises(ValueError):
        charges.take(line)
    assert charges.bills == {}


def test_names_from_outside_are_cleaned() -> None:
    charges = added(row("Ed\x1b[31mge\u202e", BilledCost=1))
    ((_, _, service),) = charges.bills["USD"]
    assert "\x1b" not in service
    assert "\u202e" not in service


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "renews"),
    [
        # the fixtures' cycle: its first border is named in the hour of summer
        ("2026-11-04T07:00:00+00:00", "2026-12-04T08:00:00+00:00", "2026-11-04", "2026-12-03", "2026-12-04"),
        ("2026-10-20T07:00:00+00:00", "2026-11-20T08:00:00+00:00", "2026-10-20", "2026-11-19", "2026-11-20"),
        ("2026-10-20T07:00:00+00:00", "2026-11-20T07:00:00+00:00", "2026-10-20", "2026-11-19", "2026-11-20"),
        ("2027-03-01T08:00:00+00:00", "2027-04-01T07:00:00+00:00", "2027-03-01", "2027-03-31", "2027-04-01"),
        ("2027-03-01T08:00:00+00:00", "2027-04-01T06:59:59.999+00:00", "2027-03-01", "2027-03-31", "2027-04-01"),
        ("2026-11-04T00:00:00+00:00", "2026-12-04T00:00:00+00:00", "2026-11-04", "2026-12-03", "2026-12-04"),
        ("2026-11-04T20:30:00+00:00", "2026-12-04T20:30:00+00:00", "2026-11-04", "2026-12-04", "2026-12-04"),
    ],
)  # fmt: skip
def test_a_cycles_borders_name_its_days(start: str, end: str, first: str, last: str, renews: str) -> None:
    now = datetime.fromisoformat(start) + timedelta(days=10)
    window = window_of(billing(start, end), now)
    found = (window.first.isoformat(), window.last.isoformat(), window.renews and window.renews.isoformat())
    assert found == (first, last, renews)
    assert window.begin <= min(datetime.fromisoformat(start), begin_of(window.first))
    assert window.cycle.timezone == "America/Los_Angeles"


def test_the_monthly_subscription_goes_before_the_billing_period() -> None:
    def subscription(interval: str, count: int, start: str, end: str) -> dict:
        period = {"start": ms(start), "end": ms(end)}
        return {"frequency": {"interval": interval, "intervalCount": count}, "period": period}

    yearly = subscription("year", 1, "2026-03-09T07:00:00+00:00", "2027-03-09T08:00:00+00:00")
    monthly = subscription("month", 1, "2026-11-09T08:00:00+00:00", "2026-12-09T08:00:00+00:00")
    found = window_of(
        billing("2026-11-04T08:00:00+00:00", "2026-12-04T08:00:00+00:00", subscriptions=[yearly, monthly]), NOW
    )  # fmt: skip
    assert found.renews == date(2026, 12, 9)
    own = billing("2026-11-04T08:00:00+00:00", "2026-12-04T08:00:00+00:00", subscriptions=[yearly])
    assert window_of(own, NOW).renews == date(2026, 12, 4)


@pytest.mark.parametrize(
    "told",
    [
        None,
        parse_rows(Billing, [{"plan": "pro"}])[0],
        parse_rows(Billing, [{"plan": "pro", "period": {"start": "soon"}, "subscriptions": None}])[0],
        billing("2026-10-04T07:00:00+00:00", "2026-11-04T08:00:00+00:00"),  # over
    ],
)
def test_without_a_cycle_it_is_the_calendar_month_in_los_angeles(told: Billing | None) -> None:
    window = window_of(told, NOW)
    assert (window.first, window.last, window.renews) == (date(2026, 11, 1), date(2026, 11, 30), None)
    assert window.begin == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert window.end == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_day_begins_by_the_season() -> None:
    assert begin_of(date(2026, 7, 1)).hour == 7
    assert begin_of(date(2026, 12, 1)).hour == 8
    assert day_of(datetime(2026, 11, 2, 7, 59, tzinfo=UTC)) == date(2026, 11, 1)
    assert day_of(datetime(2026, 11, 2, 8, tzinfo=UTC)) == date(2026, 11, 2)


@pytest.mark.parametrize("amount", ['"--5"', '"²"', "1e9999999", "1e99999999999999999999"])
def test_an_amount_that_is_none_is_refused_like_any_other(amount: str) -> None:
    """Not with an error of arithmetic, which would take the whole account down."""
    line = json.dumps(row(BilledCost="AMOUNT")).replace('"AMOUNT"', amount)
    with pytest.raises(ValueError, match=r"amount|number"):
        Charges().take(line.encode())


def test_a_time_beyond_every_calendar_is_none() -> None:
    assert moment_of(Decimal("1e999999999")) is None


def test_rows_of_other_days_are_in_no_figure_at_all() -> None:
    """Of days before the cycle, and those that are only scheduled."""
    late, early = date(2026, 11, 25), date(2026, 11, 3)
    charges = added(
        row(BilledCost=1, EffectiveCost=2),
        row(day=late, BilledCost=5, EffectiveCost=7),
        row(day=early, BilledCost=5, EffectiveCost=7, PricingUnit="MIUs", PricingQuantity=9),
        row(day=late, BilledCost=5, BillingCurrency="EUR"),
        row("Pro", late, ChargeCategory="Purchase", EffectiveCost=1, PricingUnit="Seats", PricingQuantity=4),
    )
    cost = cost_of(charges, "team", [], window_of(CYCLE, NOW), NOW)
    assert {m.id: m.value for m in cost.metrics["team"]} == {"usage_value": "2"}
    assert cost.seats is None
    assert not any("EUR" in note for note in cost.notes)


def test_one_currency_is_one_however_it_is_written() -> None:
    charges = added(row(BilledCost=1, BillingCurrency="usd"), row(BilledCost=2, BillingCurrency="USD"))
    assert total(charges) == 3


@pytest.mark.parametrize("given", [{"BillingCurrency": None}, {"BillingCurrency": ""}], ids=["null", "empty"])
def test_a_charge_without_a_currency_is_not_taken_for_dollars(given: dict) -> None:
    """The format (FOCUS) has none without, so nothing says what such an amount is."""
    charges = added(row(BilledCost=10), row(BilledCost=7, **given))
    assert total(charges) == 10
    cost = cost_of(charges, "team", [], window_of(CYCLE, NOW), NOW)
    (apart,) = [m for m in cost.metrics["team"] if m.id == "cost_without_currency"]
    assert (apart.label, apart.value, apart.unit) == ("Currency not given, not in the cost", "7", "")
    assert any("without a currency" in note for note in cost.notes)


def test_nothing_but_charges_without_a_currency_is_no_cost_and_no_zero() -> None:
    charges = added(
        row(BilledCost=7, BillingCurrency=None),
        {k: v for k, v in row(BilledCost=1).items() if k != "BillingCurrency"},
    )
    cost = cost_of(charges, "team", ["prj"], window_of(CYCLE, NOW), NOW)
    assert cost.batch is None
    assert [(m.id, m.value) for m in cost.metrics["team"]] == [("cost_without_currency", "8")]
    assert cost.notes


async def test_a_bill_without_any_currency_is_shown_by_itself_and_not_converted(team, vercel) -> None:
    lines = "\n".join(json.dumps(row(BilledCost=3, BillingCurrency=None)) for _ in range(2))
    vercel.app.faults.add("/v1/billing/charges", body=lines)
    for minutes in (0, 5):
        vercel.now += timedelta(minutes=minutes)
        assert (await team.refresh()).failures == {}
        shown = await team.snapshot()
        (apart,) = [m for m in shown.metrics if m.id == "cost_without_currency"]
        assert (apart.value, apart.unit) == ("6", "")
        assert "cost" in shown.not_exposed
        assert (await team.month()).cost.value is None
        assert not any("no cost to tell of" in note for note in shown.notes)

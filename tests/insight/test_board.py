"""What the dashboard shows of a service, and that it survives being kept."""

import json
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.insight.billing import billing_of
from stackk_tui.insight.board import board
from stackk_tui.insight.limits import as_of_now
from stackk_tui.insight.status import status_of
from stackk_tui.insight.summary import total
from stackk_tui.model.board import BOARD_VERSION, Board
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import EnteredBilling, ErrorNote, Plan, Status
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.model.view import WindowPace
from tests.insight.views import NOW, view


def made(*views) -> Board:
    return board(list(views), total(views, NOW.date()), NOW)


def test_the_limit_that_fills_first_is_the_headline() -> None:
    limits = (
        Limit(id="a", label="5-hour window", used=0.2),
        Limit(id="b", label="spend", used=0.6, cap=Money(amount=Decimal(500))),
        Limit(id="c", label="week", used=None),
    )
    row = made(view("org", whole=True, cost="301.20", snapshot=Snapshot(fetched_at=NOW, limits=limits))).rows[
        0
    ]
    assert (row.headline.kind, row.headline.label, row.headline.fill) == ("limit", "spend", 0.6)
    assert (row.month_amount, row.month_provenance) == ("301.20", "measured")


def test_the_window_that_is_full_first_at_its_rate_is_the_headline() -> None:
    limits = (
        Limit(id="a", label="5-hour window", used=0.3, resets_at=NOW + timedelta(hours=3)),
        Limit(id="b", label="week", used=0.6, resets_at=NOW + timedelta(days=2)),
    )
    soon, later = NOW + timedelta(hours=2), NOW + timedelta(days=1)
    paces = (
        WindowPace(limit_id="b", full_at=later, good_until=later, basis="x"),
        WindowPace(limit_id="a", full_at=soon, good_until=NOW + timedelta(minutes=15), basis="x"),
    )
    plain = view("org", snapshot=Snapshot(fetched_at=NOW, limits=limits))
    (row,) = made(plain.model_copy(update={"paces": paces})).rows
    assert (row.headline.label, row.headline.full_at) == ("5-hour window", soon.isoformat())
    assert row.headline.full_until == (NOW + timedelta(minutes=15)).isoformat()
    assert (row.headline.full_from, row.headline.full_to) == (None, None)
    (calm,) = made(plain).rows
    assert (calm.headline.label, calm.headline.full_at) == ("week", None)


def test_the_headline_says_how_sure_its_moment_is_and_an_older_board_does_not() -> None:
    limits = (Limit(id="a", label="5-hour window", used=0.3, resets_at=NOW + timedelta(hours=3)),)
    first, soon, last = (NOW + timedelta(minutes=minutes) for minutes in (90, 120, 150))
    pace = WindowPace(limit_id="a", full_at=soon, full_from=first, full_to=last, good_until=soon, basis="x")
    told = view("org", snapshot=Snapshot(fetched_at=NOW, limits=limits)).model_copy(update={"paces": (pace,)})
    shown = made(told)
    assert Board.from_json(shown.to_json()) == shown
    assert (shown.rows[0].headline.full_from, shown.rows[0].headline.full_to) == (
        first.isoformat(),
        last.isoformat(),
    )
    kept = json.loads(shown.to_json())
    for name in ("full_from", "full_to"):
        del kept["rows"][0]["headline"][name]
    older = Board.from_json(json.dumps(kept))
    assert older is not None
    assert (older.rows[0].headline.full_at, older.rows[0].headline.full_from) == (soon.isoformat(), None)


def test_a_window_that_was_reset_since_is_not_said_to_be_full() -> None:
    limits = (
        Limit(id="a", label="5-hour window", used=0.9, resets_at=NOW - timedelta(minutes=1)),
        Limit(id="b", label="week", used=0.4, resets_at=NOW + timedelta(days=2)),
    )
    over, open_ = as_of_now(Snapshot(fetched_at=NOW, limits=limits), NOW).limits
    assert (over.used, over.resets_at) == (None, None)
    assert open_ == limits[1]


def test_without_a_limit_money_then_tokens_then_the_price() -> None:
    spent = view("org", cost="3")
    local = view("l", scope="l", cost="88", provenance=Provenance.ESTIMATED, tokens_today=5)
    typed = view("p", scope="p", price="20")
    kinds = [row.headline.kind for row in made(spent, local, typed, view("x", scope="x")).rows]
    assert kinds == ["cost", "tokens", "price", "none"]


def test_a_yearly_price_stands_in_the_month_as_a_twelfth() -> None:
    (row,) = made(view("p", scope="p", price="180", cycle="yearly")).rows
    assert (row.month_amount, row.month_provenance) == ("15.00", "entered")
    assert (row.headline.amount, row.headline.label) == ("180", "yearly")


def test_a_board_survives_being_kept() -> None:
    plan = Figure(value=Plan(tier="api", label="API"), provenance=Provenance.MEASURED)
    kept = made(view("org", whole=True, cost="1.5", snapshot=Snapshot(fetched_at=NOW, plan=plan)), view("b"))
    assert Board.from_json(kept.to_json()) == kept


def test_a_damaged_or_foreign_board_is_no_board() -> None:
    text = made(view("org", cost="1")).to_json()
    for bad in (
        "",
        "[]",
        "{}",
        text[:-5],
        text.replace(f'"v":{BOARD_VERSION}', '"v":99'),
        text.replace('"status"', '"statux"'),
    ):
        assert Board.from_json(bad) is None


def test_what_was_typed_overrules_what_the_provider_says() -> None:
    typed = EnteredBilling(price=Money(amount=Decimal(180)), cycle="monthly", next_payment=date(2026, 12, 3))
    found = billing_of(None, typed, NOW.date())
    assert found.price.provenance is Provenance.ENTERED
    assert found.next_payment.provenance is Provenance.ENTERED
    moved = billing_of(None, typed, date(2026, 12, 4))
    assert (moved.next_payment.value, moved.next_payment.provenance) == (
        date(2027, 1, 3),
        Provenance.ESTIMATED,
    )


def test_status_from_the_error_and_the_age() -> None:
    service = view("org").service
    hour = timedelta(hours=1)
    fresh, old = Snapshot(fetched_at=NOW), Snapshot(fetched_at=NOW - 2 * hour)
    assert status_of(service, fresh, NOW, hour) is Status.OK
    assert status_of(service, old, NOW, hour) is Status.STALE
    assert status_of(service, old, NOW, None) is Status.OK
    assert status_of(service, Snapshot(fetched_at=NOW + hour), NOW, hour) is Status.OK
    for code, expected in (("unauthorized", Status.SIGN_IN_NEEDED), ("network", Status.ERROR)):
        note = ErrorNote(code=code, message="m", happened_at=NOW)
        assert status_of(service.model_copy(update={"error": note}), fresh, NOW, hour) is expected
    assert status_of(service.model_copy(update={"connected": False}), fresh, NOW, hour) is Status.DISCONNECTED

"""The detail of a service, its billing, and leaving it."""

from decimal import Decimal

import pytest

from stackk_tui.model.errors import StorageError
from stackk_tui.model.events import RefreshStarted, ServiceRefreshed
from stackk_tui.model.figure import Figure, Money
from stackk_tui.model.service import ErrorNote, Status
from stackk_tui.tui.screens.billing import BillingScreen
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.disconnect import DisconnectScreen
from stackk_tui.tui.widgets.fields import Field
from stackk_tui.tui.widgets.usage_chart import UsageChart

from .driving import Driven, drive
from .scenes import NOW, OFFLINE

pytestmark = pytest.mark.anyio


async def open_detail(driven: Driven, *keys: str) -> ServiceDetailScreen:
    await driven.press(*(keys or ("j",)), "enter")
    assert isinstance(driven.app.screen, ServiceDetailScreen)
    return driven.app.screen


async def test_every_figure_says_where_it_comes_from() -> None:
    async with drive(size=(120, 80)) as driven:
        await open_detail(driven)
        for words in (
            "$301.20", "through 22 Nov, UTC", "415.7 M", "89 % from cache", "not in this report",
            "$198.80 left · resets 1 Dec", "in 2 h 46 min", "fill not known", "not exposed by this API",
            "not permitted with this sign-in", "Not exposed by this API: balance, next",
            "Not permitted with this sign-in:", "Priority-tier usage", "8.0 GB", "under 5 min ago",
        ):  # fmt: skip
            assert words in driven.text, words


async def test_models_have_their_own_kinds_of_tokens_and_no_price_is_not_zero() -> None:
    async with drive(size=(120, 80)) as driven:
        await open_detail(driven)
        line = next(line for line in driven.text.splitlines() if "haiku-5-5" in line)
        assert "no price" in line
        assert "$0" not in line


async def test_the_chart_is_chosen_by_keys() -> None:
    async with drive(size=(120, 60)) as driven:
        await open_detail(driven)
        assert "Cost per day, USD" in driven.text
        assert "30 days" in driven.text
        await driven.press("2", "m", "t")
        assert "Tokens per day" in driven.text
        assert "by model" in driven.text
        assert "90 days" in driven.text
        assert "█ sonnet-5-5" in driven.text
        await driven.press("m")
        assert "█ cache read" in driven.text


async def test_days_nobody_has_read_are_named() -> None:
    async with drive() as driven:
        await open_detail(driven)
        assert "not read: 5 Nov to 8 Nov" in driven.text


async def test_requests_that_no_report_counts_are_said_in_words() -> None:
    async with drive() as driven:
        screen = await open_detail(driven)
        await driven.press("3")
        assert "Requests are not in this report." in driven.text
        assert not screen.query_one(UsageChart).display


async def test_a_history_that_was_never_read_is_said_in_words() -> None:
    async with drive("no-history") as driven:
        await open_detail(driven)
        assert "No day of this span has been read yet." in driven.text


async def test_ninety_days_in_a_narrow_terminal_are_weeks() -> None:
    async with drive(size=(80, 60)) as driven:
        await open_detail(driven)
        await driven.press("t")
        assert "Cost per week, USD" in driven.text


@pytest.mark.parametrize("size", [(120, 60), (50, 60)])
async def test_plain_charts_are_ascii(size: tuple[int, int]) -> None:
    async with drive(size=size, plain=True) as driven:
        screen = await open_detail(driven)
        for key in ("1", "m", "2", "m", "t", "t"):
            await driven.press(key)
            chart = str(screen.query_one(UsageChart).render())
            assert "#" in chart
            assert chart.isascii()


async def test_refreshing_is_said_and_the_new_figures_come() -> None:
    async with drive() as driven:
        await open_detail(driven)
        driven.stack.tell(RefreshStarted("svc_org"))
        await driven.settle()
        assert "asking…" in driven.text
        driven.stack.tell(ServiceRefreshed("svc_org"))
        await driven.settle()
        assert "● fresh" in driven.text


async def test_a_service_that_cannot_be_read_says_why() -> None:
    async with drive() as driven:

        async def gone(service_id: str) -> None:
            raise StorageError("The ledger cannot be read.", "Nothing was lost.", "Free some disk space.")

        driven.stack.service = gone
        await open_detail(driven)
        assert "The ledger cannot be read." in driven.text
        await driven.press("r", "b", "2", "m", "t", "j", "G", "escape")
        assert driven.app.screen is driven.app.dashboard


async def test_the_page_scrolls_by_keys() -> None:
    async with drive(size=(60, 20)) as driven:
        await open_detail(driven)
        assert "Figures from" not in driven.text
        await driven.press("G")
        assert "Priority-tier" in driven.text
        await driven.press("g")
        assert "THIS MONTH" in driven.text
        await driven.press("j", "j", "j")
        assert "PLAN" not in driven.text


async def test_the_chart_goes_before_the_numbers_go() -> None:
    async with drive(size=(60, 20)) as driven:
        screen = await open_detail(driven)
        assert screen.query_one(UsageChart).size.height == 0
        assert "$301.20" in driven.text


# billing


async def test_a_price_is_typed_in_and_can_be_taken_back() -> None:
    async with drive() as driven:
        await open_detail(driven)
        await driven.press("b")
        assert isinstance(driven.app.screen, BillingScreen)
        await driven.press(*"180", "enter", "enter", "right", "enter", *"2026-12-10", "enter")
        entered = driven.stack.asked[-1][2]
        assert (str(entered.price.amount), entered.price.currency, entered.cycle) == ("180", "USD", "monthly")
        assert entered.next_payment.isoformat() == "2026-12-10"
        assert isinstance(driven.app.screen, ServiceDetailScreen)
        await driven.press("b", "f2")
        entered = driven.stack.asked[-1][2]
        assert (entered.price, entered.cycle, entered.next_payment) == (None, None, None)


async def test_a_wrong_date_stands_beside_the_field_and_nothing_is_kept() -> None:
    async with drive() as driven:
        await open_detail(driven)
        await driven.press("b", "down", "down", "down", *"tomorrow", "enter")
        assert "Write the date as 2026-12-03" in driven.text
        assert not [asked for asked in driven.stack.asked if asked[0] == "edit_billing"]
        assert driven.app.focused is driven.app.screen.query_one("#field-next_payment", Field).editor
        await driven.press("escape")
        assert isinstance(driven.app.screen, ServiceDetailScreen)


# leaving


async def test_disconnecting_says_what_goes_stays_and_cannot_be_done() -> None:
    async with drive() as driven:
        await driven.press("j", "d")
        assert isinstance(driven.app.screen, DisconnectScreen)
        for words in (
            "The key kept in the GNOME keyring.",
            "90 days of history",
            "The key itself still works",
        ):
            assert words in driven.text
        await driven.press("enter")
        assert driven.app.screen is driven.app.dashboard
        assert not [asked for asked in driven.stack.asked if asked[0] == "disconnect"]


async def test_the_history_goes_only_when_it_is_ticked() -> None:
    async with drive() as driven:
        await driven.press("j", "d", "j", "space")
        assert "[x] Drop its history too" in driven.text
        assert "The history of 90 days" in driven.text
        await driven.press("j", "enter")
        assert driven.stack.asked[-1] == ("disconnect", "svc_org", True, False)
        assert driven.app.screen is driven.app.dashboard


async def test_a_disconnection_that_fails_changes_nothing_and_says_why() -> None:
    async with drive() as driven:

        async def fails(service_id: str, *, purge: bool = False, revoke_token: bool = False) -> None:
            raise OFFLINE

        driven.stack.disconnect = fails
        await driven.press("j", "d", "j", "j", "enter")
        assert OFFLINE.what in driven.text
        await driven.press("escape")
        assert driven.app.screen is driven.app.dashboard


# what may be missing


async def test_a_service_that_was_never_read_shows_what_is_known_and_no_zero() -> None:
    async with drive(size=(120, 60)) as driven:
        original = driven.stack.service

        async def unread(service_id: str) -> object:
            view = await original(service_id)
            month = view.month.model_copy(
                update={"tokens": Figure.not_exposed(), "cost": Figure.not_permitted()}
            )
            return view.model_copy(update={"snapshot": None, "month": month})

        driven.stack.service = unread
        await open_detail(driven)
        assert "not permitted" in driven.text
        assert "Figures from  never" in driven.text
        assert "$0.00" not in driven.text


async def test_an_error_stands_above_the_figures_with_its_request() -> None:
    async with drive(size=(120, 60)) as driven:
        original = driven.stack.service
        note = ErrorNote(
            code="unavailable", message="It is down.", lines=("It is down.", "Old figures.", "Press r."),
            request_id="req_011", happened_at=NOW,
        )  # fmt: skip

        async def failed(service_id: str) -> object:
            view = await original(service_id)
            service = view.service.model_copy(update={"error": note})
            return view.model_copy(update={"service": service, "status": Status.ERROR})

        driven.stack.service = failed
        await open_detail(driven)
        for words in ("✖ It is down.", "Old figures.", "Press r.", "Request req_011", "✖ failed", "$301.20"):
            assert words in driven.text


async def test_a_passed_limit_is_over_and_said_in_a_word() -> None:
    async with drive(size=(120, 60)) as driven:
        original = driven.stack.service

        async def passed(service_id: str) -> object:
            view = await original(service_id)
            limit = view.snapshot.limits[0].model_copy(
                update={"used": 1.2, "spent": Money(amount=Decimal(600)), "resets_at": None}
            )
            return view.model_copy(update={"snapshot": view.snapshot.model_copy(update={"limits": (limit,)})})

        driven.stack.service = passed
        await open_detail(driven)
        assert "120 %" in driven.text
        assert "used up · $100.00 over" in driven.text


async def test_keys_in_the_footer_can_be_clicked() -> None:
    async with drive() as driven:
        await driven.pilot.click("#keys", offset=(2, 0))
        await driven.settle()
        assert type(driven.app.screen).__name__ == "AddServiceScreen"


async def test_a_service_can_be_clicked_open() -> None:
    async with drive() as driven:
        await driven.pilot.click("#services", offset=(10, 3))
        assert driven.app.dashboard.pointed.service_id == "svc_org"
        await driven.pilot.click("#services", offset=(10, 3))
        await driven.settle()
        assert isinstance(driven.app.screen, ServiceDetailScreen)

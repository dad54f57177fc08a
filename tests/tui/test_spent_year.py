"""The year of money by keys: the calendar, a day's services, one service by itself, and every state of it."""

from datetime import date
from decimal import Decimal

import pytest

from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import NetworkError
from stackk_tui.model.events import CurrencyChanged, ServiceRefreshed
from stackk_tui.model.series import DaySums
from stackk_tui.tui.screens.alerts import AlertsScreen
from stackk_tui.tui.screens.budgets import BudgetsScreen
from stackk_tui.tui.screens.currency import CurrencyScreen
from stackk_tui.tui.screens.detail import ServiceDetailScreen
from stackk_tui.tui.screens.insights import InsightsScreen
from stackk_tui.tui.screens.spent_year import SpentYearScreen
from stackk_tui.tui.screens.usage import UsageScreen
from stackk_tui.tui.widgets.heat_map import HeatMap

from .driving import Driven, drive
from .foresight import TODAY, days_from
from .scenes import make
from .test_snapshots import walk

pytestmark = pytest.mark.anyio

OFFLINE = NetworkError("The ledger cannot be read.", "Nothing was changed.", "Try again: r.")


def day(d: Driven) -> date | None:
    return d.app.screen.query_one(HeatMap).cursor


async def test_insights_lead_to_the_year_and_a_day_to_its_services_and_their_pages() -> None:
    async with drive("ahead", size=(120, 36)) as d:
        await d.press("i")
        assert "calendar" in d.text.splitlines()[-1]
        await d.press("h", "left", "up")
        assert isinstance(d.app.screen, SpentYearScreen)
        assert day(d) == date(2026, 11, 14)
        assert "Sat 14 Nov · $3.85 measured · not final yet" in d.text
        lines = d.text.splitlines()
        assert next(line for line in lines if "▌Acme" in line).split()[-3:] == [
            "$3.30", "86", "%",
        ]  # fmt: skip
        assert not any("Code Review" in line for line in lines[12:])  # its money is in the organization's
        await d.press("enter", "j")
        assert next(line for line in d.text.splitlines() if "▌Postbase" in line).lstrip().startswith("›")
        await d.press("enter")
        assert isinstance(d.app.screen, ServiceDetailScreen)
        assert d.app.screen.service_id == "svc_db"
        await d.press("escape", "escape")
        assert isinstance(d.app.screen, SpentYearScreen)
        assert isinstance(d.app.screen.focused, HeatMap)
        assert day(d) == date(2026, 11, 14)
        await d.press("escape")
        assert isinstance(d.app.screen, InsightsScreen)


async def test_zero_unknown_and_known_in_part_look_apart_without_a_colour() -> None:
    async with drive("ahead", size=(160, 50), theme="ansi-dark") as d:
        await d.press("h")
        sundays = next(line for line in d.text.splitlines() if line.startswith(" Sun"))
        assert sundays.rstrip().endswith("? · · · · · · · · · · · · · · ◆")
        assert "? known in part" in d.text
        assert "empty: not read" in d.text
        thursdays = d.text.splitlines()[6]
        assert thursdays.startswith(" " * 27)  # nobody has read what was before February
        await d.press(*["left"] * 28)
        assert day(d) == date(2026, 5, 10)
        assert "Sun 10 May · not known: it was never read" in d.text
        await d.press("up", "down", "enter")  # nothing to open there
        assert isinstance(d.app.screen, SpentYearScreen)
        assert isinstance(d.app.screen.focused, HeatMap)


async def test_one_service_after_the_other_by_itself_and_all_again() -> None:
    async with drive("ahead") as d:
        await d.press("h")
        seen = []
        for _ in range(4):
            seen.append(d.text.splitlines()[0].split(" cost · ")[1].strip())
            await d.press("s")
        assert seen == ["all services", "Acme · whole organization", "Acme · Code Review", "Postbase"]
        assert "all services" in d.text.splitlines()[0]
        assert [one[1] for one in d.stack.asked if one[0] == "spent_days"] == [
            None, "svc_org", "svc_wait", "svc_db", None,
        ]  # fmt: skip


async def test_a_year_before_as_far_as_anything_is_known() -> None:
    async with drive("ahead") as d:
        await d.press("h", "pageup")
        assert [one[2] for one in d.stack.asked if one[0] == "spent_days"] == [0]  # all of it is in this year
        d.stack.spent["svc_org"] = DaySums(
            costs={date(2025, 6, 3): Decimal(7)}, cost_days=days_from(date(2025, 6, 1), TODAY)
        )
        await d.press("r", "pageup")
        assert day(d) == date(2025, 11, 23)
        assert "$7.00 measured on 1 of 176 known days; most on Tue 3 Jun 2025, $7.00." in d.text
        await d.press("pagedown", "pagedown")
        assert day(d) == TODAY


async def test_the_logs_and_the_currency_are_a_key_away() -> None:
    async with drive("ahead") as d:
        await d.press("h", "dollar_sign")
        assert isinstance(d.app.screen, CurrencyScreen)
        await d.press("escape")
        d.stack.choice = CurrencyChoice(
            show="EUR",
            rates=(Rate(currency="USD", to="EUR", rate=Decimal("0.92"), as_of=date(2026, 11, 20)),),
        )
        d.stack.tell(CurrencyChanged())
        await d.settle()
        await d.press("left", "up")
        assert "Sat 14 Nov · ≈ €3.54 (USD 3.85 measured; your rate 0.92 of 20 Nov)" in d.text
        assert "$3.30" in d.text
        assert "≈ €3.04" in d.text
        await d.press("u", settle=False)
        await d.rounds()
        assert isinstance(d.app.screen, UsageScreen)
        assert d.app.screen.has_class("-year")


async def test_a_long_day_is_wrapped_not_cut() -> None:
    async with drive("ahead", size=(80, 24)) as d:
        d.stack.choice = CurrencyChoice(
            show="EUR",
            rates=(Rate(currency="USD", to="EUR", rate=Decimal("0.92"), as_of=date(2026, 11, 20)),),
        )
        await d.press("h", "up")
        lines = d.text.splitlines()
        at = next(n for n, line in enumerate(lines) if "Sat 21 Nov · ≈ €" in line)
        assert " ".join([lines[at].strip(), lines[at + 1].strip()]).endswith(
            "your rate 0.92 of 20 Nov) · not final yet · not known of 1 service"
        )
        assert "▌Acme" in lines[at + 2]


async def test_what_is_read_meanwhile_is_shown_and_the_cursor_stays() -> None:
    async with drive("ahead") as d:
        await d.press("h", "left", "up")
        d.stack.spent["svc_db"] = DaySums()
        d.stack.tell(ServiceRefreshed("svc_db"))
        await d.settle()
        assert day(d) == date(2026, 11, 14)
        assert "Sat 14 Nov · $3.30 measured" in d.text


async def test_help_has_its_keys_and_those_of_the_calendar() -> None:
    async with drive("ahead", size=(80, 50)) as d:
        await d.press("h", "question_mark")
        assert "Help · What each day cost" in d.text
        for words in ("The services of a day; from there, the service", "A week before", "A year before"):
            assert words in d.text


async def test_without_a_day_it_says_why_and_what_there_is() -> None:
    async with drive() as d:
        await d.press("h")
        assert "No service here has told yet what its days cost." in d.text
        assert "Prices of plans and subscriptions have no days, and are not in it." in d.text
        assert "worth by API is no money spent" in d.text
        assert "Press u for the calendar of the logs on this machine." in d.text
        await d.press("enter", "s", "pageup", "left", "escape")
        assert d.app.screen is d.app.dashboard


async def test_one_day_is_a_calendar_already() -> None:
    async with drive("ahead") as d:
        d.stack.spent = {"svc_org": DaySums(costs={TODAY: Decimal("3.20")}, cost_days=frozenset({TODAY}))}
        await d.press("h")
        assert "Sun 22 Nov · $3.20 measured · so far" in d.text
        assert (
            "$3.20 measured on 1 of 1 known day; most on Sun 22 Nov, $3.20. Known from 22 Nov on." in d.text
        )


async def test_a_failure_says_so_and_takes_nothing_away() -> None:
    async with drive("ahead") as d:
        d.stack.foresight_error = OFFLINE
        await d.press("h")
        assert "✖ The ledger cannot be read." in d.text
        assert "Try again: r." in d.text
        d.stack.foresight_error = None
        await d.press("r")
        assert "measured on" in d.text
        d.stack.foresight_error = OFFLINE
        await d.press("r")
        assert "✖ The ledger cannot be read." in d.text
        assert "measured on" in d.text
        d.stack.foresight_error = None
        await d.press("r")
        assert "✖" not in d.text


async def test_usage_leads_to_what_is_to_come_too_by_key_and_by_palette() -> None:
    for key, place in (("i", InsightsScreen), ("B", BudgetsScreen), ("exclamation_mark", AlertsScreen)):
        async with drive("ahead") as d:
            await d.press("u", settle=False)
            await d.rounds()
            await d.press(key, settle=False)
            await d.rounds()
            assert isinstance(d.app.screen, place)
    async with drive("ahead") as d:
        await d.press("u", settle=False)
        await d.rounds()
        await d.press("ctrl+p", *"budgets", settle=False)
        await d.rounds()
        assert "Budgets: see, set and remove them" in d.text
    async with drive("ahead") as d:
        await d.press("ctrl+p", *"each day")
        assert "What each day of a year cost, as a calendar" in d.text
        await d.press("enter")
        assert isinstance(d.app.screen, SpentYearScreen)


@pytest.mark.parametrize("size", [(60, 20), (40, 12)])
async def test_it_fits_small_terminals(size: tuple[int, int]) -> None:
    async with drive("ahead", size=size) as d:
        await d.press("h")
        assert "Sun 22 Nov" in d.text
        assert all(len(line) <= size[0] for line in d.text.splitlines())
        await d.press("up", "up", "up", "up", "enter")
        assert "› " in d.text.splitlines()[-2] or "›  ▌" in d.text


KEYS = ["i", "h", "left", "up"]


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", ["stackk", "ansi-dark"])
def test_picture(snap_compare, theme: str, size: tuple[int, int]) -> None:
    assert snap_compare(make("ahead", theme=theme), terminal_size=size, run_before=walk(KEYS))


def test_picture_of_a_days_services(snap_compare) -> None:
    assert snap_compare(make("ahead"), terminal_size=(80, 24), run_before=walk([*KEYS, "enter", "j"]))


def test_picture_in_ascii(snap_compare) -> None:
    assert snap_compare(make("ahead", plain=True), terminal_size=(80, 24), run_before=walk(KEYS))


def test_picture_without_a_day(snap_compare) -> None:
    assert snap_compare(make(), terminal_size=(80, 24), run_before=walk(["h"]))

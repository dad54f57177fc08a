"""What each day cost, from a real ledger that was filled by a pretend organization over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.currency import Rate
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.model.usage import UsageSource
from stackk_tui.sandbox.anthropic import ADMIN_KEY
from tests.conftest import NOW, SandboxServer
from tests.stack.helpers import open_stack
from tests.stack.test_foresight import TODAY, days, opened, ten_a_day, track

pytestmark = pytest.mark.anyio
MakeSettings = Callable[..., Settings]


async def test_the_days_of_the_month_are_the_dashboards_total_and_each_dollar_is_there_once(
    settings: MakeSettings, sandbox: SandboxServer
) -> None:
    async with open_stack(settings(**sandbox.env), sandbox) as stack:
        signed_in = await stack.sign_in("anthropic", "admin-key", Secret(ADMIN_KEY))
        choices = [choice.workspace.id for choice in await stack.workspaces(signed_in.account.id)]
        await stack.connect(signed_in.account.id, choices[:3])
        await stack.refresh()
        total = await stack.total()
        year = await stack.spent_days()
        month = [day for day in year.days.values() if day.day >= total.month]
        (measured,) = [part.amount for part in total.parts if part.provenance == "measured"]
        assert measured > 0
        assert sum(day.amount or 0 for day in month) == measured
        alone = {one.service_id: await stack.spent_days(one.service_id) for one in year.services}
        assert len(alone) == 3
        sums = [sum(day.amount or 0 for day in each.days.values()) for each in alone.values()]
        assert max(sums) == sum(day.amount or 0 for day in year.days.values())
        assert sum(sums) > max(sums) > min(sums) > 0


async def test_value_estimated_from_logs_is_never_added_even_before_anything_is_known_of_it(
    settings: MakeSettings,
) -> None:
    async with opened(settings()) as stack:
        await track(stack, batches=[days(ten_a_day())])
        logs = await track(
            stack, "machine", bill="local:1", batches=[days(ten_a_day(amount="70"), UsageSource.LOCAL)]
        )
        year = await stack.spent_days()
        assert {day.amount for day in year.days.values()} == {Decimal(10)}
        assert len(year.days) == 60
        assert logs not in {one.service_id for one in year.services}


async def test_it_is_in_the_currency_that_was_chosen_and_a_year_back_is_the_year_before(
    settings: MakeSettings,
) -> None:
    async with opened(settings()) as stack:
        await track(stack, batches=[days(ten_a_day(length=400))])
        await stack.set_currency("EUR", Rate(currency="USD", to="EUR", rate=Decimal("0.9"), as_of=NOW.date()))
        year = await stack.spent_days()
        assert (year.currency, year.days[TODAY].amount) == ("EUR", Decimal("9.0"))
        before = await stack.spent_days(back=1)
        assert before.last == TODAY - timedelta(weeks=52)
        assert len(before.days) == 400 - 364


async def test_what_there_is_not_is_said(settings: MakeSettings) -> None:
    async with opened(settings()) as stack:
        assert (await stack.spent_days()).days == {}
        for wrong in (stack.spent_days("svc_nobody"), stack.spent_days(back=-1), stack.spent_days(back=99)):
            with pytest.raises(InvalidInput):
                await wrong

"""The budgets of the demo: one that will be passed, one that holds, one of tokens by the week."""

from decimal import Decimal

from stackk_tui.model.forecast import Forecast, NoForecast
from stackk_tui.sandbox.world import IDS
from stackk_tui.stack import Stack

TIGHT, ROOMY = Decimal("0.96"), Decimal("1.3")


async def set_budgets(stack: Stack) -> None:
    """Sets them for what `seed_demo` tracks, so large that they tell a story whatever day it is."""
    views = {view.service.workspace.id: view.service for view in await stack.services()}
    code, here = views[IDS["claude-code"]], next(s for s in views.values() if s.workspace.kind == "machine")
    if all_of_it := _end(await stack.forecast()):
        await stack.set_budget(_round(all_of_it * TIGHT))
    if of_code := _end(await stack.forecast(code.id)):
        await stack.set_budget(_round(of_code * ROOMY), scope="service", target=code.id)
    if tokens := _end(await stack.forecast(here.id, "tokens")):
        a_week = _round(tokens / 4)
        await stack.set_budget(a_week, scope="service", target=here.id, period="week", unit="tokens")


def _end(coming: Forecast | NoForecast) -> Decimal | None:
    """Gives what a month ends at, prices included."""
    if not isinstance(coming, Forecast):
        return None
    fixed = sum((part.amount for part in coming.fixed if part.currency == coming.currency), Decimal(0))
    return coming.expected + fixed


def _round(amount: Decimal) -> Decimal:
    """Gives two significant digits, as a person would say them."""
    return (
        Decimal(int(amount.scaleb(1 - amount.adjusted()))).scaleb(amount.adjusted() - 1).quantize(Decimal(1))
    )

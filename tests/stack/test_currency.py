"""Totals in a currency that was chosen in config.toml or typed in the app."""

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from stackk_tui.model.currency import Rate
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.events import CurrencyChanged
from tests.stack.helpers import add_custom, open_stack, recorded

RATE = Rate(currency="USD", to="EUR", rate=Decimal("0.92"), as_of=date(2026, 11, 20))


def test_what_was_typed_is_kept_and_converts_the_total(settings, sandbox) -> None:
    made = settings(**sandbox.env)

    async def story() -> None:
        async with open_stack(made, sandbox) as stack:
            await add_custom(stack, "GitHub Team", "20")
            assert (await stack.total()).converted is None
            events = recorded(stack)
            day = sandbox.clock().date()
            rate = RATE.model_copy(update={"as_of": day})
            assert (await stack.set_currency("EUR", rate)).rate_of("USD") == rate
            assert events == [CurrencyChanged()]
        async with open_stack(made, sandbox) as stack:
            total = await stack.total()
            assert total.amount("USD") == 20
            assert total.converted is not None
            assert (total.converted.amount, total.converted.currency) == (Decimal("18.40"), "EUR")
            board = await stack.board()
            assert board.converted is not None
            assert board.converted.rates[0].as_of == day.isoformat()
            await stack.set_currency("GBP")
            assert (await stack.total()).converted is None, "a rate to EUR says nothing of GBP"
            await stack.set_currency("EUR")
            assert (await stack.total()).converted is not None, "the rate was not lost"
            await stack.set_currency("")
            assert (await stack.total()).converted is None

    asyncio.run(story())


def test_config_toml_goes_before_and_what_was_typed_waits(settings, sandbox) -> None:
    made = settings(**sandbox.env)

    async def story() -> None:
        async with open_stack(made, sandbox) as stack:
            await add_custom(stack, "GitHub Team", "20")
            day = sandbox.clock().date()
            write(made.paths.config_file, f'rate = "0.90", as_of = "{day}"')
            await stack.set_currency("GBP", RATE.model_copy(update={"to": "GBP", "as_of": day}))
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            choice = await stack.currency()
            assert (choice.show, choice.from_file) == ("EUR", True)
            converted = (await stack.total()).converted
            assert converted is not None
            assert converted.amount == 18
        made.paths.config_file.unlink()
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            assert (await stack.currency()).show == "GBP"

    asyncio.run(story())


def test_a_bad_rate_is_said_and_loses_nothing(settings, sandbox) -> None:
    made = settings(**sandbox.env)

    async def story() -> None:
        write(made.paths.config_file, 'rate = "0,90", as_of = "2026-11-20"')
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            await add_custom(stack, "GitHub Team", "20")
            total = await stack.total()
            assert total.amount("USD") == 20
            assert total.converted is None
            assert "'0,90' of USD is not a decimal over 0" in total.currency_problem
            assert "config.toml" in (await stack.board()).currency_problem
            with pytest.raises(InvalidInput):
                await stack.set_currency("EUR", RATE.model_copy(update={"rate": Decimal(0)}))
            with pytest.raises(InvalidInput):
                await stack.set_currency("EURO")
        made.paths.config_file.unlink()
        async with open_stack(settings(**sandbox.env), sandbox) as stack:
            assert (await stack.currency()).show == ""

    asyncio.run(story())


def write(path: Path, rate: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'[currency]\nshow = "EUR"\n[currency.rates]\nUSD = {{ {rate} }}\n')

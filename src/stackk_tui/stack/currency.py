"""The currency of totals: config.toml's word first, else what was typed in the app and kept in the ledger."""

from stackk_tui.insight.currency import (
    checked_code,
    checked_day,
    checked_rate,
    choice_of,
    together,
    with_rate,
)
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.events import CurrencyChanged
from stackk_tui.stack.core import Core, log

KEY = "currency"


class Currencies:
    def __init__(self, core: Core) -> None:
        self._core = core

    async def choice(self) -> CurrencyChoice:
        """Gives what holds; a setting that cannot be used is a `problem`, and converts nothing."""
        kept = await self.kept()
        try:
            file = choice_of(self._core.settings.file.get("currency", {}), self._core.clock().date())
        except InvalidInput as error:
            return CurrencyChoice(problem=f"config.toml: {error.what} {error.next_step}".strip())
        return together(file, kept)

    async def kept(self) -> CurrencyChoice:
        """Gives what was typed in the app."""
        text = await self._core.ledger.setting(KEY)
        try:
            return CurrencyChoice.model_validate_json(text) if text else CurrencyChoice()
        except ValueError:  # of another version
            log.warning("the currency that was typed cannot be read")
            return CurrencyChoice()

    async def keep(self, show: str, rate: Rate | None) -> CurrencyChoice:
        """Keeps what was typed, and gives what holds now. Rates to other currencies stay.

        Raises InvalidInput, StorageError.
        """
        kept, today = await self.kept(), self._core.clock().date()
        rates = kept.rates
        if rate is not None:
            checked_rate(rate.rate, checked_code(rate.currency))
            checked_day(rate.as_of, rate.currency, today)
            rates = with_rate(rates, rate)
        choice = CurrencyChoice(show=checked_code(show) if show else "", rates=rates)
        await self._core.ledger.put_setting(KEY, choice.model_dump_json(exclude={"from_file", "problem"}))
        self._core.tell(CurrencyChanged())
        return await self.choice()

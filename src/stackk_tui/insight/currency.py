"""Totals in the currency a person chose, by rates they typed and dated; the original always stays."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.text import clean
from stackk_tui.model.view import Converted, Total

MOST, LEAST = Decimal(10) ** 9, Decimal(10) ** -9
_CENT = Decimal("0.01")
_UNUSED = "Amounts stay in their own currencies."


def converted(total: Total, choice: CurrencyChoice) -> Total:
    """Gives the total with its sum in the chosen currency, where any part of it has to be converted.

    A part without a rate stays beside the sum, as it is.
    """
    if not choice.show or choice.problem:
        return total.model_copy(update={"currency_problem": choice.problem})
    used: dict[str, Rate] = {}
    amount, rest = Decimal(0), []
    for part in total.parts:
        rate = choice.rate_of(part.currency)
        if part.currency == choice.show:
            amount += part.amount
        elif rate is not None:
            used[part.currency] = rate
            amount += part.amount * rate.rate
        else:
            rest.append(part)
    if not used:
        return total
    made = Converted(
        amount=amount.quantize(_CENT), currency=choice.show, rates=tuple(used.values()), rest=tuple(rest)
    )
    return total.model_copy(update={"converted": made})


def choice_of(table: object, today: date) -> CurrencyChoice:
    """Reads `[currency]` of config.toml.

    Raises InvalidInput that names what is wrong.
    """
    if not isinstance(table, Mapping):
        raise _wrong("currency is no table.", 'Write [currency] with show = "EUR" below it.')
    if unknown := sorted(set(table) - {"show", "rates"}):
        raise _wrong(f"[currency] has no setting {clean(unknown[0], 40)!r}.", "It has show and rates.")
    rates = table.get("rates", {})
    if not isinstance(rates, Mapping):
        raise _wrong("[currency.rates] is no table.", _EXAMPLE)
    if "show" not in table:
        if rates:
            raise _wrong("[currency] has rates, but not the currency to show.", 'Add show = "EUR".')
        return CurrencyChoice()
    show = checked_code(table["show"])
    return CurrencyChoice(
        show=show, rates=tuple(_rate(code, show, said, today) for code, said in rates.items()), from_file=True
    )


def together(file: CurrencyChoice, kept: CurrencyChoice) -> CurrencyChoice:
    """Gives what holds: config.toml says what to show and its own rates; the rest is what was typed."""
    own = {(rate.currency, rate.to) for rate in file.rates}
    more = (rate for rate in kept.rates if (rate.currency, rate.to) not in own)
    return CurrencyChoice(show=file.show or kept.show, rates=(*file.rates, *more), from_file=bool(file.show))


def with_rate(rates: Iterable[Rate], new: Rate) -> tuple[Rate, ...]:
    """Gives the rates with one put in place of what was there for the same two currencies."""
    return (*(r for r in rates if (r.currency, r.to) != (new.currency, new.to)), new)


def checked_code(said: object) -> str:
    """Gives three letters in capitals. Raises InvalidInput."""
    code = said.strip().upper() if isinstance(said, str) else ""
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise _wrong(f"The currency {_shown(said)} is not a code of three letters.", "Write it like EUR.")
    return code


def checked_rate(said: object, currency: str) -> Decimal:
    """Gives a decimal over 0. Raises InvalidInput."""
    try:
        rate = Decimal(str(said).strip()) if isinstance(said, str | int | float | Decimal) else Decimal("NaN")
    except InvalidOperation:
        rate = Decimal("NaN")
    if isinstance(said, bool) or not rate.is_finite() or not LEAST <= rate <= MOST:
        raise _wrong(f"The rate {_shown(said)} of {currency} is not a decimal over 0.", "Write it like 0.92.")
    return rate


def checked_day(said: object, currency: str, today: date) -> date:
    """Gives the day of a rate, today at the latest. Raises InvalidInput."""
    try:
        day = said if isinstance(said, date) else date.fromisoformat(str(said).strip())
    except ValueError:
        words = "has no day" if said is None else f"has the day {_shown(said)}, which is none"
        raise _wrong(f"The rate of {currency} {words}.", 'Write it like as_of = "2026-11-20".') from None
    day = day.date() if isinstance(day, datetime) else day
    if day > today + timedelta(days=1):  # a day may have begun elsewhere
        raise _wrong(f"The rate of {currency} is of {day}, which is yet to come.", "Write the day it was.")
    return day


def _rate(code: str, show: str, said: object, today: date) -> Rate:
    currency = checked_code(code)
    if currency == show:
        raise _wrong(f"A rate from {show} to itself is none.", f"Remove it from [currency.rates]: {show}.")
    if not isinstance(said, Mapping):
        raise _wrong(f"[currency.rates] has no rate with its day for {currency}.", _EXAMPLE)
    return Rate(
        currency=currency,
        to=show,
        rate=checked_rate(said.get("rate"), currency),
        as_of=checked_day(said.get("as_of"), currency, today),
    )


_EXAMPLE = 'Write it like USD = { rate = "0.92", as_of = "2026-11-20" }.'


def _shown(said: object) -> str:
    return repr(clean(str(said), 40))


def _wrong(what: str, next_step: str) -> InvalidInput:
    return InvalidInput(what, _UNUSED, next_step)

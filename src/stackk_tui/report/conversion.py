"""How a total in a chosen currency is written: `≈ €568.00 (USD 397.31 measured + 220.00 list price; your rate
0.92 of 20 Nov)`. The original always stands beside it.

Standard library only: the first paint uses it.
"""

from collections.abc import Sequence
from datetime import date

from stackk_tui.model.board import RateLine, TotalLine
from stackk_tui.report.format import calendar_day, day, marks, money_digits, total_words

OLD = ", old"


def original(totals: Sequence[TotalLine], rest: Sequence[TotalLine], *, full: bool) -> str:
    """Gives the amounts that a converted sum is made of: `USD 397.31 measured + 220.00 list price`."""
    parts = [part for part in totals if part not in rest]
    groups = []
    for currency in dict.fromkeys(part.currency for part in parts):
        own = [_amount(part, full=full) for part in parts if part.currency == currency]
        groups.append(f"{currency} {' + '.join(own)}")
    return " · ".join(groups)


def rate_words(rates: Sequence[RateLine], today: date, *, full: bool) -> str:
    """Gives `your rate 0.92 of 20 Nov`; several are told apart by their currencies, an old one says so."""
    said = []
    for rate in rates:
        of = calendar_day(rate.as_of)
        when = (day(of, today) if of else rate.as_of) + (OLD if rate.old else "")
        which = f"{rate.currency} " if len(rates) > 1 else ""
        said.append(f"{which}{rate.rate} of {when}" if full else f"{which}of {when}")
    word = "rate" if len(rates) == 1 else "rates"
    return f"{'your ' if full else ''}{word} {', '.join(said)}"


def _amount(part: TotalLine, *, full: bool) -> str:
    before, after = marks(part.provenance)
    words = total_words(part.provenance) if full else after
    return f"{before} {money_digits(part.amount, part.currency)} {words}".strip()

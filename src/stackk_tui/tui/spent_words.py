"""What is said of a year of money: its sum, its days, and what is not in it. Pure functions."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from stackk_tui.insight.heat import Calendar, calendar
from stackk_tui.model.board import RateLine, TotalLine
from stackk_tui.model.spent import SpentDay, SpentPart, SpentService, SpentYear
from stackk_tui.report import format as f
from stackk_tui.report.conversion import original, rate_words
from stackk_tui.tui.widgets.usage_words import many

MEASURED = "measured"
NAMED = 4
"""Services of which it is said since when they are known."""
FRESH = timedelta(days=2)
"""A report of yesterday may come tomorrow: only what is older is called the last."""

Names = Mapping[str, str]
"""What services are called, by id."""


def calendar_of(year: SpentYear) -> Calendar:
    """Gives the calendar of a year; every day that is known is told by itself."""
    return calendar({day: one.value for day, one in year.days.items()}, year.last, known_from=None)


def sum_words(parts: Iterable[SpentPart], year: SpentYear) -> str:
    """Gives `$82.10 measured`, or `≈ €9.20 (USD 10.00 measured; your rate 0.92 of 20 Nov)`; what has no rate
    stands behind it."""
    told: dict[str, Decimal] = {}
    beside: dict[str, Decimal] = {}
    shown = Decimal(0)
    for part in parts:
        if part.amount is not None:
            into = beside if part.shown is None else told
            into[part.currency] = into.get(part.currency, Decimal(0)) + part.amount
            shown += part.shown or Decimal(0)
    used = {code for code, amount in told.items() if amount} - {year.currency}
    said = f"{f.money(shown, year.currency)} {MEASURED}"
    if used:
        lines = [TotalLine(str(amount), code, MEASURED) for code, amount in told.items() if amount]
        rates = [
            RateLine(r.currency, str(r.rate), r.as_of.isoformat(), r.is_old(year.today))
            for r in year.rates
            if r.currency in used
        ]
        words = rate_words(rates, year.today, full=True)
        said = f"≈ {f.money(shown, year.currency)} ({original(lines, (), full=True)}; {words})"
    others = [f"{f.money(amount, code)} {MEASURED}" for code, amount in sorted(beside.items()) if amount]
    return " · ".join([*([said] if told or not others else []), *others])


def day_words(year: SpentYear, day: date) -> list[str]:
    """Gives what is said of the day under the cursor: its name, then what is known of it."""
    name, found = f"{f.weekday(day)} {f.day(day, year.today)}", year.days.get(day)
    if found is None:
        return [name, f"not known: {_why_unknown(year, day)}"]
    spent = found.amount or found.beside
    words = [sum_words(found.parts, year)] if spent or found.missing else ["nothing was billed"]
    if day == year.today:
        words.append("so far")
    elif not found.final:
        words.append("not final yet")
    if found.missing:
        words.append(f"not known of {many(len(found.missing), 'service')}")
    return [name, *words]


def year_words(year: SpentYear, names: Names) -> list[str]:
    """Gives the year in sentences: what it sums up to, on how many days, and since when it is known."""
    if not year.days:
        return [f"Nothing is known of these days. {_since(year, names)}".strip()]
    spent = [day for day in year.days.values() if day.amount]
    in_part = sum(bool(day.missing) for day in year.days.values())
    parts = [part for day in year.days.values() for part in day.parts]
    said = f"{sum_words(parts, year)} on {f.count(len(spent))} of {many(len(year.days), 'known day')}"
    if spent:
        most = max(spent, key=lambda day: day.amount or 0)
        about = "≈ " if year.rates else ""
        value = f"{about}{f.money(most.amount or Decimal(0), year.currency)}"
        said += f"; most on {f.weekday(most.day)} {f.day(most.day, year.today)}, {value}"
    sentences = [f"{said}."]
    if year.rates:
        sentences.append("All days are converted by the same rate.")
    if in_part:
        sentences.append(f"Of {many(in_part, 'day')} not every service is known.")
    return [*sentences, _since(year, names)]


def nothing_words(year: SpentYear) -> list[tuple[str, str]]:
    """Gives the words in place of a calendar, where no service tells any day."""
    return [
        ("No service here has told yet what its days cost.", "text"),
        *((note, "quiet") for note in year.notes),
        ("Press u for the calendar of the logs on this machine.", "accent"),
    ]


def part_words(part: SpentPart, day: SpentDay, year: SpentYear) -> tuple[str, str]:
    """Gives what one service cost, and its share of the day or what else is to know of it."""
    if part.amount is None:
        return f.UNKNOWN, "not known of this day"
    own = f.money(part.amount, part.currency)
    if part.shown is None:
        return own, f"no rate to {year.currency}"
    share = f.percent(float(part.shown / day.amount)).rjust(5) if day.amount and part.shown else ""
    if part.currency == year.currency or not part.amount:
        return own, share
    return own, f"{share}  ≈ {f.money(part.shown, year.currency)}".strip()


def _why_unknown(year: SpentYear, day: date) -> str:
    told = _counting(year)
    first = min((one.first for one in told), default=day)
    last = max((one.last for one in told), default=day)
    if day < first:
        return f"what is known begins on {f.day(first, year.today)}"
    if day > last:
        return f"it was last read of {f.day(last, year.today)}"
    return "it was never read"


def _counting(year: SpentYear) -> list[SpentService]:
    """Gives the services that these days are made of; all that tell any where nothing is known of them."""
    ids = {part.service_id for day in year.days.values() for part in day.parts}
    told = [one for one in year.services if year.service_id in (None, one.service_id)]
    return [one for one in told if one.service_id in ids] or told


def _since(year: SpentYear, names: Names) -> str:
    told = _counting(year)
    if not told:
        return ""
    firsts = sorted(told, key=lambda one: (one.first, names.get(one.service_id, one.name)))
    if len({one.first for one in told}) == 1:
        words = [f"Known from {f.day(firsts[0].first, year.today)} on."]
    else:
        each = [
            f"{names.get(one.service_id, one.name)} {f.day(one.first, year.today)}" for one in firsts[:NAMED]
        ]
        more = f" and {len(firsts) - NAMED} more" if len(firsts) > NAMED else ""
        words = [f"Known from: {', '.join(each)}{more}."]
    for one in firsts:
        if one.last < year.today - FRESH:
            name = names.get(one.service_id, one.name)
            words.append(f"{name} was last read of {f.day(one.last, year.today)}.")
    return " ".join(words)

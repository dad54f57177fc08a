"""How figures are written: numbers, money, ages, dates and the marks of provenance. One hand for all screens
and all tables, so that the same figure has the same width and the same words everywhere.

Standard library only: the first paint uses it. Provenance comes as its word (`model/figure.py`).
"""

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

UNKNOWN = "–"
"""Stands where a figure cannot be known; the reason is said in the detail."""

NBSP = "\u00a0"

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$"}
_NO_CENTS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK"})
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_PROVENANCE_WORDS = {
    "measured": "measured",
    "list-price": "list price",
    "estimated": "estimated",
    "entered": "typed by you",
    "not-exposed": "not exposed by this API",
    "not-permitted": "not permitted with this sign-in",
}
_PREFIX_MARKS = {"estimated": "≈", "entered": "✎"}
_SUFFIX_MARKS = {"list-price": "list"}

LEAST_SHOWN = "0.000001"
"""Of money; what is less is said to be less."""

HIGH = 0.8
"""From this share of a limit on, a person should look."""


# numbers


def count(number: int) -> str:
    """Gives `1,234,567`."""
    return f"{number:,}"


def compact(number: int) -> str:
    """Gives three significant digits and a unit: `980`, `12.3 k`, `18.2 M`, `1.04 B`."""
    size = abs(number)
    if size < 1000:
        return str(number)
    for factor, unit in ((10**3, "k"), (10**6, "M"), (10**9, "B"), (10**12, "T")):
        scaled = size / factor
        if scaled < 999.5 or unit == "T":
            digits = 2 if unit in "BT" and scaled < 9.995 else 1 if scaled < 99.95 or unit == "M" else 0
            return f"{'-' if number < 0 else ''}{scaled:,.{digits}f} {unit}"
    raise AssertionError("every size has a unit")


def percent(share: float) -> str:
    """Gives `61 %`. Rounding never says empty of what is begun, nor full of what is not yet."""
    if 0 < share < 0.01:
        return "<1 %"
    whole = round(share * 100)
    if share < 1 and whole >= 100:
        whole = 99
    return f"{whole} %"


def data_size(size: float) -> str:
    """Gives bytes in powers of 1024: `512 B`, `8.0 GB`."""
    for unit in ("B", "KB", "MB", "GB"):
        if abs(size) < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"


def quantity(value: str | None, unit: str) -> str:
    """Gives a metric's value in its unit: bytes scaled, whole numbers grouped, currencies as money."""
    if value is None:
        return UNKNOWN
    try:
        number = Decimal(value)
    except InvalidOperation:
        return f"{value} {unit}".strip()
    if not number.is_finite():
        return UNKNOWN
    if unit == "bytes":
        return data_size(float(number))
    if len(unit) == 3 and unit.isupper():
        return money(number, unit)
    grouped = f"{number:,f}"
    return f"{grouped} {unit}".strip()


# money


def money(amount: Decimal | str, currency: str = "USD", *, brief: bool = False) -> str:
    """Gives `$1,301.20`, `€20.00`, `CHF 12.00`; `brief` drops cents that are zero: `$500`.

    An amount that would round to nothing is written with what it takes to see it: `$0.0042`, `<$0.000001`.
    """
    digits = money_digits(amount, currency, brief=brief)
    number = digits.lstrip("<>-")
    symbol = _SYMBOLS.get(currency) or f"{currency}{NBSP}"
    return f"{digits.removesuffix(number)}{symbol}{number}"


def money_digits(amount: Decimal | str, currency: str, *, brief: bool = False) -> str:
    """Gives an amount as `money` does, without its currency: `1,301.20`."""
    value = amount if isinstance(amount, Decimal) else Decimal(amount)
    places = 0 if currency in _NO_CENTS else 2
    if brief and value == value.to_integral_value():
        places = 0
    rounded = round_to(value, places)
    if value and not rounded:
        places = min(6, -value.adjusted() + 1)
        rounded = round_to(value, places)
        if not rounded:  # no zero is said of what is something
            return f"{'<' if value > 0 else '>-'}{LEAST_SHOWN}"
    return f"{rounded or abs(rounded):,.{places}f}"


def round_to(value: Decimal, places: int) -> Decimal:
    """Gives `value` with that many decimals, halves to even."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def marked(text: str, provenance: str) -> str:
    """Gives a figure with the mark of where it comes from: `$200 list`, `≈ $88.40`, `✎ $12.00`."""
    if provenance in _PREFIX_MARKS:
        return f"{_PREFIX_MARKS[provenance]} {text}"
    if provenance in _SUFFIX_MARKS:
        return f"{text} {_SUFFIX_MARKS[provenance]}"
    return text


def marks(provenance: str) -> tuple[str, str]:
    """Gives the mark before and the mark after a figure, either may be empty."""
    return _PREFIX_MARKS.get(provenance, ""), _SUFFIX_MARKS.get(provenance, "")


def provenance_words(provenance: str) -> str:
    """Gives the provenance as a person says it: `list price`, `typed by you`."""
    return _PROVENANCE_WORDS.get(provenance, provenance)


def total_words(provenance: str) -> str:
    """Gives what stands after a part of the month's total: `measured`, `list price`, `typed`."""
    return {"entered": "typed", "list-price": "list price"}.get(provenance, provenance)


# levels


def level(share: float | None) -> str:
    """Gives `ok`, `high` or `full` of a limit's share; `ok` when nothing is known."""
    if share is None or share < HIGH:
        return "ok"
    return "high" if share < 1 else "full"


def bar(share: float | None, width: int, *, plain: bool = False) -> tuple[str, str]:
    """Gives the filled and the empty part of a bar `width` cells wide; only a full one has no gap."""
    full, half, empty = ("=", "=", "-") if plain else ("━", "╸", "─")
    halves = 0
    if share is not None and share > 0 and math.isfinite(share):
        halves = min(2 * width, max(1, round(share * 2 * width)))
        if share < 1:
            halves = min(halves, 2 * width - 1)
    filled = full * (halves // 2) + half * (halves % 2)
    return filled, empty * (width - len(filled))


def sparkline(values: Sequence[float | None], *, plain: bool = False) -> str:
    """Gives one character a value on a scale from zero. An unknown value is a gap, never a zero."""
    steps = "_.:-=+*#" if plain else "▁▂▃▄▅▆▇█"
    gap = " " if plain else "·"
    known = [v for v in values if v is not None and math.isfinite(v)]
    if not known:
        return ""
    top = max(known)

    def step(value: float | None) -> str:
        if value is None or not math.isfinite(value):
            return gap
        if value <= 0 or top <= 0:
            return steps[0]
        return steps[max(1, min(len(steps) - 1, round(value / top * (len(steps) - 1))))]

    return "".join(map(step, values))


# times


def instant(text: str | None) -> datetime | None:
    """Reads an ISO-8601 time as an aware datetime; None if there is none or it cannot be read."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def calendar_day(text: str | None) -> date | None:
    """Reads an ISO date; None if there is none or it cannot be read."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def age(moment: datetime | None, now: datetime) -> str:
    """Gives a coarse age that seldom changes, in four cells: `<5m`, `25m`, `3h`, `2d`; `–` for never."""
    if moment is None:
        return UNKNOWN
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 5:
        return "<5m"
    if minutes < 60:
        return f"{minutes // 5 * 5}m"
    hours = minutes // 60
    if hours < 48:
        return f"{hours}h"
    return f"{min(hours // 24, 999)}d"


def age_words(moment: datetime | None, now: datetime) -> str:
    """Gives `under 5 min ago`, `25 min ago`, `3 h ago`, `2 days ago`; `never` for None."""
    if moment is None:
        return "never"
    short = age(moment, now)
    if short == "<5m":
        return "under 5 min ago"
    words = {"m": "min", "h": "h", "d": "days"}[short[-1]]
    return f"{short[:-1]} {words} ago"


def until(moment: datetime, now: datetime) -> str:
    """Gives the time left: `4 d 3 h`, `2 h 10 min`, `25 min`, `under a minute`, `now`."""
    left = moment - now
    if left <= timedelta(0):
        return "now"
    minutes = int(left.total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60:02} min"
    return f"{minutes} min" if minutes else "under a minute"


def when(moment: datetime, now: datetime) -> str:
    """Gives a moment in local time, as short as it is clear: `10:42`, `Thu 09:00`, `10 Dec`."""
    local, today = moment.astimezone(), now.astimezone().date()
    distance = abs((local.date() - today).days)
    if distance == 0:
        return f"{local:%H:%M}"
    if distance < 7:
        return f"{_WEEKDAYS[local.weekday()]} {local:%H:%M}"
    return day(local.date(), today)


def band(soonest: datetime, latest: datetime | None, now: datetime) -> str:
    """Gives `15:40–17:20`, `Mon 23:00–Tue 02:00`, `now–17:20`; `15:40 or later` where it has no end."""
    begins = "now" if soonest <= now else when(soonest, now)
    if latest is None:
        return f"{begins} or later"
    same_day = soonest > now and soonest.astimezone().date() == latest.astimezone().date()
    return f"{begins}–{latest.astimezone():%H:%M}" if same_day else f"{begins}–{when(latest, now)}"


def could_be_full(soonest: datetime, now: datetime) -> str:
    """Gives `could be full from 14:20`, for what resets first at its usual rate."""
    return f"could be full {'any time' if soonest <= now else f'from {when(soonest, now)}'}"


def day(value: date, today: date) -> str:
    """Gives `10 Dec`, with the year only when it could be taken for another: `10 Dec 2027`."""
    short = f"{value.day} {_MONTHS[value.month - 1][:3]}"
    return short if abs((value - today).days) < 320 else f"{short} {value.year}"


def weekday(value: date) -> str:
    """Gives `Mon`."""
    return _WEEKDAYS[value.weekday()]


def days(first: date, last: date, today: date) -> str:
    """Gives `16 – 22 Nov`, `28 Sep – 4 Oct`, with the year where `day` gives it; one day alone."""
    end = day(last, today)
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} – {end}"
    return f"{day(first, today)} – {end}"


def month_name(value: date) -> str:
    """Gives `November`."""
    return _MONTHS[value.month - 1]

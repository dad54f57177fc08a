"""Figures and moments in the words of an alert: short, with the mark of where they come from."""

from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal

from stackk_tui.model.anomaly import Cause, Unusual

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SOURCES = {
    "measured": "Measured, not estimated.",
    "estimated": "Estimated, or a part of it is.",
    "list-price": "By list prices, not by what you pay.",
    "entered": "From what you typed.",
}
_TROUBLE = {
    "unauthorized": "a new sign-in has been needed for more than {}",
    "vault-locked": "not read for more than {}: the vault is locked",
    "forbidden": "not read for more than {}: this sign-in may not",
    "rate-limited": "not read for more than {}: asked too often",
    "spend-limit": "not read for more than {}: a spend limit is reached",
    "network": "not read for more than {}: no connection",
    "timeout": "not read for more than {}: no answer in time",
    "protocol": "not read for more than {}: its answers cannot be understood",
}


def amount(value: Decimal, currency: str, unit: str = "money", provenance: str = "measured") -> str:
    """Gives `$1,301.20`, `12.00 CHF`, `1,200,000 tokens`; `≈` before what is estimated."""
    mark = "≈ " if provenance == "estimated" else ""
    if unit == "tokens":
        return f"{mark}{value.to_integral_value():,} tokens"
    number = f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):,}"
    symbol = _SYMBOLS.get(currency)
    return f"{mark}{symbol}{number}" if symbol else f"{mark}{number} {currency}"


def percent(share: float) -> str:
    """Gives `61 %`; never 100 of what is not yet full."""
    if 0 < share < 0.01:
        return "<1 %"
    whole = round(share * 100)
    return f"{99 if share < 1 and whole >= 100 else whole} %"


def cause(one: Cause) -> str:
    """Gives `model opus: 90 % of what is above the usual`; `≈` before a share that is estimated."""
    mark = "≈ " if one.provenance == "estimated" else ""
    return f"{one.kind} {one.name}: {mark}{percent(one.share)} of what is above the usual"


def day(value: date) -> str:
    """Gives `Thu 26 Nov`."""
    return f"{_WEEKDAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"


def moment(value: datetime, zone: tzinfo | None) -> str:
    """Gives `Thu 26 Nov 14:05` in a zone; None is this machine's."""
    local = value.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M}"


def band(soonest: datetime, latest: datetime | None, zone: tzinfo | None, now: datetime) -> str:
    """Gives `between Thu 26 Nov 13:45 and Thu 26 Nov 15:00`, `Thu 26 Nov 13:45 or later`; of a time that is
    over by now `between now and …`, `now or later`."""
    begins = "now" if soonest <= now else moment(soonest, zone)
    if latest is None:
        return f"{begins} or later"
    return f"between {begins} and {moment(latest, zone)}"


def source(provenance: str) -> str:
    """Gives where a figure comes from, in a sentence."""
    return _SOURCES.get(provenance, f"Known as: {provenance}.")


def trouble(code: str, hours: int) -> str:
    """Gives what is wrong with a service, without its name."""
    return _TROUBLE.get(code, "not read for more than {}: it does not answer").format(
        "an hour" if hours == 1 else f"{hours} hours"
    )


def unusual(one: Unusual) -> str:
    """Gives `$82.10 in an hour, usually $4.00`, `26 % of the weekly window in 6 hours, usually 3 %`."""
    anomaly = one.anomaly
    if one.measure == "limit":
        hours = max(1, round((one.end - anomaly.start).total_seconds() / 3600))
        went, usual = percent(float(anomaly.amount)), percent(float(anomaly.usual))
        return f"{went} of {one.limit_label} in {hours} h, usually {usual}"
    unit = "tokens" if one.measure == "tokens" else "money"
    went, usual = (
        amount(value, one.currency or "", unit, one.provenance) for value in (anomaly.amount, anomaly.usual)
    )
    return f"{went} in {'an hour' if anomaly.slot == 'hour' else 'a day'}, usually {usual}"

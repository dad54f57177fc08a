"""What may be typed into a form: checked and made uniform. Pure functions."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

CYCLES = ("monthly", "yearly")
_MONEY = re.compile(r"\d{1,9}(\.\d{1,4})?")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+\.\d{1,4}")
_COMMA = re.compile(r"\d{1,9},\d{1,2}")
TOKEN_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class Wrong(ValueError):
    """What was typed cannot be used; the message is for the person."""


def money(text: str) -> str:
    """Gives `20.00` of `20.00`, `20,00` or `1,200.00`. Raises Wrong, also where it could mean two things."""
    text = text.strip().lstrip("$€£¥ ").replace("\u00a0", "").replace(" ", "")
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    elif _COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if not _MONEY.fullmatch(text):
        raise Wrong("Write an amount such as 20 or 20.00")
    return str(Decimal(text))


def currency(text: str) -> str:
    """Gives the three letters in capitals. Raises Wrong."""
    text = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise Wrong("Three letters, such as USD or EUR")
    return text


def rate(text: str) -> str:
    """Gives a decimal over 0. Raises Wrong."""
    text = text.strip()
    if not re.fullmatch(r"\d{1,9}([.,]\d{1,9})?", text) or not Decimal(text.replace(",", ".")):
        raise Wrong("A decimal over 0, such as 0.92")
    return text.replace(",", ".")


def tokens(text: str) -> str:
    """Gives `20000000` of `20 M`, `20m`, `20,000,000`. Raises Wrong."""
    text = text.strip().replace(" ", "").replace("_", "").upper()
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)([KMB]?)", text)
    amount = Decimal(match[1]) * TOKEN_UNITS[match[2]] if match else Decimal(0)
    if not amount or amount != amount.to_integral_value():
        raise Wrong("Write a whole number such as 500k, 20M or 20000000")
    return str(int(amount))


def percents(text: str) -> str:
    """Gives `50 80 100` of `100, 50 %, 80`. Raises Wrong."""
    found = re.split(r"[\s,;%]+", text.strip(" ,;%"))
    if not all(re.fullmatch(r"\d{1,3}", one) and 1 <= int(one) <= 200 for one in found):
        raise Wrong("Whole percentages from 1 to 200, such as 50 80 100")
    return " ".join(str(one) for one in sorted({int(one) for one in found}))


def day(text: str) -> str:
    """Gives an ISO date. Raises Wrong."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise Wrong("Write the date as 2026-12-03") from None
    if not 2000 <= found.year <= 2199:
        raise Wrong("That year is too far away")
    return found.isoformat()


def cycle(text: str) -> str:
    """Gives `monthly` or `yearly`. Raises Wrong."""
    text = text.strip().lower()
    if text not in CYCLES:
        raise Wrong("monthly or yearly")
    return text


def color(text: str) -> str:
    """Gives a colour as `#rrggbb`. Raises Wrong."""
    text = text.strip()
    text = text if text.startswith("#") else f"#{text}"
    if not _COLOR.fullmatch(text):
        raise Wrong("Six hexadecimal digits, such as #5fafff")
    return text.lower()


def zone(text: str) -> str:
    """Gives the name of a time zone. Raises Wrong."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(text.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong("Write a time zone as Europe/Berlin or UTC") from None


def words(text: str) -> str:
    """Gives the text without spaces around it. Raises Wrong when it is too long."""
    text = text.strip()
    if len(text) > 80:
        raise Wrong("At most 80 characters")
    return text


CHECKS: dict[str, Callable[[str], str]] = {
    "text": words,
    "category": words,
    "money": money,
    "currency": currency,
    "rate": rate,
    "cycle": cycle,
    "tokens": tokens,
    "percents": percents,
    "date": day,
    "color": color,
    "zone": zone,
}


def check(kind: str, text: str, *, required: bool) -> str:
    """Gives what was typed in its uniform form, empty if nothing was and nothing has to be. Raises Wrong."""
    if not text.strip():
        if required:
            raise Wrong("This is needed")
        return ""
    return CHECKS.get(kind, words)(text)

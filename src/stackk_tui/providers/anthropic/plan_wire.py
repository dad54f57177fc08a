"""What `claude` says of its login and of the plan's windows (`api/anthropic.md` §4.3), read leniently.

`get_usage` is experimental: whatever is missing, null or of another kind is left out, never guessed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from stackk_tui.model.figure import Money
from stackk_tui.model.text import clean

FIVE_HOUR = "five_hour"
SEVEN_DAY = "seven_day"
EXTRA_USAGE = "extra_usage"
WINDOWS = (FIVE_HOUR, SEVEN_DAY, "seven_day_opus", "seven_day_sonnet", "seven_day_oauth_apps")
CLAUDE_AI = "claude.ai"
"""The `authMethod` of a login that has a plan."""

_NO_CENTS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XPF"}
)
_VERSION = re.compile(r"\s*(\d{1,6})\.(\d{1,6})\.(\d{1,6})\b")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_MOST_WINDOWS = 24
_MOST_NUMBER = 10**12
_MOST_USED = 1000
"""Percent; nobody is further over a limit than this."""
_MOST_OBJECTS = 100


@dataclass(frozen=True, slots=True)
class Login:
    """Who `claude` is signed in as. The plan is what it saw at that sign-in."""

    logged_in: bool
    method: str
    provider: str = ""
    """`firstParty`, or whose cloud the models are used through."""
    email: str = ""
    org_id: str = ""
    org_name: str = ""
    subscription: str | None = None
    """`pro`, `max`, `team`, `enterprise`."""
    tier: str | None = None
    """`pro`, `max_5x`, `max_20x`, `max_other`, `other`; None from builds that do not say."""
    projects: str = ""
    """The folder of its transcripts."""
    config: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """How full a window is: the share that is gone, 0 to 1, and when it resets (UTC)."""

    used: float
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class Extra:
    """Usage beyond the plan, paid on top of it. None is not said; a cap of None may be no cap."""

    used: float | None
    cap: Money | None
    spent: Money | None


@dataclass(frozen=True, slots=True)
class Usage:
    """The answer to `get_usage`."""

    available: bool
    """False when the login has no windows."""
    read: bool
    """False when `claude` could not read them just now."""
    windows: Mapping[str, Window]
    models: Mapping[str, tuple[str, Window]] | None
    """By slug, each model's name and window; None when this answer knows nothing of them."""
    absent: frozenset[str]
    """The windows of which this answer does not speak at all, not even to say that there is none."""
    extra: Extra | None
    subscription: str | None


def parse_version(out: bytes) -> tuple[int, int, int] | None:
    """Gives the version of `2.1.330 (Claude Code)`; None for anything else."""
    found = _VERSION.match(out[:256].decode("utf-8", "replace"))
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def parse_login(out: bytes) -> Login | None:
    """Reads what `claude auth status` printed, noise around it or not; None if there is no login in it."""
    for said in _objects(out.decode("utf-8", "replace")):
        if isinstance(said.get("loggedIn"), bool):
            return Login(
                logged_in=bool(said["loggedIn"]),
                method=_text(said.get("authMethod")),
                provider=_text(said.get("apiProvider")),
                email=_text(said.get("email")),
                org_id=_text(said.get("orgId")),
                org_name=_text(said.get("orgName")),
                subscription=_text(said.get("subscriptionType")).lower() or None,
                tier=_text(said.get("planTier")).lower() or None,
                projects=_path(said.get("projectsDirectory")),
                config=_path(said.get("configDirectory")),
            )
    return None


def parse_response(line: bytes, request_id: str) -> dict[str, object] | None:
    """Gives the `response` of a line that answers a control request; None for every other line."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    response = said.get("response") if isinstance(said, dict) else None
    if not isinstance(response, dict) or said.get("type") != "control_response":
        return None
    return response if response.get("request_id") == request_id else None


def parse_usage(response: Mapping[str, object]) -> Usage | None:
    """Reads a `response`; None if this `claude` did not understand the question."""
    body = response.get("response")
    if response.get("subtype") != "success" or not isinstance(body, dict):
        return None
    available, limits = body.get("rate_limits_available"), body.get("rate_limits")
    if not isinstance(available, bool) and not isinstance(limits, dict):
        return None
    told = limits if isinstance(limits, dict) else {}
    windows = {name: window for name in WINDOWS if (window := _window(told.get(name))) is not None}
    return Usage(
        available=available is not False,
        read=isinstance(limits, dict),
        windows=windows,
        models=_models(told["model_scoped"]) if isinstance(told.get("model_scoped"), list) else None,
        absent=frozenset(name for name in (*WINDOWS, EXTRA_USAGE) if name not in told),
        extra=_extra(told.get(EXTRA_USAGE)),
        subscription=_text(body.get("subscription_type")).lower() or None,
    )


def slug(name: str) -> str:
    """Gives `opus_5_5` for `Opus 5.5`: the end of a stable limit id."""
    return _NOT_WORD.sub("_", name.lower()).strip("_")[:40]


def _models(rows: object) -> dict[str, tuple[str, Window]]:
    found: dict[str, tuple[str, Window]] = {}
    for row in rows[:_MOST_WINDOWS] if isinstance(rows, list) else ():
        window = _window(row)
        name = _text(row.get("display_name"))[:40] if isinstance(row, dict) else ""
        if window is not None and slug(name):
            found[slug(name)] = (name, window)
    return found


def _window(told: object) -> Window | None:
    if not isinstance(told, dict):
        return None
    used = _number(told.get("utilization"))
    if used is None or used > _MOST_USED:
        return None
    return Window(float(used / 100), _moment(told.get("resets_at")))


def _extra(told: object) -> Extra | None:
    if not isinstance(told, dict) or told.get("is_enabled") is not True:
        return None
    currency = _text(told.get("currency")).upper() or "USD"
    spent, cap = _money(told.get("used_credits"), currency), _money(told.get("monthly_limit"), currency)
    used = _number(told.get("utilization"))
    if used is None and spent and cap and cap.amount > 0:
        used = spent.amount / cap.amount * 100
    return Extra(float(used / 100) if used is not None else None, cap, spent)


def _money(minor: object, currency: str) -> Money | None:
    amount = _number(minor)
    if amount is None:
        return None
    return Money(amount=amount if currency in _NO_CENTS else amount.scaleb(-2), currency=currency[:3])


def _number(told: object) -> Decimal | None:
    """Gives a number that is at least 0; neither a bool nor a text is one."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told <= _MOST_NUMBER:
        return None
    return Decimal(str(told))


def _moment(told: object) -> datetime | None:
    """Reads ISO-8601, or Unix seconds; to the second, since the fraction is another one each time."""
    try:
        if isinstance(told, str):
            moment = datetime.fromisoformat(told)
        elif isinstance(told, int | float) and not isinstance(told, bool):
            moment = datetime.fromtimestamp(told, UTC)
        else:
            return None
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None


def _objects(text: str) -> Iterator[dict[str, object]]:
    """Gives every JSON object that begins at one of the first `{`, the outer ones first."""
    decoder, at = json.JSONDecoder(), text.find("{")
    for _ in range(_MOST_OBJECTS):
        if at == -1:
            return
        try:
            said, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            if isinstance(said, dict):
                yield said
        at = text.find("{", at)


def _text(told: object) -> str:
    return clean(told).strip() if isinstance(told, str) else ""


def _path(told: object) -> str:
    return told if isinstance(told, str) and "\0" not in told and len(told) < 4096 else ""

"""`[alerts]` of config.toml: quiet hours, channels, and what may be named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, tzinfo
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stackk_tui.config import ConfigError, Settings
from stackk_tui.insight.alert_conditions import LIMITS
from stackk_tui.model.alert import AlertSettings
from stackk_tui.model.text import clean

TERMINAL_WAYS = ("off", "auto", "bell", "osc9", "osc777")
KEYS = ("names", "quiet", "timezone", "urgent", "limits", "terminal", "command", "command_seconds", "apprise",
        "apprise_file", "apprise_urls_command")  # fmt: skip
COMMAND_SECONDS = 10.0
MOST_SECONDS = 60.0
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """What stands in `[alerts]`. Addresses and commands may hold secrets, so they are not in its repr."""

    names: bool = False
    quiet: tuple[time, time] | None = None
    zone_name: str = ""
    zone: tzinfo | None = None
    """None is this machine's."""
    urgent: bool = False
    limits: tuple[int, ...] = LIMITS
    terminal: str = "off"
    command: str = field(default="", repr=False)
    command_seconds: float = COMMAND_SECONDS
    apprise: tuple[str, ...] = field(default=(), repr=False)
    apprise_file: str = field(default="", repr=False)
    apprise_urls_command: str = field(default="", repr=False)

    def is_quiet(self, now: datetime) -> bool:
        """Whether quiet hours hold at a moment; they may go over midnight. The end is not in them."""
        if self.quiet is None:
            return False
        first, last = self.quiet
        local = now.astimezone(self.zone).time()
        if first <= last:
            return first <= local < last
        return local >= first or local < last

    @property
    def tells_apprise(self) -> bool:
        return bool(self.apprise or self.apprise_file or self.apprise_urls_command)

    def shown(self, channels: tuple[str, ...], problems: tuple[str, ...]) -> AlertSettings:
        """Gives what may be shown of it: no address, no command."""
        quiet = f"{self.quiet[0]:%H:%M}-{self.quiet[1]:%H:%M}" if self.quiet else ""
        return AlertSettings(
            names=self.names,
            quiet=quiet,
            timezone=self.zone_name,
            urgent=self.urgent,
            limits=self.limits,
            channels=channels,
            problems=problems,
        )


def alert_config(settings: Settings) -> AlertConfig:
    """Reads `[alerts]`. Raises ConfigError that names the key, never its value where that may be secret."""
    table = _table(settings)
    zone_name = _text(table, "timezone") or settings.env.get("TZ", "").lstrip(":")
    return AlertConfig(
        names=_flag(table, "names"),
        quiet=_hours(_text(table, "quiet")),
        zone_name=zone_name,
        zone=_zone(zone_name, asked="timezone" in table),
        urgent=_flag(table, "urgent"),
        limits=_limits(table),
        terminal=_terminal(table),
        command=_text(table, "command"),
        command_seconds=_seconds(table),
        apprise=_addresses(table),
        apprise_file=_text(table, "apprise_file"),
        apprise_urls_command=_text(table, "apprise_urls_command"),
    )


def _table(settings: Settings) -> Mapping[str, Any]:
    """Gives the table; a word that means nothing is a slip of the hand, not a setting."""
    table = settings.file.get("alerts", {})
    if not isinstance(table, Mapping):
        raise ConfigError("alerts in config.toml is a table: write [alerts] with the settings below it")
    if unknown := sorted(set(table) - set(KEYS)):
        shown = clean(unknown[0], 40)
        near = get_close_matches(unknown[0], KEYS, n=1)
        meant = f"did you mean {near[0]}?" if near else f"it has {', '.join(KEYS)}"
        raise ConfigError(f"[alerts] {shown} in config.toml is no setting; {meant}")
    return table


def _wrong(key: str, should: str) -> ConfigError:
    return ConfigError(f"[alerts] {key} in config.toml {should}")


def _flag(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise _wrong(key, "is true or false")
    return value


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise _wrong(key, "is a text in quotes")
    return value.strip()


def _hours(text: str) -> tuple[time, time] | None:
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise _wrong("quiet", 'is two times like "22:00-07:30"') from None
    if first == last:
        raise _wrong("quiet", "begins when it ends; write two different times, or leave it out for none")
    return first, last


def _zone(name: str, *, asked: bool) -> tzinfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if asked:
            raise _wrong("timezone", 'is a zone like "Europe/Berlin"') from None
        return None  # a TZ in another style: the system knows it


def _limits(table: Mapping[str, Any]) -> tuple[int, ...]:
    value = table.get("limits", list(LIMITS))
    if not isinstance(value, list) or not all(
        isinstance(one, int) and not isinstance(one, bool) and 1 <= one <= 100 for one in value
    ):
        raise _wrong("limits", "is a list of percents like [80, 95]")
    return tuple(sorted(set(value)))


def _terminal(table: Mapping[str, Any]) -> str:
    value = table.get("terminal", "off")
    word = {True: "auto", False: "off"}.get(value, value) if isinstance(value, bool) else value
    if word not in TERMINAL_WAYS:
        raise _wrong("terminal", f"is one of {', '.join(TERMINAL_WAYS)}")
    return str(word)


def _seconds(table: Mapping[str, Any]) -> float:
    value = table.get("command_seconds", COMMAND_SECONDS)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_SECONDS:
        raise _wrong("command_seconds", f"is a number up to {MOST_SECONDS:g}")
    return float(value)


def _addresses(table: Mapping[str, Any]) -> tuple[str, ...]:
    value = table.get("apprise", [])
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong("apprise", 'is a list of addresses like ["ntfy://…"]')
    return tuple(one.strip() for one in value if one.strip())

"""Alerts without a screen: the history, a look, a test, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackk_tui.report.format import when

if TYPE_CHECKING:
    from stackk_tui.model.alert import Alert, AlertRecord, AlertSettings, Delivery, Silence
    from stackk_tui.stack.alerting import PlannedAlert

_MARKS = {"critical": "‼", "warning": "!"}


def alerts_text(
    records: Sequence[AlertRecord], silences: Sequence[Silence], settings: AlertSettings, now: datetime
) -> str:
    """Gives the history, newest first, then what is muted and what is set up."""
    lines: list[str] = []
    for record in records:
        title, more = record.alert.words(names=True)
        told = "; ".join(_telling(one) for one in record.deliveries) or "told nowhere yet"
        state = "" if record.state == "raised" else f" ({record.state})"
        lines.append(f"{when(record.alert.at, now):>9} {_MARKS[record.alert.level]} {title}{state}")
        lines += [f"{'':11} {line}" for line in more]
        lines.append(f"{'':11} {record.alert.id} · {record.alert.subject} · {told}")
    if not records:
        lines.append("Nothing was told in this time.")
    for silence in silences:
        until = f"snoozed until {when(silence.until, now)}" if silence.until else "muted"
        lines.append(f"{until}: {'all' if silence.subject == '*' else silence.subject}")
    lines += _set_up(settings)
    return "\n".join(lines)


def alerts_json(
    records: Sequence[AlertRecord], silences: Sequence[Silence], settings: AlertSettings, now: datetime
) -> dict[str, object]:
    return {
        "schema": 1,
        "generated_at": _iso(now),
        "alerts": [
            {
                **alert_json(record.alert),
                "state": record.state,
                "seen": record.seen,
                "deliveries": [delivery_json(one) for one in record.deliveries],
            }
            for record in records
        ],
        "silences": [
            {"subject": one.subject, "until": _iso(one.until) if one.until else None} for one in silences
        ],
        "settings": settings.model_dump(mode="json"),
    }


def planned_text(planned: Sequence[PlannedAlert], settings: AlertSettings, *, dry: bool) -> str:
    """Gives what is due, or what would be told; with the words as they go out."""
    lines: list[str] = []
    for one in planned:
        title, more = one.alert.words(names=settings.names)
        over = ", ".join(one.channels) if one.channels else "kept in the history only"
        if one.state != "raised":
            over = {"held": "held until the quiet hours are over", "muted": "muted"}[one.state]
        lines += [f"{_MARKS[one.alert.level]} {title}", *(f"  {line}" for line in more)]
        lines.append(f"  {'would be told: ' if dry and one.channels else ''}{over}")
    if not planned:
        lines.append("Nothing is due.")
    return "\n".join([*lines, *(_set_up(settings) if dry else settings.problems)])


def planned_json(planned: Sequence[PlannedAlert], now: datetime, *, dry: bool) -> dict[str, object]:
    return {
        "schema": 1,
        "generated_at": _iso(now),
        "dry_run": dry,
        "alerts": [
            {**alert_json(one.alert), "state": one.state, "channels": list(one.channels)} for one in planned
        ],
    }


def deliveries_text(
    done: Sequence[Delivery], channels: Sequence[str], settings: AlertSettings, *, dry: bool
) -> str:
    if not channels:
        return "\n".join(["No channel is set up here, so nothing was told.", *settings.problems])
    if dry:
        return "\n".join([f"A test would be told over: {', '.join(channels)}.", *settings.problems])
    return "\n".join(f"{one.channel}: {one.error or 'told'}" for one in done)


def deliveries_json(
    done: Sequence[Delivery], channels: Sequence[str], settings: AlertSettings
) -> dict[str, object]:
    return {
        "schema": 1,
        "channels": list(channels),
        "deliveries": [delivery_json(one) for one in done],
        "problems": list(settings.problems),
    }


def alert_json(alert: Alert) -> dict[str, object]:
    title, lines = alert.words(names=True)
    return {
        "id": alert.id,
        "subject": alert.subject,
        "kind": alert.kind,
        "mark": alert.mark,
        "level": alert.level,
        "title": title,
        "lines": list(lines),
        "at": _iso(alert.at),
        "period": alert.period,
        "provenance": alert.provenance,
        "service": alert.service_id,
    }


def delivery_json(one: Delivery) -> dict[str, object]:
    return {
        "channel": one.channel,
        "state": one.state,
        "at": _iso(one.at),
        "tries": one.tries,
        "error": one.error or None,
    }


def _telling(one: Delivery) -> str:
    words = {"sent": "told", "sending": "not known whether told", "failed": "failed", "gave-up": "given up"}
    return f"{one.channel} {words[one.state]}{f' ({one.error})' if one.error else ''}"


def _set_up(settings: AlertSettings) -> list[str]:
    quiet = f"; quiet {settings.quiet}" if settings.quiet else ""
    lines = [f"Channels: {', '.join(settings.channels) or 'only the app'}{quiet}."]
    return lines + list(settings.problems)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

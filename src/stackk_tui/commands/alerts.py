"""`alerts`: what was told, a test, muting and snoozing, and a look at what is due."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from stackk_tui.commands.guard import FAILED, GOOD, UsageError, complain
from stackk_tui.commands.output import put, put_json
from stackk_tui.commands.session import with_stack
from stackk_tui.model.alert import AlertRecord, Delivery, Silence
from stackk_tui.model.clock import utc_now
from stackk_tui.stack import Stack

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("list", "check", "test", "mute", "snooze", "unmute"),
        default="list",
        help="list (the default): what was told; check: look now, and tell; test: tell a test",
    )
    parser.add_argument("subject", nargs="?", metavar="SUBJECT", help="a subject, an alert's id, or all")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="list: how far back")
    parser.add_argument("--channel", metavar="NAME", help="test: only this one, e.g. command, apprise")
    parser.add_argument("--until", metavar="WHEN", help="snooze: 2h, 3d, or 2026-12-01T09:00 local time")
    parser.add_argument("--dry-run", action="store_true", help="check, test: say what would be told")


def run(args: argparse.Namespace) -> int:
    _check_words(args)

    async def work(stack: Stack) -> int:
        if args.what == "list":
            return await _list(stack, args)
        if args.what == "check":
            return await _check(stack, args)
        if args.what == "test":
            return await _test(stack, args)
        return await _silence(stack, args)

    return with_stack(args, work)


def _check_words(args: argparse.Namespace) -> None:
    silencing = args.what in ("mute", "snooze", "unmute")
    if silencing and not args.subject:
        raise UsageError(
            f"alerts {args.what} needs a subject, an alert's id, or all.",
            "stackk-tui alerts list shows them.",
        )
    if args.subject and not silencing:
        raise UsageError(f"alerts {args.what} takes no subject.", "See: stackk-tui alerts --help")
    if args.what == "snooze" and not args.until:
        raise UsageError("alerts snooze needs --until, e.g. --until 2h.")
    if args.until and args.what != "snooze":
        raise UsageError("--until goes with alerts snooze.")
    if args.channel and args.what != "test":
        raise UsageError("--channel goes with alerts test.")
    if args.dry_run and args.what not in ("check", "test"):
        raise UsageError("--dry-run goes with alerts check and alerts test.")


async def _list(stack: Stack, args: argparse.Namespace) -> int:
    from stackk_tui.report.alerts import alerts_json, alerts_text

    records = await stack.alerts(args.days)
    silences = await stack.silences()
    if args.json:
        put_json(alerts_json(records, silences, stack.alert_settings(), utc_now()))
    else:
        put(alerts_text(records, silences, stack.alert_settings(), utc_now()))
    return GOOD


async def _check(stack: Stack, args: argparse.Namespace) -> int:
    from stackk_tui.report.alerts import planned_json, planned_text

    terminal = own_terminal()
    planned = await stack.plan_alerts(terminal=terminal)
    if not args.dry_run:
        new = {alert.id for alert in await stack.check_alerts(terminal=terminal)}
        planned = [one for one in planned if one.alert.id in new]
    if args.json:
        put_json(planned_json(planned, utc_now(), dry=args.dry_run))
    else:
        put(planned_text(planned, stack.alert_settings(terminal=terminal), dry=args.dry_run))
    if args.dry_run:
        return GOOD
    failed = _failed(await stack.alerts(1), {one.alert.id for one in planned})
    for line in failed:
        complain([line])
    return FAILED if failed else GOOD


async def _test(stack: Stack, args: argparse.Namespace) -> int:
    from stackk_tui.report.alerts import deliveries_json, deliveries_text

    terminal = own_terminal()
    settings = stack.alert_settings(terminal=terminal)
    if args.channel and args.channel not in settings.channels:
        raise UsageError(
            "No such channel is set up here.", f"Set up: {', '.join(settings.channels) or 'none'}."
        )
    done: list[Delivery] = []
    if not args.dry_run:
        done = await stack.test_alert(args.channel, terminal=terminal)
    channels = (args.channel,) if args.channel else settings.channels
    if args.json:
        put_json(deliveries_json(done, channels, settings))
    else:
        put(deliveries_text(done, channels, settings, dry=args.dry_run))
    return FAILED if any(one.state != "sent" for one in done) else GOOD


async def _silence(stack: Stack, args: argparse.Namespace) -> int:
    if args.what == "unmute":
        ended = await stack.unmute(args.subject)
        if args.json:
            put_json({"schema": 1, "subject": args.subject, "changed": ended})
        else:
            put("It is told of again." if ended else "It was not muted.")
        return GOOD
    if args.what == "mute":
        silence = await stack.mute(args.subject)
    else:
        silence = await stack.snooze(args.subject, moment_of(args.until, utc_now()))
    if args.json:
        put_json({"schema": 1, **silence_json(silence)})
    else:
        put(_silence_words(silence))
    return GOOD


def silence_json(silence: Silence) -> dict[str, object]:
    until = silence.until.astimezone(UTC).isoformat().replace("+00:00", "Z") if silence.until else None
    return {"subject": silence.subject, "until": until}


def _silence_words(silence: Silence) -> str:
    what = "Nothing" if silence.subject == "*" else f"Nothing of {silence.subject}"
    when = f" until {silence.until.astimezone():%Y-%m-%d %H:%M}" if silence.until else ""
    return f"{what} is told{when}; it still stands in the history.\nUndo: stackk-tui alerts unmute SUBJECT"


def _failed(records: list[AlertRecord], ids: set[str]) -> list[str]:
    """Gives a line for each telling of these alerts that did not work."""
    return sorted(
        {
            f"{delivery.channel}: {delivery.error}"
            for record in records
            if record.alert.id in ids
            for delivery in record.deliveries
            if delivery.state in ("failed", "gave-up")
        }
    )


def moment_of(text: str, now: datetime) -> datetime:
    """Reads `2h`, `3d` from now on, or a local date and time. Raises UsageError."""
    word = text.strip().lower()
    try:
        if word[-1:] in _UNITS and word[:-1].isdecimal():
            return now + int(word[:-1]) * _UNITS[word[-1]]
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            "--until cannot be read.", "Write it like 2h, 3d, 2026-12-01 or 2026-12-01T09:00."
        ) from None


def own_terminal() -> Callable[[str], None] | None:
    """Gives what writes to the terminal that stderr is; None where it is none."""
    import sys

    stream = sys.stderr
    if stream is None or not stream.isatty():
        return None

    def write(text: str) -> None:
        stream.write(text)
        stream.flush()

    return write

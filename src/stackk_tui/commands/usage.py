"""`usage`: tokens and cost from the logs on this machine. Needs no `add` and no key."""

import argparse
import os
from datetime import date

from stackk_tui.commands.guard import UsageError, complain
from stackk_tui.commands.output import columns, put, put_json
from stackk_tui.commands.session import with_stack
from stackk_tui.model.usage_report import COST_MODES, GROUPINGS, UsageQuery
from stackk_tui.stack import Stack


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", choices=GROUPINGS, default="day", help="what a row is (default: day)")
    parser.add_argument("--since", type=_day, metavar="D", help="first day, YYYY-MM-DD")
    parser.add_argument("--until", type=_day, metavar="D", help="last day, YYYY-MM-DD")
    parser.add_argument("--timezone", type=_zone, metavar="TZ", help="whose days, e.g. Europe/Berlin or UTC")
    parser.add_argument(
        "--cost",
        choices=COST_MODES,
        default="auto",
        help="auto: as recorded, else by list prices; calculate: by list prices; display: as recorded",
    )


def run(args: argparse.Namespace) -> int:
    if args.since and args.until and args.since > args.until:
        raise UsageError(f"--since {args.since} is after --until {args.until}: there are no days in between.")
    query = UsageQuery(
        by=args.by,
        since=args.since,
        until=args.until,
        timezone=args.timezone or _zone_of_environment(),
        cost_mode=args.cost,
    )

    async def report(stack: Stack) -> int:
        from stackk_tui.report.usage import usage_json, usage_table

        answer = await stack.usage(query)
        if args.json:
            put_json(usage_json(answer))
        else:
            put(usage_table(answer, width=columns()))
        complain(list(answer.warnings))
        return 0

    return with_stack(args, report)


def _day(word: str) -> date:
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise argparse.ArgumentTypeError("a date is written like 2026-11-01") from None


def _zone(word: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(word).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError("a time zone is written like Europe/Berlin or UTC") from None


def _zone_of_environment() -> str | None:
    """TZ is honoured where it names a zone; anything else is the system's business."""
    try:
        return _zone(os.environ["TZ"].removeprefix(":")) if os.environ.get("TZ") else None
    except argparse.ArgumentTypeError:
        return None

"""`usage`: tokens and cost from the logs on this machine. Needs no `add`, no key and no ledger.

It asks the reader of the logs itself, not the `Stack`: there is no service, no snapshot and no screen in it,
and opening those would take longer than the answer.
"""

import argparse
import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from stackk_tui.commands.guard import UsageError, complain
from stackk_tui.model.usage_report import COST_MODES, GROUPINGS, UsageQuery

if TYPE_CHECKING:
    from stackk_tui.config import Settings
    from stackk_tui.model.usage_report import UsageReport


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
    for name, metavar, words in (
        ("project", "P", "only this project: its folder's path or name, or . for this folder"),
        ("model", "M", "only this model, as --by model names it"),
        ("session", "S", "only this session: its id, or how it begins"),
        ("agent", "A", "only this agent type, or main"),
        ("account", "L", "only the folders of this account, by its label in config.toml"),
    ):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar=metavar, help=f"{words}; may be repeated"
        )


def run(args: argparse.Namespace) -> int:
    """Prints the report. A name that nothing is called gives no rows and a line on stderr, not a failure: a
    script's filter may well match nothing today.

    Raises UsageError, InvalidInput, StorageError, ConfigError.
    """
    if args.since and args.until and args.since > args.until:
        raise UsageError(f"--since {args.since} is after --until {args.until}: there are no days in between.")
    from stackk_tui.config import load_settings

    settings = load_settings()
    report, filtered = _report(settings, args)
    _put(report, as_json=args.json, filtered=filtered)
    return 0


def _report(settings: "Settings", args: argparse.Namespace) -> "tuple[UsageReport, bool]":
    """Gives the report, and whether names limit it."""
    from stackk_tui.commands.usage_names import Names, resolve
    from stackk_tui.providers.claude_code.usage import answers
    from stackk_tui.report.usage_merged import merged

    told = Names(tuple(args.project), tuple(args.model), tuple(args.session), tuple(args.agent))
    found, unknown = resolve(told, lambda queries: answers(settings, queries))
    queries = [
        UsageQuery(
            by=args.by,
            since=args.since,
            until=args.until,
            timezone=args.timezone or _zone_of_environment(),
            cost_mode=args.cost,
            projects=found.projects,
            models=found.models,
            sessions=found.sessions,
            agents=found.agents,
            account=account,
        )
        for account in dict.fromkeys(args.account or [None])
    ]
    report = merged(answers(settings, queries))
    warned = report.model_copy(update={"warnings": (*unknown, *report.warnings)})
    return warned, any((*told, args.account))


def _put(report: "UsageReport", *, as_json: bool, filtered: bool) -> None:
    from stackk_tui.commands.output import columns, put, put_json
    from stackk_tui.report.usage import usage_json, usage_table

    now = datetime.now(UTC)
    if as_json:
        put_json(usage_json(report, now=now))
    else:
        put(usage_table(report, width=columns(), now=now, filtered=filtered))
    complain(list(report.warnings))


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

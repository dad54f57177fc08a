"""`export`: all services with all their known days, for another program or a spreadsheet."""

import argparse

from stackk_tui.commands.guard import UsageError
from stackk_tui.commands.output import put, put_json
from stackk_tui.commands.session import with_stack
from stackk_tui.model.clock import utc_now
from stackk_tui.stack import Stack

MOST_DAYS = 3660
"""Ten years; the ledger keeps history for ever."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("json", "csv"), help="json unless given")
    parser.add_argument("--days", type=_days, default=MOST_DAYS, metavar="N", help="only the last N days")


def run(args: argparse.Namespace) -> int:
    if args.json and args.format == "csv":
        raise UsageError("--json and --format csv ask for two different things.")

    async def export(stack: Stack) -> int:
        views = await stack.services()
        histories = {v.service.id: await stack.history(v.service.id, args.days) for v in views}
        if args.format == "csv":
            from stackk_tui.report.csv import history_csv

            put(history_csv([(view, histories[view.service.id]) for view in views]))
        else:
            from stackk_tui.report.json import export_json

            put_json(export_json(views, histories, await stack.total(), utc_now()))
        return 0

    return with_stack(args, export)


def _days(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"a number of days from 1 to {MOST_DAYS}")
    return int(word)

"""`export`: all services with all their known days, for programs, spreadsheets and Prometheus."""

import argparse
from collections.abc import Sequence

from stackk_tui.commands.guard import UsageError
from stackk_tui.commands.output import put, put_json
from stackk_tui.commands.session import with_stack
from stackk_tui.model.clock import utc_now
from stackk_tui.model.view import ServiceView
from stackk_tui.stack import Stack

MOST_DAYS = 3660
"""Ten years; the ledger keeps history for ever."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format",
        choices=("json", "csv", "prometheus"),
        help="json unless given; prometheus has the figures of now, with ids and the names of services as "
        "labels, nothing of an account",
    )
    parser.add_argument("--days", type=_days, default=MOST_DAYS, metavar="N", help="only the last N days")


def run(args: argparse.Namespace) -> int:
    if args.json and args.format in ("csv", "prometheus"):
        raise UsageError(f"--json and --format {args.format} ask for two different things.")

    async def export(stack: Stack) -> int:
        views = await stack.services()
        if args.format == "prometheus":
            await _prometheus(stack, views)
            return 0
        histories = {v.service.id: await stack.history(v.service.id, args.days) for v in views}
        if args.format == "csv":
            from stackk_tui.report.csv import history_csv

            put(history_csv([(view, histories[view.service.id]) for view in views]))
        else:
            from stackk_tui.report.json import export_json

            total, coming = await stack.total(), await stack.forecasts()
            put_json(export_json(views, histories, total, utc_now(), coming))
        return 0

    return with_stack(args, export)


async def _prometheus(stack: Stack, views: Sequence[ServiceView]) -> None:
    from stackk_tui.report.prometheus import prometheus_text

    forecasts, budgets = await stack.forecasts(), await stack.budget_states()
    put(prometheus_text(views, await stack.total(), forecasts, budgets, utc_now()))


def _days(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"a number of days from 1 to {MOST_DAYS}")
    return int(word)

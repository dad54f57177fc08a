"""`list` and `status`: what the ledger knows. No network, no key."""

import argparse

from stackk_tui.commands.lookup import find_service
from stackk_tui.commands.output import columns, put, put_services
from stackk_tui.commands.session import with_stack
from stackk_tui.model.clock import utc_now
from stackk_tui.stack import Stack


def configure(parser: argparse.ArgumentParser) -> None:
    if parser.prog.endswith(" status"):
        parser.add_argument(
            "service", nargs="?", metavar="SERVICE", help="an id or a name; all when left out"
        )


def run(args: argparse.Namespace) -> int:
    async def show(stack: Stack) -> int:
        views = await stack.services()
        word = getattr(args, "service", None)
        if word is None:
            await put_services(stack, views, as_json=args.json)
            return 0
        view = find_service(views, word)
        if args.json:
            await put_services(stack, [view], as_json=True)
        else:
            from stackk_tui.report.table import service_text

            put(service_text(view, utc_now(), width=columns()))
        return 0

    return with_stack(args, show)

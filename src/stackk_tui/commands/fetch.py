"""`sync` and `refresh`: ask the services, then print what the ledger knows now."""

import argparse
from collections.abc import Sequence

from stackk_tui.commands.guard import FAILED, GOOD, PARTLY, SIGN_IN, complain
from stackk_tui.commands.lookup import find_services
from stackk_tui.commands.output import put_services
from stackk_tui.commands.session import open_store_for, with_stack
from stackk_tui.model.errors import SignInNeeded
from stackk_tui.model.view import ServiceView
from stackk_tui.stack import Outcome, Stack


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="ids or names; all when left out")
    if parser.prog.endswith(" refresh"):
        parser.add_argument("--force", action="store_true", help="ask again even if it was asked just now")


def run(args: argparse.Namespace) -> int:
    async def fetch(stack: Stack) -> int:
        before = await stack.services()
        chosen = find_services(before, args.services) if args.services else before
        await open_store_for(stack, args, chosen)
        ids = [view.service.id for view in chosen] if args.services else None
        if args.command == "refresh":
            outcomes = await stack.refresh(ids, force=args.force)
        else:
            outcomes = await stack.sync(ids)
        views = await stack.services(ids)
        held = held_notes(outcomes, views)
        await put_services(stack, views, as_json=args.json, extra={"note": " ".join(held) or None})
        for line in held if not args.json else ():
            complain([line])
        report_failures(outcomes, before)
        return exit_code(outcomes)

    return with_stack(args, fetch, changes=True)


def held_notes(outcomes: Sequence[Outcome], views: Sequence[ServiceView]) -> list[str]:
    """Gives what to say of services that were asked too often to be asked again."""
    if not any(outcome.held for outcome in outcomes):
        return []
    from stackk_tui.model.clock import utc_now
    from stackk_tui.report.held import held_words

    shown = {v.service.id: (v.service.name, v.snapshot.fetched_at if v.snapshot else None) for v in views}
    return held_words(outcomes, shown, utc_now())


def report_failures(outcomes: Sequence[Outcome], views: Sequence[ServiceView]) -> None:
    """Writes one line for each service that failed."""
    names = {view.service.id: f"{view.service.name}, {view.service.workspace.name}" for view in views}
    for outcome in outcomes:
        if outcome.how == "failed" and outcome.error is not None:
            name = names.get(outcome.service_id, outcome.service_id)
            complain([f"{name}: {' '.join(outcome.error.lines())}"])


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Gives 0, or 4 when some failed, or 3 when all failed for want of a sign-in, or 1."""
    errors = [outcome.error for outcome in outcomes if outcome.how == "failed"]
    if not errors:
        return GOOD
    if len(errors) < len(outcomes):
        return PARTLY
    signed_out = all(error is not None and error.exit_status == SignInNeeded.exit_status for error in errors)
    return SIGN_IN if signed_out else FAILED

"""`disconnect SERVICE`: says what goes, what stays and what cannot be done, then does it."""

import argparse
import sys
from dataclasses import replace

from stackk_tui.commands.guard import GOOD, PARTLY, UsageError, complain
from stackk_tui.commands.lookup import find_service
from stackk_tui.commands.output import put, put_json
from stackk_tui.commands.process import has_terminal
from stackk_tui.commands.session import open_store_for, with_stack
from stackk_tui.model.view import ServiceView
from stackk_tui.stack import Farewell, Stack


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", metavar="SERVICE", help="an id or a name")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--purge", action="store_true", help="delete its history here too")
    parser.add_argument(
        "--revoke-token", action="store_true", help="also destroy a pasted token where the provider can"
    )


def run(args: argparse.Namespace) -> int:
    if not args.yes and not has_terminal():
        raise UsageError("Nobody can be asked here; give --yes to disconnect without asking.")

    async def leave(stack: Stack) -> int:
        view = find_service(await stack.services(), args.service)
        plan = await stack.plan_disconnect(view.service.id, purge=args.purge)
        if args.revoke_token and plan.can_destroy:
            at_vendor = "the key at the vendor: whatever else uses it stops working"
            plan = replace(plan, deleted=(*plan.deleted, at_vendor), cannot=())
        if not args.yes and not _agreed(view, plan):
            complain(["Nothing was changed."])
            return GOOD
        await open_store_for(stack, args, [view])
        done = await stack.disconnect(view.service.id, purge=args.purge, revoke_token=args.revoke_token)
        if args.json:
            put_json(_farewell_json(view, done))
        else:
            put(
                "\n".join(
                    [*_words(done), *(["  disconnected and revoked"] if done.revoked == "revoked" else [])]
                )
            )
        if done.revoked == "failed":
            complain([f"{view.service.name}: deleted here, but not revoked there.", *done.cannot])
            return PARTLY
        return GOOD

    return with_stack(args, leave, changes=True)


def _agreed(view: ServiceView, plan: Farewell) -> bool:
    sys.stderr.write(
        "\n".join([f"Disconnect {view.service.name}, {view.service.workspace.name}?", *_words(plan), ""])
    )
    sys.stderr.write("Disconnect it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _words(farewell: Farewell) -> list[str]:
    lines = [f"  deleted here: {thing}" for thing in farewell.deleted]
    lines += [f"  stays: {thing}" for thing in farewell.kept]
    return lines + [f"  not done: {thing}" for thing in farewell.cannot]


def _farewell_json(view: ServiceView, done: Farewell) -> dict[str, object]:
    return {
        "schema": 1,
        "service": view.service.id,
        "deleted": list(done.deleted),
        "kept": list(done.kept),
        "cannot": list(done.cannot),
        "revoked": done.revoked,
    }

"""`workspaces ACCOUNT`: what can be picked inside an account, the account as a whole first."""

import argparse

from stackk_tui.commands.lookup import find_account
from stackk_tui.commands.output import columns, put, put_json
from stackk_tui.commands.session import open_store_for, with_stack
from stackk_tui.stack import Stack


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="an account's id or label, or a service in it")


def run(args: argparse.Namespace) -> int:
    async def show(stack: Stack) -> int:
        views = await stack.services()
        account = find_account(views, args.account)
        await open_store_for(stack, args, [view for view in views if view.account.id == account.id])
        choices = [(choice.workspace, choice.connected) for choice in await stack.workspaces(account.id)]
        if args.json:
            from stackk_tui.report.json import workspaces_json

            put_json(workspaces_json(account.id, choices))
        else:
            from stackk_tui.report.table import workspaces_table

            put(workspaces_table(choices, width=columns()))
        return 0

    return with_stack(args, show)

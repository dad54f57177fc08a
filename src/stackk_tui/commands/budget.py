"""`budget set|list|remove|check`: what a person wants to spend at most, and how that stands. No network."""

import argparse
import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from stackk_tui.commands.guard import FAILED, GOOD, UsageError, complain
from stackk_tui.commands.lookup import find_service
from stackk_tui.commands.output import columns, put, put_json
from stackk_tui.commands.session import with_stack
from stackk_tui.model.budget import THRESHOLDS, Budget, BudgetScope, BudgetState
from stackk_tui.model.clock import utc_now
from stackk_tui.stack import Stack

SEE = "See: stackk-tui budget set --help"
_ACTIONS = {
    "set": "set a budget; one for the same services, period and unit gives way",
    "list": "all budgets and how they stand",
    "remove": "remove a budget",
    "check": "exit with 1 when a budget is crossed or forecast to be, with a line for each: for scripts",
}
_AMOUNT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[A-Za-z]*)", re.ASCII)
_TIMES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9}
_USUAL = ",".join(map(str, THRESHOLDS))


def configure(parser: argparse.ArgumentParser) -> None:
    from stackk_tui.commands.main import common_options

    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="actions", required=True)
    made = {
        name: actions.add_parser(name, help=words, description=words, allow_abbrev=False)
        for name, words in _ACTIONS.items()
    }
    for each in made.values():
        common_options(each, argparse.SUPPRESS)
    made["remove"].add_argument("id", metavar="ID", help="as stackk-tui budget list shows it")
    _configure_set(made["set"])


def _configure_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "amount",
        metavar="AMOUNT",
        help="with its currency, such as 500 or 500EUR; of tokens, such as 200000 or 20M",
    )
    about = parser.add_mutually_exclusive_group(required=True)
    about.add_argument("--total", action="store_true", help="everything together, each dollar once")
    about.add_argument("--category", metavar="X", help="all services of a category")
    about.add_argument("--service", metavar="X", help="one service, by its id or name")
    parser.add_argument("--weekly", action="store_true", help="from Monday; a calendar month unless given")
    parser.add_argument("--tokens", action="store_true", help="the amount is tokens of all kinds")
    parser.add_argument(
        "--thresholds", type=_percents, metavar="N,N", help=f"say so at these percentages ({_USUAL})"
    )
    parser.add_argument("--no-forecast", action="store_true", help="do not look ahead for this one")


def run(args: argparse.Namespace) -> int:
    """Raises UsageError, StackkError, ConfigError."""

    async def act(stack: Stack) -> int:
        if args.action == "set":
            return await _set(stack, args)
        if args.action == "remove":
            return await _remove(stack, args)
        states = await stack.budget_states()
        return _check(states, args) if args.action == "check" else _list(states, args)

    return with_stack(args, act)


async def _set(stack: Stack, args: argparse.Namespace) -> int:
    amount, currency = _amount(args.amount, tokens=args.tokens)
    scope, target = await _about(stack, args)
    kept = await stack.set_budget(
        amount,
        scope=scope,
        target=target,
        period="week" if args.weekly else "month",
        unit="tokens" if args.tokens else "money",
        currency=currency,
        thresholds=THRESHOLDS if args.thresholds is None else args.thresholds,
        forecast=not args.no_forecast,
    )
    states = [state for state in await stack.budget_states() if state.budget.id == kept.id]
    return _list(states, args)


async def _remove(stack: Stack, args: argparse.Namespace) -> int:
    found: list[Budget] = [budget for budget in await stack.budgets() if budget.id == args.id]
    await stack.remove_budget(args.id)
    if args.json:
        _list(await stack.budget_states(), args)
    else:
        from stackk_tui.report.forecast import amount_words

        put(f"Removed {found[0].id}: {amount_words(found[0].amount, found[0])} a {found[0].period}.")
    return GOOD


def _list(states: Sequence[BudgetState], args: argparse.Namespace) -> int:
    from stackk_tui.report.forecast import budgets_json, budgets_table

    now = utc_now()
    if args.json:
        put_json(budgets_json(states, now))
    else:
        put(budgets_table(states, now.date(), width=columns()))
    return GOOD


def _check(states: Sequence[BudgetState], args: argparse.Namespace) -> int:
    from stackk_tui.report.forecast import NO_BUDGETS, budgets_json, crossing_line, why_unknown

    now = utc_now()
    crossing = [line for state in states if (line := crossing_line(state, now.date()))]
    if args.json:
        put_json(budgets_json(states, now))
    elif not states:
        put(NO_BUDGETS)
    else:
        known = sum(state.share is not None for state in states)
        put("\n".join(crossing) or _all_well(known, len(states)))
    unknown = [
        f"{state.name}, this {state.budget.period}: unknown, not checked. {why}"
        for state in states
        if (why := why_unknown(state))
    ]
    if unknown:
        complain(unknown)
    return FAILED if crossing else GOOD


def _all_well(known: int, budgets: int) -> str:
    """Gives the words for no crossing; of what is not known it is never said that it holds."""
    if not known:
        return "No budget could be checked: what was spent is unknown."
    if known < budgets:
        return f"{known} of {budgets} budgets could be checked: none is crossed or forecast to be."
    return "No budget is crossed or forecast to be." if budgets > 1 else "The budget holds, as it goes."


async def _about(stack: Stack, args: argparse.Namespace) -> tuple[BudgetScope, str]:
    if args.total:
        return "total", ""
    if args.category is not None:
        return "category", args.category
    return "service", find_service(await stack.services(), args.service).service.id


def _amount(word: str, *, tokens: bool) -> tuple[Decimal, str | None]:
    """Gives the amount, and the currency where one was given. Raises UsageError."""
    found = _AMOUNT.fullmatch(word.replace("_", ""))
    if found is None:
        raise UsageError("An amount is written like 500, 500.50 or 500EUR; of tokens like 20M.", SEE)
    try:
        number = Decimal(found["number"])
    except InvalidOperation:
        raise UsageError("An amount is written like 500, 500.50 or 500EUR.", SEE) from None
    if not tokens:
        return number, found["unit"].upper() or None
    if found["unit"] not in _TIMES:
        raise UsageError("An amount of tokens is written like 200000, 200k, 20M or 1B.", SEE)
    return number * _TIMES[found["unit"]], None


def _percents(word: str) -> tuple[int, ...]:
    parts = [part.strip().removesuffix("%") for part in word.split(",")]
    if not all(part.isdecimal() and part.isascii() and 1 <= int(part[:9]) <= 200 for part in parts):
        raise argparse.ArgumentTypeError("thresholds are percentages from 1 to 200, such as 50,80,100")
    return tuple(int(part) for part in parts)

"""What is shown of a plan after it was asked for."""

from collections.abc import Sequence
from datetime import date, datetime

from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Billing, Plan
from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.providers.anthropic.plan_account import Remembered
from stackk_tui.providers.anthropic.plan_limits import dated, limits_of
from stackk_tui.providers.anthropic.plan_tiers import Tier, tier_of
from stackk_tui.providers.anthropic.plan_wire import Login, Usage

_SNAPSHOT_OF_LOGIN = (
    "The plan is what `claude` saw when it signed in; after a change, run claude and /login again."
)
_NO_QUESTION = "The windows are not available from this version of claude; update it: claude update."
_NO_WINDOWS = "`claude` says that its login has no windows of a plan."
_NO_PLAN_SAID = "`claude` does not say which plan this login has."


def snapshot_of(
    login: Login,
    usage: Usage | None,
    account: Remembered | None,
    old: Snapshot | None,
    now: datetime,
    *,
    unknown_question: bool,
    carried: dict[str, str],
    explained_by: str = "",
) -> Snapshot:
    """Gives the plan of a login, with the windows of an answer or, dated, the last ones.

    `unknown_question`: this `claude` was asked for its windows and did not know what that is.
    """
    limits = dated(old)
    if usage is not None and usage.read:
        limits = limits_of(usage, old, now)
    has_none = usage is not None and not usage.available
    if usage is None and not unknown_question and old is not None:  # not asked now: what it said last holds
        has_none, unknown_question = "limits" in old.not_permitted, _NO_QUESTION in old.notes
    subscription = login.subscription or (usage.subscription if usage else None)
    tier = tier_of(subscription, login.tier, account.seat if account else "") if subscription else None
    notes = (
        _SNAPSHOT_OF_LOGIN,
        _NO_QUESTION if unknown_question else _NO_WINDOWS if has_none else "",
        tier.note if tier else _NO_PLAN_SAID,
    )
    billing = _billing(tier, account, now.date())
    return Snapshot(
        fetched_at=now,
        plan=_measured(tier.plan) if tier else Figure[Plan].not_exposed(),
        billing=billing,
        limits=limits,
        metrics=tuple(_metrics(login)),
        notes=tuple(note for note in notes if note),
        not_exposed=tuple(_not_exposed(billing, limits)),
        not_permitted=("limits",) if has_none else (),
        explained_by=explained_by,
        carried=carried,
    )


def _billing(tier: Tier | None, account: Remembered | None, today: date) -> Billing:
    price = Figure[Money].not_exposed()
    if tier is not None and tier.price is not None:
        price = Figure[Money](value=tier.price, provenance=Provenance.LIST_PRICE)
    day = account.next_payment(today) if account and tier and tier.paid_monthly else None
    return Billing(
        price=price,
        cycle="monthly" if price.value is not None else None,
        next_payment=Figure[date](value=day, provenance=Provenance.ESTIMATED)
        if day
        else Figure[date].not_exposed(),
    )


def _not_exposed(billing: Billing, limits: Sequence[Limit]) -> list[str]:
    found = ["usage", "cost", "requests", "balance"]
    if billing.price.value is None:
        found.append("price")
    return found if limits else [*found, "limits"]


def _metrics(login: Login) -> list[Metric]:
    told = [("account", "Signed in as", login.email)]
    if login.org_name and login.org_name != f"{login.email}'s Organization":
        told.append(("organization", "Organization", login.org_name))
    return [
        Metric(id=id_, label=label, value=value, section="Account") for id_, label, value in told if value
    ]


def _measured(plan: Plan) -> Figure[Plan]:
    return Figure[Plan](value=plan, provenance=Provenance.MEASURED)

"""What happened on this machine, taken into the ledger without asking any vendor."""

from collections.abc import Sequence
from datetime import date, datetime

from stackk_tui.insight.days import local_day
from stackk_tui.model.service import Service
from stackk_tui.providers.base import Fetched, FollowsThisMachine, Known, Session
from stackk_tui.stack.core import Core, door_of
from stackk_tui.storage.ledger import Learned


async def hear(core: Core, account_id: str, services: Sequence[Service]) -> list[str]:
    """Keeps what an account's provider heard, and gives the ids of the services with news.

    Only while the account's turn is held (`Fetching.turn`): what is heard is put on what is known. Raises
    StackkError.
    """
    provider = core.providers.get(services[0].provider)
    if not isinstance(provider, FollowsThisMachine):
        return []
    account = await core.account(account_id)
    door = door_of(provider, account.method)
    if door.secret_label is not None or door.at_vendor:
        return []  # figures of a vendor's own server; nothing here changes them
    known = await known_of(core, account_id, services)
    fetched = await provider.heard(Session(account, None), services, known)
    learned = Learned(account_id=account_id, usage=fetched.usage, today=today_of(fetched, core.clock()))
    for service in services:
        if snapshot := fetched.snapshots.get(service.workspace.id):
            learned.snapshots[service.id] = snapshot
        if samples := fetched.samples.get(service.workspace.id):
            learned.samples[service.id] = samples
    if learned.snapshots or learned.samples or learned.usage:
        await core.ledger.keep(learned)
    return [s.id for s in services if s.id in learned.snapshots]


async def known_of(core: Core, account_id: str, services: Sequence[Service]) -> Known:
    """Gives what the ledger has of an account."""
    snapshots = await core.ledger.snapshots()
    since = core.clock().date().replace(day=1)
    return Known(
        final_days=await core.ledger.final_days(account_id),
        snapshots={s.workspace.id: snapshots[s.id] for s in services if s.id in snapshots},
        settled_cost=await core.ledger.settled_cost(account_id, since),
        settled_since=since,
        final_parts=await core.ledger.final_parts(account_id),
    )


def today_of(fetched: Fetched, now: datetime) -> date:
    """Gives today's date where the figures are counted by days."""
    zones = [s.cycle.timezone for s in fetched.snapshots.values() if s.cycle]
    return local_day(now, zones[0] if zones else "UTC")

"""How a service is doing, from what the ledger holds and the time."""

from datetime import datetime, timedelta

from stackk_tui.model.service import Service, Status
from stackk_tui.model.snapshot import Snapshot

SIGN_IN_CODES = frozenset({"unauthorized", "vault-locked"})


def status_of(
    service: Service, snapshot: Snapshot | None, now: datetime, stale_after: timedelta | None
) -> Status:
    """Gives the status. Figures from the future (the clock was set back) are not stale."""
    if not service.connected:
        return Status.DISCONNECTED
    if service.error:
        return Status.SIGN_IN_NEEDED if service.error.code in SIGN_IN_CODES else Status.ERROR
    seen = snapshot.fetched_at if snapshot else service.last_synced_at or service.connected_at
    if stale_after is not None and now - seen > stale_after:
        return Status.STALE
    return Status.OK

"""The history of a service's windows, and what the logs of this machine say of the time of each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from stackk_tui.insight.limits import as_of_now, whole_windows
from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.snapshot import Limit
from stackk_tui.model.usage_report import GroupBy, UsageQuery, UsageReport
from stackk_tui.model.view import Burned, LimitHistory
from stackk_tui.stack.core import Core

ALL_READINGS = timedelta(days=8)
"""Further back a history has one reading an hour."""
MAX_DAYS = 3660
PARTS: tuple[GroupBy, ...] = ("project", "session", "model", "agent")
NOT_BEGUN = "No such window is under way now."
NOT_KNOWN = "When this window began is not known until it is read again."

Ask = Callable[[Sequence[UsageQuery]], Awaitable[list[UsageReport]]]


class Limits:
    def __init__(self, core: Core, ask: Ask) -> None:
        self._core = core
        self._ask = ask

    async def history(self, service_id: str, days: int) -> list[LimitHistory]:
        """Gives how full each window was; today's limits first, then those that are no longer told of."""
        if not 1 <= days <= MAX_DAYS:
            raise InvalidInput(f"A history has 1 to {MAX_DAYS} days, not {days}.")
        await self._core.service(service_id)
        snapshot = (await self._core.ledger.snapshots()).get(service_id)
        now = self._core.clock()
        found = await self._core.ledger.limit_history(
            service_id, now - timedelta(days=days), now - ALL_READINGS
        )
        samples = {limit_id: tuple(readings) for (_, limit_id), readings in found.items()}
        told = snapshot.limits if snapshot else ()
        ids = [limit.id for limit in told]
        return [
            *(
                LimitHistory(
                    limit_id=limit.id,
                    label=limit.label,
                    length=limit.length,
                    samples=samples.get(limit.id, ()),
                )
                for limit in told
            ),
            *(
                LimitHistory(limit_id=name, label=name.replace("_", " "), samples=readings)
                for name, readings in samples.items()
                if name not in ids
            ),
        ]

    async def burned(self, service_id: str) -> list[Burned]:
        """Gives local usage since each window of the plan as a whole began, from one reading of the logs.

        Empty when no logs of this machine tell of this service.
        """
        await self._core.service(service_id)
        kept = (await self._core.ledger.snapshots()).get(service_id)
        if kept is None or kept.explained_by is None:
            return []
        now = self._core.clock()
        found = [_window(limit, now) for limit in whole_windows(as_of_now(kept, now).limits)]
        asked = [window for window in found if window.start is not None]
        if not asked:
            return found
        queries = [
            UsageQuery(by=part, start=window.start, end=now, account=kept.explained_by)
            for window in asked
            for part in PARTS
        ]
        reports = iter(await self._ask(queries))
        answers = {window.limit_id: {part: next(reports) for part in PARTS} for window in asked}
        return [w.model_copy(update={"reports": answers.get(w.limit_id, {})}) for w in found]


def _window(limit: Limit, now: datetime) -> Burned:
    known = Burned(
        limit_id=limit.id, label=limit.label, short=limit.short, used=limit.used, resets_at=limit.resets_at
    )
    if limit.resets_at is None or limit.length is None or limit.resets_at <= now:
        reason = NOT_BEGUN if limit.used == 0 else NOT_KNOWN
        return known.model_copy(update={"reason": reason})
    # to the minute: vendors give fractions of a second before or after it
    start = limit.resets_at - limit.length + timedelta(seconds=30)
    return known.model_copy(update={"start": start.replace(second=0, microsecond=0)})

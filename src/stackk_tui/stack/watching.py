"""Keeping figures fresh without a screen: each account at its provider's pace, and alerts after each round.

What a vendor may be asked is kept by the ledger's claims, shared with every open copy of this program; the
waits here only keep it from being asked in vain.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from stackk_tui.model.alert import Alert, AlertRecord, Delivery
from stackk_tui.model.board import Board
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput, RateLimited, SpendLimitReached, StackkError
from stackk_tui.model.view import ServiceView
from stackk_tui.providers.base import Pace
from stackk_tui.stack.values import Outcome

USUAL = timedelta(minutes=5)
"""No account is asked more often, also where its provider would allow it."""
SELDOM = timedelta(hours=1)
"""How often to look at what does not age, and the longest wait after failures."""
JITTER = 0.15
"""Each wait is up to this share longer: many machines, not one moment."""
ALERTS_EVERY = timedelta(minutes=5)

Tell = Callable[[str, Mapping[str, object]], None]
"""Takes an event's name and its fields; no name of an account is in them."""


class Keeps(Protocol):
    """What of `Stack` a watch works with."""

    async def services(self) -> list[ServiceView]: ...
    async def refresh(self, ids: list[str]) -> list[Outcome]: ...
    async def check_alerts(self, now: datetime) -> list[Alert]: ...
    async def alerts(self, days: int) -> list[AlertRecord]: ...
    async def board(self) -> Board: ...
    def pace(self, provider_id: str) -> Pace: ...


class Watching:
    """Call `round` again and again, not before the moment it gave."""

    def __init__(self, stack: Keeps, clock: Clock, tell: Tell, random: Random) -> None:
        self._stack, self._clock, self._tell, self._random = stack, clock, tell, random
        self._next: dict[str, datetime] = {}
        self._failed: dict[str, int] = {}
        self._told: set[tuple[str, str, str, int]] | None = None
        """Tellings that stand in the log; None before the first round."""

    async def round(self) -> tuple[datetime, list[Outcome]]:
        """Asks what is due, looks for alerts; gives when to come again, and how the asking went.

        Raises StackkError when the ledger cannot be used.
        """
        now = self._clock()
        due = self._due(await self._stack.services(), now)
        outcomes: list[Outcome] = []
        if due:
            outcomes = await self._stack.refresh([view.service.id for view in due])
            self._ended(due, outcomes)
            await self._stack.board()  # what the app paints first
        await self._look_for_alerts()
        now = self._clock()
        return min([now + ALERTS_EVERY, *(at for at in self._next.values() if at > now)]), outcomes

    def _due(self, views: list[ServiceView], now: datetime) -> list[ServiceView]:
        """Gives the services of the accounts that are due. A clock that was set back makes all due."""
        connected = [view for view in views if view.service.connected]
        accounts = {view.account.id for view in connected}
        for gone in self._next.keys() - accounts:
            del self._next[gone]
        longest = 2 * SELDOM * (1 + JITTER)
        return [view for view in connected if not now < self._next.get(view.account.id, now) <= now + longest]

    def _ended(self, due: list[ServiceView], outcomes: list[Outcome]) -> None:
        now = self._clock()
        by_id = {outcome.service_id: outcome for outcome in outcomes}
        accounts: dict[str, list[tuple[ServiceView, Outcome]]] = {}
        for view in due:
            if view.service.id in by_id:
                accounts.setdefault(view.account.id, []).append((view, by_id[view.service.id]))
            else:  # disconnected meanwhile
                self._next.pop(view.account.id, None)
        for account_id, ended in accounts.items():
            bad = [outcome.error for _, outcome in ended if outcome.how == "failed"]
            self._failed[account_id] = self._failed.get(account_id, 0) + 1 if bad else 0
            self._next[account_id] = now + self._wait(
                ended[0][0].service.provider, self._failed[account_id], bad, now
            )
            for view, outcome in ended:
                self._say(view, outcome, self._next[account_id])

    def _wait(
        self, provider_id: str, failures: int, errors: list[StackkError | None], now: datetime
    ) -> timedelta:
        pace = Pace()
        with suppress(InvalidInput):  # of a newer version
            pace = self._stack.pace(provider_id)
        usual = SELDOM if pace.stale_after is None else max(pace.interval, USUAL)
        wait = min(usual * 2 ** min(failures, 10), max(SELDOM, usual)) if failures else usual
        wait *= 1 + self._random.uniform(0, JITTER)
        asked = [error.retry_at - now for error in errors if error is not None and error.retry_at is not None]
        return max([wait, *(min(one, SELDOM) for one in asked)])

    def _say(self, view: ServiceView, outcome: Outcome, again: datetime) -> None:
        fields: dict[str, object] = {"service": view.service.id, "provider": view.service.provider}
        if outcome.how == "failed" and outcome.error is not None:
            fields["error"] = outcome.error.code
            if isinstance(outcome.error, RateLimited | SpendLimitReached) and outcome.error.retry_at:
                fields["retry_at"] = outcome.error.retry_at
        self._tell(outcome.how, {**fields, "next": again})

    async def _look_for_alerts(self) -> None:
        if self._told is None:  # what was told before we came is not news
            self._told = {key for key, _ in await self._tellings()}
        for alert in await self._stack.check_alerts(self._clock()):
            self._tell(
                "alert",
                {
                    "id": alert.id,
                    "kind": alert.kind,
                    "level": alert.level,
                    "subject": alert.subject,
                    "title": alert.words(names=False)[0],
                },
            )
        for key, one in await self._tellings():
            if one.state != "sending" and key not in self._told:
                self._told.add(key)
                event = "told" if one.state == "sent" else f"telling-{one.state}"
                fields: dict[str, object] = {"id": key[0], "channel": one.channel}
                self._tell(event, {**fields, "error": one.error} if one.error else fields)

    async def _tellings(self) -> list[tuple[tuple[str, str, str, int], Delivery]]:
        return [
            ((record.alert.id, one.channel, one.state, one.tries), one)
            for record in await self._stack.alerts(1)
            for one in record.deliveries
        ]

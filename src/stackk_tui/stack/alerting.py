"""Looking what is to be told, and the history of it: each crossing once, over all copies of this program."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import TypeVar

from stackk_tui.config import ConfigError
from stackk_tui.insight.alert_conditions import Standing, conditions
from stackk_tui.insight.alerts import Condition, Decision, Memory, decide
from stackk_tui.model.alert import (
    EVERYTHING,
    Alert,
    AlertRecord,
    AlertSettings,
    AlertState,
    Delivery,
    Silence,
)
from stackk_tui.model.anomaly import Unusual
from stackk_tui.model.budget import BudgetState
from stackk_tui.model.errors import InvalidInput, StackkError
from stackk_tui.model.view import ServiceView
from stackk_tui.providers.registry import infos
from stackk_tui.stack.alert_delivery import Delivering, Here
from stackk_tui.stack.alert_settings import AlertConfig, alert_config
from stackk_tui.stack.core import Core, log

UNUSUAL_DAYS = 3
UNUSUAL_EVERY = timedelta(minutes=10)
"""Unusual slots are looked for less often than the rest: it may take reading logs."""
KINDS = ("budget/", "limit/", "unusual/", "service/")
MAX_DAYS = 3660
MOST = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlannedAlert:
    """What a look would do now (`plan_alerts`), without doing it."""

    alert: Alert
    state: AlertState
    channels: tuple[str, ...]
    """Over which it would be told at once; empty where it is held or muted."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a look gets what it looks at."""

    services: Callable[[], Awaitable[list[ServiceView]]]
    budgets: Callable[[datetime], Awaitable[list[BudgetState]]]
    unusual: Callable[[int], Awaitable[list[Unusual]]]


class Alerting:
    def __init__(self, core: Core, sources: Sources) -> None:
        self._core = core
        self._sources = sources
        self._book = core.ledger.alerts
        self._delivering = Delivering(core)
        self._unusual: tuple[datetime, list[Unusual]] | None = None

    def config(self) -> AlertConfig:
        """Raises InvalidInput for a setting that cannot be used."""
        try:
            return alert_config(self._core.settings)
        except ConfigError as error:
            raise InvalidInput(
                str(error), "No alert was looked for.", "Correct it, then try again."
            ) from None

    async def check(self, now: datetime | None, here: Here) -> list[Alert]:
        """Raises what is due and tells it over every channel this process has; gives what is new."""
        config = self.config()
        now = now or self._core.clock()
        found = conditions(await self._standing(config, now), now)
        quiet = config.is_quiet(now)
        look = partial(_decide, found, now=now, quiet=quiet, urgent=config.urgent)
        new = await self._book.look(look, now, quiet=quiet)
        await self._delivering.deliver(config, now, here)
        return [alert for alert, state in new if state != "muted"]

    async def plan(self, now: datetime | None, here: Here) -> list[PlannedAlert]:
        config = self.config()
        now = now or self._core.clock()
        found = conditions(await self._standing(config, now), now)
        decision = _decide(
            found, await self._book.memory(), now=now, quiet=config.is_quiet(now), urgent=config.urgent
        )
        known = {
            record.alert.id
            for record in await self._book.history(datetime.min.replace(tzinfo=now.tzinfo), MOST)
        }
        channels = tuple(self._delivering.channels(config, here))
        return [
            PlannedAlert(alert, state, channels if state == "raised" else ())
            for alert, state in decision.alerts
            if alert.id not in known
        ]

    async def history(self, days: int, most: int) -> list[AlertRecord]:
        if not 1 <= days <= MAX_DAYS or not 1 <= most <= MOST:
            raise InvalidInput(f"A history has 1 to {MAX_DAYS} days and at most {MOST} alerts.")
        return await self._book.history(self._core.clock() - timedelta(days=days), most)

    async def see(self, ids: Sequence[str] | None) -> None:
        await self._book.see(ids)

    async def silences(self) -> list[Silence]:
        """Gives what is muted or snoozed now."""
        now = self._core.clock()
        return [silence for silence in await self._book.silences() if silence.holds(now)]

    async def silence(self, word: str, until: datetime | None) -> Silence:
        if until is not None and until <= self._core.clock():
            raise InvalidInput("That moment is over.", "Nothing was changed.", "Name one to come.")
        subject = await self._subject(word)
        await self._book.silence(subject, until)
        return Silence(subject=subject, until=until)

    async def unsilence(self, word: str) -> bool:
        return await self._book.unsilence(await self._subject(word))

    async def test(self, channel: str | None, here: Here) -> list[Delivery]:
        """Tells a test over one channel or all that are set up."""
        config = self.config()
        now = self._core.clock()
        alert = Alert(
            id=f"alr_test_{token_hex(4)}",
            subject="test",
            kind="test",
            level="warning",
            title="this is a test",
            lines=("If you read this, alerts reach you here.",),
            at=now,
            period="",
            provenance="entered",
        )
        set_up = self._delivering.channels(config, here)
        if channel is not None and channel not in set_up:
            names = ", ".join(set_up) or "none"
            raise InvalidInput(
                f"There is no channel {channel!r} here.", "Nothing was told.", f"Set up: {names}."
            )
        return await self._delivering.test(config, alert, now, here, channel)

    def settings(self, here: Here) -> AlertSettings:
        config = self.config()
        return config.shown(
            tuple(self._delivering.channels(config, here)), tuple(self._delivering.problems(config))
        )

    async def _subject(self, word: str) -> str:
        """Gives the subject meant by itself, by an alert's id, or by `all`. Raises InvalidInput."""
        if word in (EVERYTHING, "all"):
            return EVERYTHING
        if word in await self._book.subjects():
            return word
        kept = await self._book.history(datetime.min.replace(tzinfo=self._core.clock().tzinfo), MOST)
        found = {record.alert.subject for record in kept if record.alert.id == word}
        if found:
            return found.pop()
        if word.startswith(KINDS):
            return word
        raise InvalidInput(
            f"There is no alert or subject {word!r}.",
            "Nothing was changed.",
            "stackk-tui alerts list shows them; all means every one.",
        )

    async def _standing(self, config: AlertConfig, now: datetime) -> Standing:
        services = await self._sources.services()
        return Standing(
            budgets=await self._or_none("budgets", self._sources.budgets(now)),
            services=services,
            unusual=await self._unusual_lately(now),
            about=self._about(services),
            limits=config.limits,
            zone=config.zone,
        )

    async def _unusual_lately(self, now: datetime) -> list[Unusual]:
        if self._unusual is None or not timedelta(0) <= now - self._unusual[0] < UNUSUAL_EVERY:
            self._unusual = (now, await self._or_none("unusual", self._sources.unusual(UNUSUAL_DAYS)))
        return self._unusual[1]

    async def _or_none(self, what: str, wanted: Awaitable[list[T]]) -> list[T]:
        """A part that cannot be looked at keeps nothing else from being told."""
        try:
            return await wanted
        except StackkError as error:
            log.info("%s were not looked at: %s", what, error.code)
            return []

    def _about(self, services: Sequence[ServiceView]) -> dict[str, str]:
        """Gives what each service is called without its own name: its provider, numbered from the second."""
        names = {info.id: info.name for info in infos()}
        found: dict[str, str] = {}
        counts: dict[str, int] = {}
        for view in services:
            typed = view.service.workspace.kind == "subscription"
            name = "a subscription" if typed else names.get(view.service.provider, view.service.provider)
            counts[name] = counts.get(name, 0) + 1
            found[view.service.id] = name if counts[name] == 1 else f"{name} ({counts[name]})"
        return found


def _decide(
    found: Sequence[Condition], memory: Memory, *, now: datetime, quiet: bool, urgent: bool
) -> Decision:
    return decide(found, memory, now, quiet=quiet, urgent=urgent)

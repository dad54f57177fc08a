"""Keeping up with what happens on this machine, for as long as somebody looks."""

import asyncio
from contextlib import suppress

from stackk_tui.model.errors import StackkError
from stackk_tui.model.events import Event, ServiceDisconnected, ServiceRefreshed, ServicesConnected
from stackk_tui.model.service import Service
from stackk_tui.stack.changes import Changes
from stackk_tui.stack.core import Core, log
from stackk_tui.stack.fetching import Fetching
from stackk_tui.stack.hearing import hear

AFTER_AN_ERROR = 5.0
"""Seconds of rest for a provider that failed to follow."""


class Following:
    def __init__(self, core: Core, fetching: Fetching) -> None:
        self._core = core
        self._fetching = fetching

    async def follow(self) -> None:
        """Runs until it is cancelled: takes in what is heard and tells ServiceRefreshed. No error ends it."""
        tasks: dict[str, asyncio.Task[None]] = {}
        changed = asyncio.Event()

        def told(event: Event) -> None:
            if isinstance(event, ServicesConnected | ServiceDisconnected):
                changed.set()

        self._core.listeners.append(told)
        try:
            while True:
                changed.clear()
                wanted = await self._providers()
                for provider_id in tasks.keys() - wanted.keys():
                    tasks.pop(provider_id).cancel()
                for provider_id in wanted.keys() - tasks.keys():
                    tasks[provider_id] = asyncio.create_task(self._one(provider_id, wanted[provider_id]))
                await changed.wait()
        finally:
            with suppress(ValueError):
                self._core.listeners.remove(told)
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def _providers(self) -> dict[str, Changes]:
        """Gives the providers with tracked services that can follow this machine."""
        found: dict[str, Changes] = {}
        with suppress(StackkError):
            for provider_id in {s.provider for s in await self._core.services() if s.connected}:
                with suppress(StackkError):  # of a newer version
                    if changes := self._core.changes(provider_id):
                        found[provider_id] = changes
        return found

    async def _one(self, provider_id: str, changes: Changes) -> None:
        seen = changes.begin()
        while True:
            try:
                seen = await changes.since(seen)
                await self._hear(provider_id)
            except StackkError as error:
                log.info("%s could not be followed: %s", provider_id, error.code)
                await asyncio.sleep(AFTER_AN_ERROR)
            except Exception as bug:  # noqa: BLE001  a provider's bug must not take the others down
                log.warning("following %s failed: %s", provider_id, type(bug).__name__, exc_info=bug)
                await asyncio.sleep(AFTER_AN_ERROR)

    async def _hear(self, provider_id: str) -> None:
        accounts: dict[str, list[Service]] = {}
        for service in await self._core.services():
            if service.connected and service.provider == provider_id:
                accounts.setdefault(service.account_id, []).append(service)
        for account_id, services in accounts.items():
            async with self._fetching.turn(account_id) as alone:
                news = await hear(self._core, account_id, services) if alone else []
            for service_id in news:
                self._core.tell(ServiceRefreshed(service_id))

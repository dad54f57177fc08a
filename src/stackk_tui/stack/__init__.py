"""The async service layer: the one door through which screens and commands act and read.

Everything a person does is a verb of `Stack`; everything they see is a value it gives, read from the ledger.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Literal

from stackk_tui.config import Settings
from stackk_tui.model.board import Board
from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.currency import CurrencyChoice, Rate
from stackk_tui.model.errors import InvalidInput, StackkError
from stackk_tui.model.events import ServiceChanged
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import EnteredBilling, Service
from stackk_tui.model.usage_report import LiveUsage, UsageQuery, UsageReport
from stackk_tui.model.view import Burned, History, LimitHistory, ServiceView, Total
from stackk_tui.net.oauth_lock import account_lock
from stackk_tui.providers.base import (
    Finding,
    OAuthApp,
    ProviderContext,
    ProviderInfo,
    SignsInAtVendor,
)
from stackk_tui.providers.registry import Providers, infos
from stackk_tui.stack.alert_verbs import AlertVerbs
from stackk_tui.stack.alerting import Alerting, Sources
from stackk_tui.stack.at_vendor import SignInAtVendor
from stackk_tui.stack.core import Core, Listener
from stackk_tui.stack.currency import Currencies
from stackk_tui.stack.fetching import Fetching
from stackk_tui.stack.following import Following
from stackk_tui.stack.foresight_verbs import ForesightVerbs
from stackk_tui.stack.leaving import Leaving
from stackk_tui.stack.limits import Limits
from stackk_tui.stack.logs import Logs
from stackk_tui.stack.reading import Reading
from stackk_tui.stack.signing_in import SigningIn
from stackk_tui.stack.values import Farewell, Held, Outcome, SignedIn, StoreInfo, WorkspaceChoice
from stackk_tui.stack.watch_verbs import WatchVerbs
from stackk_tui.storage.ledger import Ledger
from stackk_tui.storage.tokens import Tokens

__all__ = [
    "Farewell",
    "Held",
    "Listener",
    "Outcome",
    "SignInAtVendor",
    "SignedIn",
    "Stack",
    "StoreInfo",
    "WorkspaceChoice",
]


class Stack(ForesightVerbs, AlertVerbs, WatchVerbs):
    """Open one per process with `await Stack.open(...)`, and `await close()` it.

    Every verb raises StackkError and nothing else.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._reading = Reading(core)
        self._currencies = Currencies(core)
        self._signing_in = SigningIn(core)
        self._fetching = Fetching(core)
        self._following = Following(core, self._fetching)
        self._leaving = Leaving(core)
        self._logs = Logs(core)
        self._limits = Limits(core, self.usage_reports)
        self._look_around(core, self._reading, self._logs)
        self._alerting = Alerting(core, Sources(self.services, self.budget_states, self.anomalies))

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        transport: object | None = None,
        passphrase: Callable[[], Secret | None] | None = None,
    ) -> "Stack":
        """Opens the ledger; keys and providers wait until they are needed.

        `transport` is an httpx transport in place of the wire (the demo); `passphrase` is asked when the
        vault must be opened. Raises LedgerTooNew, StorageError.
        """
        ledger = await Ledger.open(settings.paths.ledger)
        return cls(
            Core(
                settings=settings,
                clock=clock,
                ledger=ledger,
                tokens=Tokens(settings, passphrase=passphrase),
                providers=Providers(ProviderContext(settings, clock, transport)),
            )
        )

    async def close(self) -> None:
        for changes in self._core.watched.values():
            changes.stop()
        for account_id in list(self._core.bearers):
            await self._core.close_bearer(account_id)
        await self._core.providers.aclose()
        await self._core.ledger.close()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with every event, on the loop's thread; gives a function that ends it."""
        self._core.listeners.append(listener)

        def stop() -> None:
            with suppress(ValueError):
                self._core.listeners.remove(listener)

        return stop

    # what there is
    def providers(self) -> tuple[ProviderInfo, ...]:
        return infos()

    async def findings(self) -> list[Finding]:
        """Gives what this machine has that could be tracked and is not yet."""
        services = await self._core.services()
        tracked = {s.provider for s in services if s.connected}
        found: list[Finding] = []
        for info in infos():
            if info.id in tracked:
                continue
            with suppress(StackkError):
                own = await asyncio.to_thread(self._core.providers.get(info.id).detect)
                found += [replace(finding, provider=info.id) for finding in own]
        return found

    async def board(self) -> Board:
        return await self._reading.board(self._foresight.forecast_of_all)

    async def services(self, ids: Sequence[str] | None = None) -> list[ServiceView]:
        return await self._reading.views(ids)

    async def service(self, service_id: str) -> ServiceView:
        return (await self._reading.views([service_id]))[0]

    async def total(self) -> Total:
        return await self._reading.total()

    async def currency(self) -> CurrencyChoice:
        """Gives the currency that totals are shown in, too, and the rates that hold."""
        return await self._currencies.choice()

    async def set_currency(self, show: str, rate: Rate | None = None) -> CurrencyChoice:
        """Keeps what was typed, and gives what holds: config.toml goes before. An empty `show` ends it."""
        return await self._currencies.keep(show, rate)

    async def history(self, service_id: str, days: int) -> History:
        return await self._reading.history(service_id, days)

    async def limit_history(self, service_id: str, days: int) -> list[LimitHistory]:
        """Gives how full each of a service's windows was in the last days."""
        return await self._limits.history(service_id, days)

    async def burned(self, service_id: str) -> list[Burned]:
        """Gives what the logs of this machine say of each window under way; reads what is new in them.

        Empty for a service whose windows no logs here explain. Slow the first time: never wait for it.
        """
        return await self._limits.burned(service_id)

    async def usage(self, query: UsageQuery) -> UsageReport:
        """Gives usage from the logs on this machine; nothing needs to be tracked for it."""
        return (await self.usage_reports([query]))[0]

    async def usage_reports(self, queries: Sequence[UsageQuery]) -> list[UsageReport]:
        """Answers several questions from one reading of the logs."""
        return await self._logs.reports(queries)

    async def live_usage(self) -> LiveUsage:
        """Gives what goes on now by the logs on this machine."""
        return await self._logs.live()

    async def usage_accounts(self) -> tuple[str, ...]:
        """Gives the labels of the accounts whose logs are on this machine; the empty one is its own."""
        return await self._logs.accounts()

    async def logs_changed(self, seen: int | None) -> int:
        """Returns when the logs on this machine have changed since `seen`, at most 2 seconds later, and
        gives what to hand in next. None begins to watch and gives at once what to hand in first."""
        return await self._logs.changed(seen)

    def scan_progress(self) -> tuple[int, int] | None:
        """Gives how many bytes of the logs are read and of how many; None while none are being read."""
        return self._logs.progress()

    # signing in
    async def sign_in(
        self,
        provider_id: str,
        method: str,
        secret: Secret | None = None,
        form: Mapping[str, str] | None = None,
    ) -> SignedIn:
        """Checks a credential or a form with its provider. Nothing is kept until `connect`."""
        return await self._signing_in.sign_in(provider_id, method, secret, form or {})

    def missing(self, provider_id: str, method: str) -> str:
        """Gives what is missing before a door can be used, in a sentence; empty when it is ready."""
        provider = self._core.providers.get(provider_id)
        return provider.missing(method) if isinstance(provider, SignsInAtVendor) else ""

    def check_door(self, provider_id: str, method: str) -> None:
        """Raises InvalidInput or Unavailable when a door cannot be used yet, with what to set or install."""
        provider = self._core.providers.get(provider_id)
        if isinstance(provider, SignsInAtVendor):
            provider.check(method)

    async def sign_in_at_vendor(
        self, provider_id: str, method: str, *, listen: bool = True, app: OAuthApp | None = None
    ) -> SignInAtVendor:
        """Begins a sign-in on the vendor's own page; its `finish` gives what `sign_in` gives. `app` is an
        OAuth app that was typed in."""
        return await self._signing_in.sign_in_at_vendor(provider_id, method, listen=listen, app=app)

    async def workspaces(self, account_id: str) -> list[WorkspaceChoice]:
        return await self._signing_in.workspaces(account_id)

    async def connect(
        self, account_id: str, workspace_ids: Sequence[str] = (), name: str | None = None
    ) -> list[ServiceView]:
        """Keeps the credential and tracks workspaces by id or name; none means the account as a whole."""
        services = await self._signing_in.connect(account_id, workspace_ids, name)
        return await self._reading.views([service.id for service in services])

    def forget(self, account_id: str) -> None:
        """Drops a credential that was checked but not connected."""
        self._signing_in.forget(account_id)

    async def discard(self, account_id: str) -> None:
        """Drops a credential that was not connected, and ends it at the vendor if it was made for us."""
        await self._signing_in.discard(account_id)

    # keeping up
    async def sync(self, ids: Sequence[str] | None = None) -> list[Outcome]:
        """Light: is each one alive, and its plan and limits. None means all."""
        return await self._fetching.fetch("sync", await self._tracked(ids), force=False)

    async def refresh(self, ids: Sequence[str] | None = None, *, force: bool = False) -> list[Outcome]:
        """Everything, unless it was read a moment ago; `force` asks sooner, within the vendor's limits."""
        return await self._fetching.fetch("refresh", await self._tracked(ids), force=force)

    async def follow(self) -> None:
        """Runs until it is cancelled: what changes by what happens on this machine is kept and told
        (ServiceRefreshed), without asking a vendor. No error ends it. One at a time per process."""
        await self._following.follow()

    async def edit_billing(self, service_id: str, entered: EnteredBilling) -> ServiceView:
        """Keeps what the person typed about price and payment; None gives way to the provider again."""
        service = await self._core.service(service_id)
        await self._core.ledger.put_services([service.model_copy(update={"entered": entered})])
        self._core.tell(ServiceChanged(service_id))
        return await self.service(service_id)

    async def _tracked(self, ids: Sequence[str] | None) -> list[Service]:
        services = {s.id: s for s in await self._core.services()}
        if ids is None:
            return [s for s in services.values() if s.connected]
        for service_id in ids:
            service = await self._core.service(service_id)
            if not service.connected:
                raise InvalidInput(
                    f"{service.name} is disconnected.", next_step="Add it again to refresh it."
                )
        return [services[service_id] for service_id in dict.fromkeys(ids)]

    # leaving
    async def plan_disconnect(self, service_id: str, *, purge: bool = False) -> Farewell:
        """Gives what `disconnect` would do, and does nothing."""
        return await self._leaving.plan(service_id, purge=purge)

    async def disconnect(
        self, service_id: str, *, purge: bool = False, revoke_token: bool = False
    ) -> Farewell:
        """Stops tracking: deletes here first, then revokes where that is possible."""
        return await self._leaving.disconnect(service_id, purge=purge, revoke_token=revoke_token)

    # where keys are kept
    async def token_store(self) -> StoreInfo:
        return StoreInfo.of(await self._core.tokens.info())

    async def unlock(self, passphrase: Secret | None = None) -> StoreInfo:
        """With None by key file or passphrase source. Raises VaultLocked, WrongPassphrase, VaultDamaged."""
        await self._core.tokens.unlock(passphrase)
        return await self.token_store()

    async def create_vault(self, passphrase: Secret) -> StoreInfo:
        await self._core.tokens.create_vault(passphrase)
        return await self.token_store()

    async def move_tokens(self, where: Literal["vault", "keyring"]) -> StoreInfo:
        """Moves every key and sign-in there, and keeps new ones there from now on; none is lost on the way.

        Raises InvalidInput (a setting says otherwise), TokenStoreNeeded (no encrypted file yet), VaultLocked,
        StorageError.
        """
        guard = partial(account_lock, self._core.settings.paths.data)
        accounts = await self._core.accounts_kept_here()
        return StoreInfo.of(await self._core.tokens.move_to(where, accounts, guard))

    async def use_memory(self) -> StoreInfo:
        """Keeps keys for this session only."""
        await self._core.tokens.use_memory()
        return await self.token_store()

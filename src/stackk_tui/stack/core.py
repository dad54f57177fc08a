"""What the verbs share: the ledger, the keys, the providers, the time, and who listens."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput, SignInNeeded
from stackk_tui.model.events import Event
from stackk_tui.model.service import Account, Service
from stackk_tui.net.bearer import Bearer, BearerSource
from stackk_tui.net.redact import remember
from stackk_tui.providers.base import Door, FollowsThisMachine, Provider, Session, SignsInAtVendor
from stackk_tui.providers.registry import Providers
from stackk_tui.stack.changes import Changes
from stackk_tui.storage.ledger import Ledger
from stackk_tui.storage.tokens import Tokens

Listener = Callable[[Event], None]

log = logging.getLogger("stackk_tui.stack")


@dataclass(slots=True)
class Core:
    settings: Settings
    clock: Clock
    ledger: Ledger
    tokens: Tokens
    providers: Providers
    listeners: list[Listener] = field(default_factory=list)
    bearers: dict[str, BearerSource] = field(default_factory=dict)
    """The sources of tokens in use, by account id."""
    watched: dict[str, Changes] = field(default_factory=dict)
    """By provider id."""

    def changes(self, provider_id: str) -> Changes | None:
        """Gives the one watching of a provider; None for one that does not follow this machine."""
        if provider_id not in self.watched:
            provider = self.providers.get(provider_id)
            if not isinstance(provider, FollowsThisMachine):
                return None
            self.watched[provider_id] = Changes(provider)
        return self.watched[provider_id]

    def tell(self, event: Event) -> None:
        """Tells every listener; one that fails does not keep it from the others."""
        for listener in list(self.listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001  a listener's bug must not stop a refresh half-way
                log.warning("a listener failed on %s", type(event).__name__)

    async def close_bearer(self, account_id: str) -> None:
        """Lets go of an account's source of tokens; a renewal under way comes to its end first."""
        source = self.bearers.pop(account_id, None)
        if isinstance(source, Bearer):
            await source.aclose()

    async def services(self) -> list[Service]:
        return await self.ledger.services()

    async def service(self, service_id: str) -> Service:
        """Raises InvalidInput for an unknown id."""
        for service in await self.services():
            if service.id == service_id:
                return service
        raise InvalidInput(f"There is no service {service_id!r}.", next_step="stackk-tui list shows them.")

    async def account(self, account_id: str) -> Account:
        """Raises InvalidInput for an unknown id."""
        accounts = await self.ledger.accounts()
        if account_id not in accounts:
            raise InvalidInput(
                f"There is no account {account_id!r}.", next_step="stackk-tui list shows them."
            )
        return accounts[account_id]

    async def accounts_kept_here(self) -> list[tuple[str, str]]:
        """Gives provider and id of every account whose credential may be in our token store."""
        found = []
        for account in (await self.ledger.accounts()).values():
            with suppress(InvalidInput):  # of a newer version: its credential stays where it is
                door = door_of(self.providers.get(account.provider), account.method)
                if door.secret_label is not None or (door.at_vendor and not door.kept_elsewhere):
                    found.append((account.provider, account.id))
        return found

    async def session(self, account: Account) -> Session:
        """Gives the account with its credential. Raises VaultLocked, TokenStoreNeeded, SignInNeeded."""
        provider = self.providers.get(account.provider)
        door = door_of(provider, account.method)
        if door.at_vendor and isinstance(provider, SignsInAtVendor):
            # one source per account: requests side by side must share one refresh
            if account.id not in self.bearers:
                self.bearers[account.id] = provider.bearer(account, self.tokens)
            return Session(account, None, bearer=self.bearers[account.id])
        if door.secret_label is None:
            return Session(account, None)
        record = await self.tokens.load(account.provider, account.id)
        if record is None:
            raise SignInNeeded(
                f"The key of {account.label} is not in the token store.",
                "The figures shown are the last ones that were read.",
                "Add it again: press a, or run stackk-tui add.",
            )
        remember(record.secret)
        return Session(account, record.secret)


def door_of(provider: Provider, method: str) -> Door:
    """Gives a provider's door by its method. Raises InvalidInput."""
    for door in provider.info.doors:
        if door.method == method:
            return door
    methods = ", ".join(door.method for door in provider.info.doors)
    raise InvalidInput(
        f"{provider.info.name} has no sign-in method {method!r}.", next_step=f"It has: {methods}."
    )


def account_id(provider_id: str, method: str, key: str) -> str:
    """Gives the id of an account: the same credential's owner gets the same id again."""
    return f"acc_{_digest(provider_id, method, key)}"


def service_id(account: str, workspace: str) -> str:
    return f"svc_{_digest(account, workspace)}"


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]

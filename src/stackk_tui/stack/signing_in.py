"""Sign in, pick, connect. Between signing in and connecting a credential is only in memory."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from stackk_tui.model.errors import InvalidInput, StackkError
from stackk_tui.model.events import ServicesConnected
from stackk_tui.model.secret import Secret
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.model.text import clean
from stackk_tui.net.bearer import Bearer, BearerSource
from stackk_tui.net.oauth_lock import account_lock
from stackk_tui.net.redact import remember
from stackk_tui.providers.base import (
    Identity,
    OAuthApp,
    Provider,
    Session,
    SignsInAtVendor,
    TakesOAuthApp,
)
from stackk_tui.stack.at_vendor import HeldTokens, SignInAtVendor
from stackk_tui.stack.core import Core, account_id, door_of, service_id
from stackk_tui.stack.values import SignedIn, WorkspaceChoice
from stackk_tui.storage.tokens import TokenRecord

DISCARD_SECONDS = 5.0


@dataclass(slots=True)
class _Pending:
    session: Session
    identity: Identity
    record: TokenRecord | None
    """The key to keep when it is connected."""
    held: HeldTokens | None = None
    """The tokens to keep when it is connected."""
    workspaces: list[Workspace] = field(default_factory=list)


class SigningIn:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._pending: dict[str, _Pending] = {}

    async def sign_in(
        self, provider_id: str, method: str, secret: Secret | None, form: Mapping[str, str]
    ) -> SignedIn:
        """Checks a credential with its provider. Raises what `Provider.sign_in` raises."""
        provider = self._core.providers.get(provider_id)
        door = door_of(provider, method)
        if door.secret_label is not None and not secret:
            raise InvalidInput(f"{door.title} needs a key.", next_step=door.secret_hint)
        if secret is not None:
            remember(secret)
        identity = await provider.sign_in(method, secret, form)
        record = TokenRecord(secret) if secret is not None else None
        return self._hold(provider, identity, secret=secret, record=record)

    async def sign_in_at_vendor(
        self, provider_id: str, method: str, *, listen: bool, app: OAuthApp | None = None
    ) -> SignInAtVendor:
        """Begins a sign-in on the vendor's own page. Raises InvalidInput when something is missing."""
        provider = self._core.providers.get(provider_id)
        door = door_of(provider, method)
        if not isinstance(provider, SignsInAtVendor) or not door.at_vendor:
            raise InvalidInput(f"{door.title} is not signed in to on a page of the vendor.")
        if app is not None and isinstance(provider, TakesOAuthApp):
            remember(app.client_secret)
            flow = await provider.start_with_app(method, app, listen=listen)
        else:
            flow = await provider.start_sign_in(method, listen=listen)

        async def finish(record: TokenRecord | None) -> SignedIn:
            held = HeldTokens(self._nobody(provider_id, method), record) if record else None
            if held is None:
                source = provider.bearer(None, self._core.tokens)
            else:
                await held.begin()
                source = provider.bearer(held.account, held.memory)
            try:
                identity = await provider.identify(method, source)
            except BaseException:
                await self._end(provider, held)
                raise
            return self._hold(provider, identity, bearer=source, held=held)

        address_file = self._core.settings.paths.state / "sign-in" / f"{os.getpid()}.txt"
        return SignInAtVendor(flow, door.warning, finish, address_file)

    def _hold(
        self,
        provider: Provider,
        identity: Identity,
        *,
        secret: Secret | None = None,
        bearer: BearerSource | None = None,
        record: TokenRecord | None = None,
        held: HeldTokens | None = None,
    ) -> SignedIn:
        """Keeps a checked credential in memory until it is connected or forgotten."""
        account = Account(
            id=account_id(provider.info.id, identity.method, identity.key),
            provider=provider.info.id,
            method=identity.method,
            label=identity.label,
            billing_scope=identity.billing_scope,
            created_at=self._core.clock(),
        )
        self._pending[account.id] = _Pending(Session(account, secret, bearer), identity, record, held)
        return SignedIn(account, identity.note, picker=door_of(provider, identity.method).picker)

    async def workspaces(self, account: str) -> list[WorkspaceChoice]:
        """Gives what can be picked in an account that has just signed in or is connected."""
        tracked = {
            s.workspace.id for s in await self._core.services() if s.account_id == account and s.connected
        }
        return [WorkspaceChoice(w, w.id in tracked) for w in await self._ask_workspaces(account)]

    async def connect(self, account: str, workspace_ids: Sequence[str], name: str | None) -> list[Service]:
        """Tracks workspaces; none named means the account as a whole. Raises InvalidInput for an unknown one.

        The credential is kept first: a service without a key would be a broken promise.
        """
        pending = self._pending.get(account)
        chosen = _choose(await self._ask_workspaces(account), workspace_ids)
        kept = pending.session.account if pending else await self._core.account(account)
        services = [self._service(kept, workspace, name, pending) for workspace in chosen]
        before = {s.id: s for s in await self._core.services()}
        if pending:
            await self._keep(kept, pending)
        services = [_again(service, before.get(service.id), name) for service in services]
        healed = [
            s.model_copy(update={"error": None})
            for s in before.values()
            if pending and s.account_id == account and s.connected and s.error
        ]
        await self._core.ledger.connect(kept, [*healed, *services])
        self.forget(account)
        self._core.tell(ServicesConnected(tuple(service.id for service in services)))
        return services

    def forget(self, account: str) -> None:
        """Drops a credential that was checked but not connected."""
        self._pending.pop(account, None)

    async def discard(self, account: str) -> None:
        """Drops a credential that was not connected, and ends it at the vendor where it was made for us."""
        if (pending := self._pending.pop(account, None)) is not None:
            await self._end(self._core.providers.get(pending.session.account.provider), pending.held)

    async def _keep(self, account: Account, pending: _Pending) -> None:
        """A renewal of older tokens, here or in another process, must not write over the new ones."""
        if pending.session.bearer is not None:
            await _closed(pending.session.bearer)
            await self._core.close_bearer(account.id)
        if pending.held is not None:
            async with account_lock(self._core.settings.paths.data, account.provider, account.id):
                await self._core.tokens.save(account.provider, account.id, await pending.held.newest())
            pending.held = None  # kept: whatever goes wrong from here on, it is not ended any more
        elif pending.record is not None:
            await self._core.tokens.save(account.provider, account.id, pending.record)

    async def _end(self, provider: Provider, held: HeldTokens | None) -> None:
        """What nobody will use must not go on living at the vendor; it is only tried."""
        if held is None:
            return
        record = await held.newest()
        with suppress(TimeoutError, StackkError):
            async with asyncio.timeout(DISCARD_SECONDS):
                await provider.revoke(Session(held.account, record.secret, grant=record), destroy_token=False)

    def _nobody(self, provider_id: str, method: str) -> Account:
        """Gives an account to renew tokens under while nobody knows yet whose they are."""
        return Account(
            id="new",
            provider=provider_id,
            method=method,
            label="",
            billing_scope="",
            created_at=self._core.clock(),
        )

    async def _ask_workspaces(self, account: str) -> list[Workspace]:
        pending = self._pending.get(account)
        if pending and pending.workspaces:
            return pending.workspaces
        session = pending.session if pending else await self._core.session(await self._core.account(account))
        found = await self._core.providers.get(session.account.provider).workspaces(session)
        if pending:
            pending.workspaces = found
        return found

    def _service(
        self, account: Account, workspace: Workspace, name: str | None, pending: _Pending | None
    ) -> Service:
        info = self._core.providers.get(account.provider).info
        identity = pending.identity if pending else None
        own_name = identity.service_name if identity else ""
        return Service(
            id=service_id(account.id, workspace.id),
            account_id=account.id,
            provider=account.provider,
            name=clean(name or own_name or account.label),
            workspace=workspace,
            category=(identity.category if identity else "") or info.category,
            color=(identity.color if identity else "") or workspace.color or info.color,
            connected_at=self._core.clock(),
            last_synced_at=self._core.clock(),
            **({"entered": identity.entered} if identity else {}),
        )


async def _closed(source: BearerSource) -> None:
    if isinstance(source, Bearer):
        await source.aclose()


def _choose(workspaces: Sequence[Workspace], ids: Sequence[str]) -> list[Workspace]:
    """Gives what was named; else the account as a whole: its own row, or all that is no part of another."""
    if not ids:
        whole = [w for w in workspaces if w.whole_account] or [
            w for w in workspaces if not w.closed and not w.part_of
        ]
        if not whole:
            raise InvalidInput("There is nothing to track in this account.")
        return whole
    chosen: list[Workspace] = []
    for wanted in dict.fromkeys(ids):
        found = [w for w in workspaces if w.id == wanted] or [w for w in workspaces if w.name == wanted]
        if len(found) != 1:
            known = ", ".join(f"{w.id} ({w.name})" for w in workspaces)
            raise InvalidInput(
                f"There is no one workspace {wanted!r} in this account.", next_step=f"It has: {known}."
            )
        if found[0].closed:
            raise InvalidInput(f"{found[0].name} cannot be tracked with this sign-in: {found[0].closed}.")
        chosen.append(found[0])
    return chosen


def _again(service: Service, before: Service | None, name: str | None) -> Service:
    """Keeps what the person made of a service that was tracked before."""
    if before is None:
        return service
    return service.model_copy(
        update={
            "name": service.name if name else before.name,
            "category": before.category,
            "color": before.color,
            "connected_at": before.connected_at if before.connected else service.connected_at,
            "entered": before.entered if before.entered.model_dump(exclude_none=True) else service.entered,
        }
    )

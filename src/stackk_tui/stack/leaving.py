"""Disconnecting: delete here first, then revoke, and say exactly what happened."""

import asyncio
from contextlib import suppress

from stackk_tui.model.errors import InvalidInput, StackkError, StorageError, TokenStoreNeeded
from stackk_tui.model.events import ServiceDisconnected
from stackk_tui.model.service import Service
from stackk_tui.net.oauth_lock import account_lock
from stackk_tui.providers.base import Door, Provider, Revocation, Session, SignsInAtVendor
from stackk_tui.stack.core import Core, door_of
from stackk_tui.stack.values import Farewell

REVOKE_SECONDS = 12.0
"""A net under the provider's own deadline of ten."""
HISTORY = "the history of usage and cost"


class Leaving:
    def __init__(self, core: Core) -> None:
        self._core = core

    async def plan(self, service_id: str, *, purge: bool) -> Farewell:
        """Gives what `disconnect` would do, and does nothing."""
        service = await self._core.service(service_id)
        has_key, others = await self._key_and_others(service)
        return await self._farewell(service, purge=purge, has_key=has_key, others=others)

    async def disconnect(self, service_id: str, *, purge: bool, revoke_token: bool) -> Farewell:
        """Ends the tracking of a service; the account's last one takes its key with it.

        Raises VaultLocked (nothing is changed: the key could not be deleted), InvalidInput, StorageError.
        """
        service = await self._core.service(service_id)
        if not service.connected:
            return await self._purge_only(service, purge=purge)
        has_key, others = await self._key_and_others(service)
        session = await self._take_key(service, revoke_token=revoke_token) if has_key and not others else None
        if not others:
            await self._core.close_bearer(service.account_id)
        farewell = await self._farewell(service, purge=purge, has_key=has_key, others=others)
        ended = service.model_copy(update={"connected": False, "error": None})
        await self._core.ledger.disconnect(ended)
        if purge:
            await self._core.ledger.purge(ended)
        self._core.tell(ServiceDisconnected(service_id))
        if session is None:
            return farewell
        revocation = await self._revoke(session, revoke_token=revoke_token)
        return Farewell(
            deleted=farewell.deleted,
            kept=farewell.kept,
            cannot=(revocation.message,) if revocation.message else (),
            revoked=revocation.outcome,
        )

    async def _purge_only(self, service: Service, *, purge: bool) -> Farewell:
        if not purge:
            raise InvalidInput(
                f"{service.name} is already disconnected.",
                next_step="Its history can be dropped with --purge.",
            )
        farewell = await self._farewell(service, purge=True, has_key=False, others=0)
        await self._core.ledger.purge(service)
        self._core.tell(ServiceDisconnected(service.id))
        return farewell

    async def _key_and_others(self, service: Service) -> tuple[bool, int]:
        account = await self._core.account(service.account_id)
        door = door_of(self._core.providers.get(account.provider), account.method)
        others = [
            s
            for s in await self._core.services()
            if s.account_id == account.id and s.id != service.id and s.connected
        ]
        has_key = door.secret_label is not None or (door.at_vendor and not door.kept_elsewhere)
        return has_key and service.connected, len(others)

    async def _take_key(self, service: Service, *, revoke_token: bool) -> Session | None:
        """Reads the key into memory for revoking and deletes it wherever it is kept.

        A key that cannot be read any more is deleted all the same: the service must be able to go. Raises
        StorageError when it could be read but not deleted; it has been revoked then where that is possible.
        """
        account = await self._core.account(service.account_id)
        await self._core.close_bearer(account.id)
        record = None
        # a renewal elsewhere must not bring back what is deleted here
        async with account_lock(self._core.settings.paths.data, account.provider, account.id):
            with suppress(TokenStoreNeeded, StorageError):
                record = await self._core.tokens.load(account.provider, account.id)
            session = Session(account, record.secret, grant=record) if record else None
            try:
                with suppress(TokenStoreNeeded):  # there is no place that could hold it
                    await self._core.tokens.delete(account.provider, account.id)
            except StorageError as error:
                raise await self._not_deleted(session, error, revoke_token=revoke_token) from None
        return session

    async def _not_deleted(
        self, session: Session | None, error: StorageError, *, revoke_token: bool
    ) -> StorageError:
        """Gives the error to raise, loud about what stays here, after revoking all the same."""
        if session is None or session.grant is None or session.grant.kind != "oauth":
            return error
        ended = await self._revoke(session, revoke_token=revoke_token)
        there = "It was revoked at the vendor." if ended.outcome == "revoked" else ended.message
        return StorageError(f"The tokens could not be deleted here: {error.what}", there, error.next_step)

    async def _revoke(self, session: Session, *, revoke_token: bool) -> Revocation:
        provider = self._core.providers.get(session.account.provider)
        try:
            async with asyncio.timeout(REVOKE_SECONDS):
                return await provider.revoke(session, destroy_token=revoke_token)
        except (TimeoutError, StackkError):
            return Revocation("failed", _unreached(provider))

    async def _farewell(self, service: Service, *, purge: bool, has_key: bool, others: int) -> Farewell:
        account = await self._core.account(service.account_id)
        provider = self._core.providers.get(account.provider)
        door = door_of(provider, account.method)
        ends = service.connected and not others
        thing = "sign-in" if door.at_vendor else "key"
        deleted, kept, cannot = ["the cached figures"], [], []
        if has_key and others:
            use = "service uses" if others == 1 else "services use"
            kept.append(f"the {thing}: {others} other tracked {use} it")
        elif has_key:
            deleted.insert(0, f"the {thing} kept here")
        if ends and (stays := _stays(provider, door)):
            cannot.append(stays)
        (deleted if purge else kept).append(HISTORY)
        return Farewell(
            deleted=tuple(deleted),
            kept=tuple(kept),
            cannot=tuple(cannot),
            revoked="impossible" if ends and door.kept_elsewhere else "not-asked",
            can_destroy=ends and door.can_destroy,
        )


def _stays(provider: Provider, door: Door) -> str:
    """Gives what disconnecting does not end, in a sentence; empty when it leaves nothing behind."""
    if door.at_vendor and isinstance(provider, SignsInAtVendor):
        with suppress(StackkError):  # settings that are wrong are told by what needs them
            return provider.stays(door.method)
    if door.secret_label is None:
        return ""
    where = f": revoke it at {provider.info.revoke_url}" if provider.info.revoke_url else ""
    return f"the key itself still works{where}"


def _unreached(provider: Provider) -> str:
    where = f" Remove it at {provider.info.revoke_url}." if provider.info.revoke_url else ""
    return f"Removed here, but {provider.info.name} could not be told.{where}"

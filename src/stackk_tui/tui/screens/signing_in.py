"""What follows when a provider has accepted a person: the workspaces to pick, or the service itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message
from textual.screen import Screen

from stackk_tui.tui.screens.base import Asking

if TYPE_CHECKING:
    from stackk_tui.model.view import ServiceView
    from stackk_tui.providers.base import Door, ProviderInfo
    from stackk_tui.stack import SignedIn, Stack, StoreInfo


class StoreRead(Message, bubble=False):
    """It is known where keys are kept."""

    def __init__(self, store: "StoreInfo") -> None:
        super().__init__()
        self.store = store


class SignInDone(Message, bubble=False):
    """The provider accepted it."""

    def __init__(self, signed: "SignedIn") -> None:
        super().__init__()
        self.signed = signed


class Connected(Message, bubble=False):
    """Services are tracked now."""

    def __init__(self, views: "list[ServiceView]") -> None:
        super().__init__()
        self.views = views


class Forgotten(Message, bubble=False):
    """A credential that was checked is no longer in memory."""

    def __init__(self, nothing: None) -> None:
        super().__init__()


async def forget(stack: "Stack", account_id: str) -> None:
    """Drops a credential that was checked but not connected; one that was made for us ends at the vendor."""
    await stack.discard(account_id)


class SigningIn(Asking[None]):
    """A screen that signs in by one door. `again` is the service to sign in again for."""

    CREDENTIAL: ClassVar = "This key"
    OTHER_ACCOUNT: ClassVar = "Use a key of the same account, or add the other one from the dashboard with a."

    def __init__(self, info: "ProviderInfo", door: "Door", *, again: "ServiceView | None" = None) -> None:
        super().__init__()
        self._info, self._door, self._again = info, door, again
        self._store: StoreInfo | None = None
        self._signed: SignedIn | None = None

    # what subclasses say

    def say_busy(self, words: str) -> None:
        """Says what is being done."""
        raise NotImplementedError

    def complain(self, lines: Sequence[str]) -> None:
        """Says what went wrong."""
        raise NotImplementedError

    def accepted(self) -> None:
        """Empties what was typed, and says nothing more."""
        raise NotImplementedError

    def go_on(self, screen: Screen[None]) -> None:
        """Shows the screen that comes next."""
        self.app.push_screen(screen)

    # what has happened

    @on(SignInDone)
    def _signed_in(self, event: SignInDone) -> None:
        signed = self._signed = event.signed
        if self._again and signed.account.id != self._again.account.id:
            self._signed = None
            self.ask("forget", lambda stack: forget(stack, signed.account.id), Forgotten)
            self.complain(
                [
                    f"{self.CREDENTIAL} is for {signed.account.label}, not for {self._again.account.label}.",
                    "Nothing was kept or changed.",
                    self.OTHER_ACCOUNT,
                ]
            )
            return
        self.accepted()
        if signed.note:
            self.notify(signed.note, markup=False, timeout=10)
        if signed.picker and not self._again:
            from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen

            self.go_on(PickWorkspaceScreen(self._info, signed))
            return
        self.connect(signed)

    def connect(self, signed: "SignedIn") -> None:
        """Tracks the account as a whole, or the workspace that was tracked before."""
        self.say_busy("Connecting…")
        workspace = self._again.service.workspace if self._again else None
        ids = [] if workspace is None or workspace.whole_account else [workspace.id]
        self.ask("connect", lambda stack: stack.connect(signed.account.id, ids), Connected)

    @on(Connected)
    def _connected(self, event: Connected) -> None:
        self.house.services_connected([view.service.id for view in event.views])

    def forget_signed(self) -> None:
        """Drops what was signed in to and not connected; it outlives the screen."""
        if self._signed is not None:
            account = self._signed.account.id
            self._signed = None
            self.house.quietly("forget", lambda stack: forget(stack, account))

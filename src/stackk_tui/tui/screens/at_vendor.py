"""Signing in on the vendor's own page: the address to open, the wait for its answer, a field to paste it."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.model.errors import InvalidInput, TokenStoreNeeded, VaultLocked
from stackk_tui.net.browser import opener
from stackk_tui.tui.keys import Key, bindings, footer
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.signing_in import SignInDone, StoreRead
from stackk_tui.tui.screens.with_address import WithAddress
from stackk_tui.tui.time_left import next_change, time_left
from stackk_tui.tui.widgets.address import Address
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import SecretField, SecretInput
from stackk_tui.tui.widgets.heading import Heading, Words, trouble
from stackk_tui.tui.widgets.listener import ListenerWords

if TYPE_CHECKING:
    from stackk_tui.model.view import ServiceView
    from stackk_tui.providers.base import Door, OAuthApp, ProviderInfo
    from stackk_tui.stack import SignedIn, SignInAtVendor, Stack, StoreInfo

State = Literal["starting", "waiting", "sent", "over"]
PASTE = "Paste the address the browser ended on, even if that page does not load, or the code the page shows."


class Begun(Message, bubble=False):
    """There is an address to open, and something waits for the answer."""

    def __init__(self, flow: "SignInAtVendor", *, has_browser: bool) -> None:
        super().__init__()
        self.flow = flow
        self.has_browser = has_browser


class AtVendorScreen(WithAddress):
    """Leaving it at any moment ends the sign-in; nothing is kept then."""

    SCOPE: ClassVar = "signin"
    CSS_PATH = "at_vendor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("signin")
    AUTO_FOCUS = ""
    CREDENTIAL: ClassVar = "This sign-in"
    OTHER_ACCOUNT: ClassVar = (
        "Press r to sign in to the same account, or add the other one from the dashboard."
    )

    def __init__(
        self,
        info: "ProviderInfo",
        door: "Door",
        *,
        again: "ServiceView | None" = None,
        oauth_app: "OAuthApp | None" = None,
    ) -> None:
        super().__init__(info, door, again=again)
        self._oauth_app = oauth_app
        self._state: State = "starting"
        self._has_browser = False
        self._timer: Timer | None = None

    def body(self) -> Iterable[Widget]:
        yield Heading(self._info.name, above="sign in again" if self._again else "add", id="heading")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Words(*self._warning(self._door.warning), id="warning")
            yield Words(("Open this address in a browser, on any device:", "quiet"), id="open")
            yield Address(id="address")
            yield ListenerWords(id="listener")
            yield Words(id="kept")
        yield SecretField("Answer", placeholder="paste it here; it is not shown", id="answer")
        yield Words((PASTE, "quiet"), id="hint")
        yield Words(id="trouble")
        yield KeyBar(self.footer_keys())

    def on_mount(self) -> None:
        self.action_again()

    # steps

    def action_again(self) -> None:
        """Looks where the sign-in will be kept, then starts it."""
        if self._signed is not None:
            self.connect(self._signed)
        elif self._door.kept_elsewhere:
            self._say_kept(self._door.kept_elsewhere)
            self._start()
        else:
            self.say_busy("Looking where keys are kept…")
            self.ask("store", lambda stack: stack.token_store(), StoreRead)

    @on(StoreRead)
    def _store_read(self, event: StoreRead) -> None:
        self._store = event.store
        if event.store.state == "open":
            self._say_kept(event.store.words)
            self._start()
        else:
            self._ask_store(locked=event.store.state == "locked")

    def _ask_store(self, *, locked: bool) -> None:
        from stackk_tui.tui.screens.unlock import UnlockScreen
        from stackk_tui.tui.screens.vault import VaultScreen

        words = self._store.words if self._store else ""
        self.app.push_screen(UnlockScreen(words) if locked else VaultScreen(words), self._store_answered)

    def _store_answered(self, store: "StoreInfo | None") -> None:
        if store is None:
            what = "There is no place yet where the sign-in could be kept."
            self.complain([what, "Nothing was started.", "Press r to choose one, esc to leave it."])
            return
        self._store = store
        self._say_kept(store.words)
        if self._signed is not None:
            self.connect(self._signed)
        else:
            self._start()

    def _start(self) -> None:
        self.say_busy("Preparing the sign-in…")
        info, door, oauth_app = self._info, self._door, self._oauth_app

        async def through(stack: "Stack") -> "SignedIn":
            has_browser = await asyncio.to_thread(opener, os.environ) is not None
            flow = await stack.sign_in_at_vendor(info.id, door.method, app=oauth_app)
            # nothing is awaited in between: `finish` ends it whatever comes
            self.post_message(Begun(flow, has_browser=has_browser))
            return await flow.finish()

        self.ask("sign_in", through, SignInDone)

    @on(Begun)
    def _begun(self, event: Begun) -> None:
        if self._state != "starting":
            return
        flow = self._flow = event.flow
        self._has_browser = event.has_browser
        self.query_one("#warning", Words).say(*self._warning(flow.warning))
        self.query_one(Address).show(flow.address, link=not self.house.plain)
        self.query_one(ListenerWords).show(flow)
        self._say()
        self._enter("waiting")
        self.query_one(Address).focus()
        self._show_time()

    @on(Input.Submitted, "#answer")
    def _submitted(self) -> None:
        self.action_send()

    def action_send(self) -> None:
        field = self.query_one("#answer", SecretInput)
        if self._flow is None or self._state != "waiting":
            return
        answer = "".join(field.value.split())  # a long address is often copied with line ends in it
        if not answer:
            field.focus()
            return
        try:
            self._flow.paste(answer)
        except InvalidInput as error:
            field.wipe()
            field.focus()
            self._say(*trouble(error.lines()))
            return
        field.wipe()
        self._say(("Finishing with the provider…", "accent"))
        self._enter("sent")

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb == "write":
            self._say(*trouble(event.error.lines()))
        elif event.verb == "forget":
            return
        elif event.verb == "connect" and isinstance(event.error, VaultLocked | TokenStoreNeeded):
            self._ask_store(locked=isinstance(event.error, VaultLocked))
        else:
            self.complain(event.error.lines())

    # SigningIn

    def say_busy(self, words: str) -> None:
        self._say((words, "accent"))
        self._enter("starting")

    def complain(self, lines: Sequence[str]) -> None:
        self._flow = None
        self._wipe()
        self._say(*trouble(list(lines)))
        self._enter("over")

    def accepted(self) -> None:
        self._flow = None
        self._wipe()
        self._enter("over")

    def go_on(self, screen: Screen[None]) -> None:
        self.app.switch_screen(screen)  # the address is used up: back leads to the list of ways in

    # the time

    def _show_time(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        right: tuple[tuple[str, str], ...] = ()
        if self._flow is not None and self._state in ("waiting", "sent"):
            seconds = (self._flow.expires_at - self.house.clock()).total_seconds()
            if seconds <= 0 and self._state == "waiting":
                self._too_late()
                return
            right = ((time_left(seconds), "high" if seconds <= 60 else "quiet"),)
            self._timer = self.set_timer(next_change(seconds), self._show_time)
        title = [self._info.name, self._door.title]
        self.query_one("#heading", Heading).show(title, color=self._info.color, right=right)

    def _too_late(self) -> None:
        """The clock says so; a machine that slept has not counted the seconds itself."""
        self.workers.cancel_group(self, "sign_in")
        lines = ["The time for this sign-in is over.", "Nothing was kept.", "Press r to start again."]
        self.complain(lines)

    # keys

    def action_back(self) -> None:
        self._wipe()
        self.forget_signed()
        self.app.pop_screen()

    def action_paste(self) -> None:
        self.query_one("#answer", SecretInput).focus()

    def action_address(self) -> None:
        self.query_one(Address).focus()

    def action_page_down(self) -> None:
        self.query_one("#scroll").scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        self.query_one("#scroll").scroll_page_up(animate=False)

    def on_paste(self, event: events.Paste) -> None:
        """Wherever the focus is: what is pasted is the answer."""
        field = self.query_one("#answer", SecretInput)
        if self._state == "waiting" and not field.has_focus:
            event.stop()
            field.value = "".join(event.text.splitlines())
            field.focus()

    def on_descendant_focus(self) -> None:
        self.refresh_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        waiting, typing = self._state == "waiting", self._typing
        if action == "again":
            return self._state == "over"
        if action in ("send", "address"):
            return waiting and typing
        if action in ("copy", "write", "paste"):
            return waiting and not typing
        if action == "open_browser":
            return waiting and not typing and self._has_browser
        return True

    def footer_keys(self) -> list[Key]:
        own = footer(self.SCOPE, typing=self._typing)
        return [key for key in own if self.check_action(key.action.split("(")[0], ())]

    @property
    def _typing(self) -> bool:
        return isinstance(self.focused, SecretInput)

    # words

    def _enter(self, state: State) -> None:
        self._state = state
        for name in ("starting", "waiting", "sent", "over"):
            self.set_class(name == state, f"-{name}")
        if state != "waiting":
            self.set_focus(None)
        self._show_time()
        self.refresh_keys()

    def _say(self, *sentences: tuple[str, str]) -> None:
        self.set_class(bool(sentences), "-said")
        self.query_one("#trouble", Words).say(*sentences)

    def _say_kept(self, words: str) -> None:
        verb = "" if words.startswith("will ") else "is "
        said = f"The sign-in {verb}{words}." if words else ""
        self.query_one("#kept", Words).say((said, "quiet"))

    def _wipe(self) -> None:
        self.query_one("#answer", SecretInput).wipe()

    @staticmethod
    def _warning(words: str) -> list[tuple[str, str]]:
        return [(f"▲ {words}", "high")] if words else []

"""The form of one way in: a masked field for a key, or fields to type in. What is typed stays on an error."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.model.errors import TokenStoreNeeded, VaultLocked
from stackk_tui.model.secret import Secret
from stackk_tui.tui import form
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.base import Asking
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Field, SecretField, SecretInput
from stackk_tui.tui.widgets.heading import Heading, Words, trouble

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


class SignInScreen(Asking[None]):
    """`again` is the service to sign in again for; its workspace is taken up without asking."""

    SCOPE: ClassVar = "form"
    CSS_PATH = "sign_in.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(self, info: "ProviderInfo", door: "Door", *, again: "ServiceView | None" = None) -> None:
        super().__init__()
        self._info, self._door, self._again = info, door, again
        self._store: StoreInfo | None = None
        self._signed: SignedIn | None = None
        self._busy = False

    def body(self) -> Iterable[Widget]:
        door = self._door
        yield Heading(self._info.name, above="sign in again" if self._again else "add", id="heading")
        with VerticalScroll(id="scroll", can_focus=False):
            yield Words((door.shows[:1].upper() + door.shows[1:] + ".", "quiet"), id="shows")
            if door.secret_label is not None:
                yield SecretField(
                    door.secret_label, placeholder="paste it here; it is not shown", id="secret"
                )
                yield Words((door.secret_hint, "quiet"), id="hint")
                yield Words(("looking where keys are kept…", "quiet"), id="kept")
            for field in door.form:
                yield Field(
                    field.key,
                    field.label,
                    field.kind,
                    required=field.required,
                    placeholder=field.placeholder,
                    value=field.default,
                    suggestions=self.house.categories() if field.kind == "category" else (),
                )
            yield Words(id="trouble")
        yield KeyBar(self.footer_keys())

    def on_mount(self) -> None:
        self.query_one("#heading", Heading).show([self._info.name, self._door.title], color=self._info.color)
        if self._door.secret_label is not None:
            self.ask("store", lambda stack: stack.token_store(), StoreRead)
        elif not self._door.form:
            self._send()

    # what has happened

    @on(StoreRead)
    def _store_read(self, event: StoreRead) -> None:
        self._store = event.store
        words = {"open": event.store.words, "locked": f"{event.store.words}, locked: asked when you go on"}
        said = words.get(event.store.state) or "Where it is kept is asked when you go on."
        self.query_one("#kept", Words).say((said[:1].upper() + said[1:], "quiet"))

    @on(SignInDone)
    def _signed_in(self, event: SignInDone) -> None:
        signed = self._signed = event.signed
        if self._again and signed.account.id != self._again.account.id:
            self.ask("forget", lambda stack: forget(stack, signed.account.id), Forgotten)
            self._complain(
                [
                    f"This key is for {signed.account.label}, not for {self._again.account.label}.",
                    "Nothing was kept or changed.",
                    "Use a key of the same account, or add the other one from the dashboard with a.",
                ]
            )
            return
        self._wipe()
        if signed.note:
            self.notify(signed.note, markup=False, timeout=10)
        if signed.picker and not self._again:
            from stackk_tui.tui.screens.pick_workspace import PickWorkspaceScreen

            self._rest()
            self.app.push_screen(PickWorkspaceScreen(self._info, signed))
            return
        self._say_busy("Connecting…")
        workspace = self._again.service.workspace if self._again else None
        ids = [] if workspace is None or workspace.whole_account else [workspace.id]
        self.ask("connect", lambda stack: stack.connect(signed.account.id, ids), Connected)

    @on(Connected)
    def _connected(self, event: Connected) -> None:
        self.house.services_connected([view.service.id for view in event.views])

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb == "forget":
            return
        if isinstance(event.error, VaultLocked | TokenStoreNeeded):
            self._rest()
            self._ask_store(locked=isinstance(event.error, VaultLocked))
            return
        self._complain(event.error.lines())

    @on(Input.Submitted, "#secret")
    def _secret_submitted(self) -> None:
        self.action_next()

    @on(Field.Done)
    def _field_done(self) -> None:
        self.action_next()

    # keys

    def action_next(self) -> None:
        fields = [widget for widget in self.query("SecretInput, Field Input, Choice") if widget.focusable]
        if self.focused in fields[:-1]:
            self.focus_next()
        else:
            self.action_submit()

    def action_submit(self) -> None:
        if self._busy:
            return
        if (values := self._checked()) is None:
            return
        if self._door.secret_label is None:
            self._send(values)
        elif not self.query_one("#secret", SecretInput).take():
            self._complain(
                [f"Nothing is in the field “{self._door.secret_label}”.", "Paste the key into it."]
            )
        elif self._store and self._store.state != "open":
            self._ask_store(locked=self._store.state == "locked")
        else:
            self._send(values)

    def action_back(self) -> None:
        self._wipe()
        if self._signed is not None:
            account = self._signed.account.id
            self.house.quietly("forget", lambda stack: forget(stack, account))
        self.app.pop_screen()

    # steps

    def _checked(self) -> dict[str, str] | None:
        """Gives the form's values; None when one of them is wrong, which stands beside it then."""
        values, wrong = {}, None
        for field in self.query(Field):
            try:
                values[field.key] = field.check()
            except form.Wrong:
                wrong = wrong or field
        if wrong:
            wrong.editor.focus()
            return None
        return {key: value for key, value in values.items() if value}

    def _send(self, values: Mapping[str, str] | None = None) -> None:
        secret: Secret | None = None
        if self._door.secret_label is not None:
            secret = Secret(self.query_one("#secret", SecretInput).take())
        self._say_busy("Checking with the provider…" if secret else "Reading…")
        info, door = self._info, self._door
        self.ask("sign_in", lambda stack: stack.sign_in(info.id, door.method, secret, values), SignInDone)

    def _ask_store(self, *, locked: bool) -> None:
        from stackk_tui.tui.screens.unlock import UnlockScreen
        from stackk_tui.tui.screens.vault import VaultScreen

        words = self._store.words if self._store else ""
        self.app.push_screen(UnlockScreen(words) if locked else VaultScreen(words), self._store_answered)

    def _store_answered(self, store: "StoreInfo | None") -> None:
        if store is not None:
            self._store_read(StoreRead(store))
            self.action_submit()

    def _say_busy(self, words: str) -> None:
        self._busy = True
        self.query_one("#trouble", Words).say((words, "accent"))

    def _complain(self, lines: list[str]) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say(*trouble(lines))

    def _rest(self) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say()

    def _wipe(self) -> None:
        for field in self.query(SecretInput):
            field.wipe()


class Forgotten(Message, bubble=False):
    """A credential that was checked is no longer in memory."""

    def __init__(self, nothing: None) -> None:
        super().__init__()


async def forget(stack: "Stack", account_id: str) -> None:
    stack.forget(account_id)

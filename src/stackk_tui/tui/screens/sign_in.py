"""The form of one way in: a masked field for a key, or fields to type in. What is typed stays on an error."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from stackk_tui.model.errors import TokenStoreNeeded, VaultLocked
from stackk_tui.model.secret import Secret
from stackk_tui.providers.doors import OAuthApp
from stackk_tui.tui import form
from stackk_tui.tui.keys import bindings
from stackk_tui.tui.messages import VerbFailed
from stackk_tui.tui.screens.signing_in import SignInDone, SigningIn, StoreRead
from stackk_tui.tui.widgets.bars import KeyBar
from stackk_tui.tui.widgets.fields import Field, SecretField, SecretInput
from stackk_tui.tui.widgets.heading import Heading, Words, trouble

if TYPE_CHECKING:
    from stackk_tui.model.view import ServiceView
    from stackk_tui.providers.base import Door, ProviderInfo
    from stackk_tui.stack import StoreInfo


class SignInScreen(SigningIn):
    """`again` is the service to sign in again for; its workspace is taken up without asking."""

    SCOPE: ClassVar = "form"
    CSS_PATH = "sign_in.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("form")

    def __init__(self, info: "ProviderInfo", door: "Door", *, again: "ServiceView | None" = None) -> None:
        super().__init__(info, door, again=again)
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

    @on(VerbFailed)
    def _failed(self, event: VerbFailed) -> None:
        if event.verb == "forget":
            return
        if isinstance(event.error, VaultLocked | TokenStoreNeeded):
            self._rest()
            self._ask_store(locked=isinstance(event.error, VaultLocked))
            return
        self.complain(event.error.lines())

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
            self.complain([f"Nothing is in the field “{self._door.secret_label}”.", "Paste the key into it."])
        elif self._store and self._store.state != "open":
            self._ask_store(locked=self._store.state == "locked")
        else:
            self._send(values)

    def action_back(self) -> None:
        self._wipe()
        self.forget_signed()
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
        if self._door.at_vendor and secret is not None and values:
            self._go_to_vendor(OAuthApp(values["client_id"], secret))
            return
        self.say_busy("Checking with the provider…" if secret else "Reading…")
        info, door = self._info, self._door
        self.ask("sign_in", lambda stack: stack.sign_in(info.id, door.method, secret, values), SignInDone)

    def _go_to_vendor(self, typed: OAuthApp) -> None:
        from stackk_tui.tui.screens.at_vendor import AtVendorScreen

        self._wipe()
        screen = AtVendorScreen(self._info, self._door, again=self._again, oauth_app=typed)
        self.app.switch_screen(screen)

    def _ask_store(self, *, locked: bool) -> None:
        from stackk_tui.tui.screens.unlock import UnlockScreen
        from stackk_tui.tui.screens.vault import VaultScreen

        words = self._store.words if self._store else ""
        self.app.push_screen(UnlockScreen(words) if locked else VaultScreen(words), self._store_answered)

    def _store_answered(self, store: "StoreInfo | None") -> None:
        if store is not None:
            self._store_read(StoreRead(store))
            self.action_submit()

    def say_busy(self, words: str) -> None:
        self._busy = True
        self.query_one("#trouble", Words).say((words, "accent"))

    def complain(self, lines: Sequence[str]) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say(*trouble(list(lines)))

    def accepted(self) -> None:
        self._wipe()
        self._rest()

    def _rest(self) -> None:
        self._busy = False
        self.query_one("#trouble", Words).say()

    def _wipe(self) -> None:
        for field in self.query(SecretInput):
            field.wipe()

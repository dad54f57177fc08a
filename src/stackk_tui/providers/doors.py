"""What the add screen, the welcome and the README say of a provider. Light: none of its code is imported."""

from dataclasses import dataclass
from typing import Literal

from stackk_tui.model.capability import Capability
from stackk_tui.model.secret import Secret

FieldKind = Literal["text", "money", "currency", "cycle", "date", "category", "color"]


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a form to type in; `key` is the name under which `sign_in` gets it."""

    key: str
    label: str
    kind: FieldKind = "text"
    required: bool = False
    placeholder: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An OAuth app of the person's own, typed in; its secret is kept like tokens, with those it leads to."""

    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class Door:
    """One way to sign in to a provider."""

    method: str
    """`admin-key`, `api-key`, `local`, `manual`, … (DESIGN §2)."""
    title: str
    shows: str
    """One line: what it shows and what it needs."""
    secret_label: str | None = None
    """The label of the masked field; None when no secret is needed."""
    secret_hint: str = ""
    """Where to get it."""
    form: tuple[FormField, ...] = ()
    at_vendor: bool = False
    """Signed in to on the vendor's own page; its provider is a `SignsInAtVendor`. With a `secret_label` and a
    field `client_id` in its form, an app can be typed in where none is configured (`TakesOAuthApp`)."""
    more: bool = False
    """Shown behind "more" until it is ready to be used."""
    warning: str = ""
    """What to know before going through, e.g. how powerful the credential is."""
    can: frozenset[Capability] = frozenset()
    """What this way in can show or do at best; a snapshot says what the very credential can."""
    kept_elsewhere: str = ""
    """Where its credential is kept when not in our token store, in words; no store is asked for then."""
    unknown: str = ""
    """What no API gives through it, in a few words, for the README."""

    @property
    def picker(self) -> bool:
        """Whether workspaces are picked after signing in."""
        return "picker" in self.can

    @property
    def can_destroy(self) -> bool:
        """Whether a pasted key itself can be ended at the vendor, where the person asks for that."""
        return "revoke" in self.can and self.secret_label is not None and not self.at_vendor


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What the add screen and the README say of a provider. Light: no import of its code."""

    id: str
    name: str
    category: str
    color: str
    tagline: str
    doors: tuple[Door, ...]
    revoke_url: str = ""
    """Where a person revokes a pasted key; shown when disconnecting."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something useful found on this machine without any credential, for the welcome."""

    title: str
    detail: str
    method: str | None = None
    """The door that uses it, or None if it is only worth saying."""
    key: str = ""
    """The key to press in the welcome."""
    action: str = ""
    """What the key does, in a few words."""
    provider: str = ""
    """Whose finding it is; filled in by the stack."""

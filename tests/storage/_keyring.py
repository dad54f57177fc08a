"""A stand-in for the operating system's keyring: the one part that is not ours and not everywhere."""

import threading
from dataclasses import dataclass, field

from keyring.errors import KeyringLocked, PasswordDeleteError

from stackk_tui.storage.keyring_system import Condition


class Killed(BaseException):
    """The process is gone."""


class TooLong(Exception):
    """What Windows says as error 1783, "The stub received bad data"."""


@dataclass
class FakeKeyring:
    """Both the system and its backend. `limit` is enforced as Windows does, in UTF-16 characters."""

    condition: Condition = "open"
    limit: int | None = None
    system_limit: int = 10**9
    tells: bool = True
    """Whether the probe sees that it is locked, as on Linux; elsewhere only a call does."""
    entries: dict[tuple[str, str], str] = field(default_factory=dict)
    stuck: threading.Event | None = None
    """While this is not set, every call waits for it."""
    forgets: bool = False
    """Takes values and keeps nothing, as `keyring.backends.null` does."""
    keeps: bool = False
    """Refuses to delete, as a keychain that denies access does."""
    die_after: int | None = None
    """Number of writes after which the process is gone."""
    writes: int = 0

    def probe(self) -> Condition:
        return "open" if self.condition == "locked" and not self.tells else self.condition

    def backend(self) -> "FakeKeyring":
        return self

    def unlock(self, seconds: float) -> None:
        self.condition = "open"

    def get_password(self, service: str, username: str) -> str | None:
        self._enter()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._enter()
        if len(password.encode("utf-16-le")) > 2 * self.system_limit:
            raise TooLong
        self._one_more()
        if not self.forgets:
            self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._enter()
        self._one_more()
        if self.keeps or (service, username) not in self.entries:
            raise PasswordDeleteError("no such password, or no access")
        del self.entries[service, username]

    def _enter(self) -> None:
        if self.stuck is not None:
            self.stuck.wait(30)
        if self.condition == "locked":
            raise KeyringLocked("locked")

    def _one_more(self) -> None:
        if self.die_after is not None and self.writes >= self.die_after:
            raise Killed
        self.writes += 1

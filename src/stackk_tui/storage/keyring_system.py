"""The keyring of this machine's operating system, found by name and never by guess (secrets design §1).

The `keyring` module's own choice of a backend may be steered by environment variables, by a config file that
extends `sys.path`, or by another package that keeps plain text. So one backend class per system is built
here, and the Secret Service is asked first whether it is open, in a way that never opens a prompt.
"""

import contextlib
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from stackk_tui.model.errors import StorageError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Condition = Literal["none", "missing", "locked", "open", "refused"]
"""`none`: no such service here; `missing`: it has no keyring yet; `refused`: it keeps nothing."""

WINDOWS_LIMIT = 1200
"""Characters in one entry; the system takes 1280 (UTF-16) and answers "bad data" above."""


class Backend(Protocol):
    """The part of keyring's backend that we use. Raises whatever its system does."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class SystemKeyring(Protocol):
    """A system's keyring. Every method blocks: call it in a thread."""

    limit: int | None
    """The longest value in characters, if there is a limit."""
    tells: bool
    """Whether it can be asked if it is locked; if not, only a round trip tells."""

    def probe(self) -> Condition: ...
    def backend(self) -> Backend: ...
    def unlock(self, seconds: float) -> None:
        """Lets the system ask its user. Raises StorageError."""


def system_keyring(env: Mapping[str, str], platform: str = sys.platform) -> SystemKeyring:
    """Gives the keyring of the running system."""
    if platform == "win32":
        return NamedKeyring(_windows, WINDOWS_LIMIT)
    if platform == "darwin":
        return NamedKeyring(_macos, None)
    return SecretService(env)


class SecretService:
    """The freedesktop Secret Service (GNOME Keyring, KWallet, KeePassXC) on the session bus."""

    limit: int | None = None
    tells = True

    def __init__(self, env: Mapping[str, str]) -> None:
        self._has_bus = bool(env.get("DBUS_SESSION_BUS_ADDRESS"))

    def probe(self) -> Condition:
        """Takes 0 to 25 ms, about 1 s where a bus accepts and never answers. Opens no prompt."""
        if not self._has_bus:
            return "none"
        try:
            import secretstorage
        except ImportError:
            return "none"
        try:
            with contextlib.closing(secretstorage.dbus_init()) as bus:
                if not secretstorage.check_service_availability(bus):
                    return "none"
                try:
                    collection = secretstorage.Collection(bus)
                except secretstorage.ItemNotFoundException:
                    return "missing"
                return "locked" if collection.is_locked() else "open"
        except Exception:  # noqa: BLE001 - a bus may fail in any way its library knows; none of them is a keyring
            return "none"

    def backend(self) -> Backend:
        from keyring.backends import SecretService as Named

        class OpenOnly(Named.Keyring):
            """Refuses where keyring's own would open a prompt on a screen that nobody may be watching."""

            def set_properties_from_env(self) -> None:
                """Nothing in the environment may steer it."""

            def get_preferred_collection(self) -> Any:
                import secretstorage
                from keyring.errors import KeyringLocked

                collection = secretstorage.Collection(secretstorage.dbus_init())
                if collection.is_locked():
                    collection.connection.close()
                    raise KeyringLocked
                return collection

            def unlock(self, item: Any) -> None:
                from keyring.errors import KeyringLocked

                if item.is_locked():
                    raise KeyringLocked

        make: Callable[[], Backend] = OpenOnly
        return make()

    def unlock(self, seconds: float) -> None:
        import secretstorage

        dismissed = True
        with (
            contextlib.suppress(secretstorage.SecretStorageException, TimeoutError),
            contextlib.closing(secretstorage.dbus_init()) as bus,
        ):
            dismissed = secretstorage.get_default_collection(bus).unlock(timeout=seconds)
        if dismissed:
            raise StorageError(
                "The system keyring was not unlocked.",
                "Nothing was changed.",
                "Unlock it on this machine's own screen, or run: stackk-tui vault create",
            )


class NamedKeyring:
    """A keyring that cannot be asked whether it is open: the round trip tells (`keyring_store.py`)."""

    tells = False

    def __init__(self, make: "Callable[[], KeyringBackend]", limit: int | None) -> None:
        self._make = make
        self.limit = limit

    def probe(self) -> Condition:
        try:
            backend = self._make()
            usable = float(type(backend).priority) > 0
        except Exception:  # noqa: BLE001 - a backend may fail in any way of its system; none of them is a keyring
            return "none"
        return "open" if usable else "none"

    def backend(self) -> Backend:
        return cast("Backend", self._make())

    def unlock(self, seconds: float) -> None:
        """These systems ask by themselves when they are used."""


def _macos() -> "KeyringBackend":
    from keyring.backends import macOS

    class Named(macOS.Keyring):
        keychain = None

        def set_properties_from_env(self) -> None:
            """Nothing in the environment may steer it."""

    make: Callable[[], KeyringBackend] = Named
    return make()


def _windows() -> "KeyringBackend":
    from keyring.backends import Windows

    class Named(Windows.WinVaultKeyring):
        def __init__(self) -> None:  # not keyring's own: nothing in the environment may steer it
            self.persist = "local machine"  # the default roams to other machines of the domain

    return Named()

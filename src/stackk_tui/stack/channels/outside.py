"""`apprise`: ntfy, mail, Slack and a hundred others. An extra, imported when something is to be told.

Its addresses hold tokens and passwords, so they are `Secret`s: hidden in every log, never shown, never kept.
"""

import asyncio
import subprocess
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from stackk_tui.model.alert import Alert
from stackk_tui.model.errors import InvalidInput, StackkError, StorageError, TimedOut, Unavailable
from stackk_tui.model.secret import Secret
from stackk_tui.net.redact import remember
from stackk_tui.stack.alert_settings import AlertConfig
from stackk_tui.stack.channels.command import words_of
from stackk_tui.storage.background import bounded
from stackk_tui.storage.files import read_private

SECONDS = 20.0
"""The longest that one address may take."""
COMMAND_SECONDS = 30.0
_MOST = 64 * 1024


def is_installed() -> bool:
    """Whether the extra is there, without importing it."""
    return find_spec("apprise") is not None


def not_installed() -> StackkError:
    return Unavailable(
        "apprise is not installed, so nothing was told over it.",
        "The alert stands in the history.",
        "Install it: pipx inject stackk-tui apprise, or pip install 'stackk-tui[alerts]'.",
    )


async def addresses(config: AlertConfig, env: Mapping[str, str]) -> list[Secret]:
    """Gives the addresses of the settings, the file and the command. Raises StackkError."""
    listed = list(config.apprise)
    if config.apprise_file:
        listed += _lines(await asyncio.to_thread(_read, config.apprise_file))
    if config.apprise_urls_command:
        listed += _lines(await asyncio.to_thread(_asked, config.apprise_urls_command, env))
    found = [Secret(address) for address in dict.fromkeys(listed)]
    remember(*found)
    return found


async def tell(address: Secret, alert: Alert, *, names: bool) -> None:
    """Tells one address. Raises StackkError whose words do not hold it."""
    if not is_installed():
        raise not_installed()
    title, lines = alert.words(names=names)
    urgent = alert.level == "critical"
    try:
        # a daemon thread: a server that never answers does not keep the program from ending
        how = await bounded(lambda: _notify(address, title, lines, urgent=urgent), SECONDS, "apprise")
    except TimeoutError:
        raise TimedOut(f"It did not answer within {SECONDS:g} seconds.") from None
    except Exception as error:  # noqa: BLE001  whatever a plugin of theirs raises, its text may hold the address
        raise Unavailable(f"apprise failed: {type(error).__name__}.") from None
    if how == "unknown":
        raise InvalidInput("apprise does not know this kind of address.")
    if how == "refused":
        raise Unavailable("It was not taken: no connection, or the service refused.")


def _notify(address: Secret, title: str, lines: Sequence[str], *, urgent: bool) -> str:
    import apprise

    told = apprise.Apprise()
    if not told.add(address.reveal()):
        return "unknown"
    kind = apprise.NotifyType.FAILURE if urgent else apprise.NotifyType.WARNING
    return (
        "told"
        if told.notify(title=f"stackk-tui: {title}", body="\n".join(lines) or title, notify_type=kind)
        else "refused"
    )


def _read(path: str) -> str:
    """Reads a file that only its owner can."""
    try:
        content = read_private(Path(path).expanduser(), _MOST, shut=0o077)
    except FileNotFoundError:
        raise StorageError("The file of [alerts] apprise_file is not there.") from None
    return content.decode("utf-8", "replace")


def _asked(command: str, env: Mapping[str, str]) -> str:
    words = words_of(command, env, "apprise_urls_command")
    clean = {name: value for name, value in env.items() if not name.endswith("_CLIENT_SECRET")}
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            check=False,
            env=clean,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise Unavailable("The command of [alerts] apprise_urls_command did not end well.") from None
    if done.returncode:
        raise Unavailable(f"The command of [alerts] apprise_urls_command failed: {done.returncode}.")
    return done.stdout[:_MOST].decode("utf-8", "replace")


def _lines(text: str) -> list[str]:
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]

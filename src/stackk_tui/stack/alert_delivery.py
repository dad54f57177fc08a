"""Telling alerts over channels: each alert once per channel, whoever is quicker, with a few tries."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stackk_tui.model.alert import Alert, Delivery
from stackk_tui.model.errors import StackkError, Unavailable
from stackk_tui.model.events import AlertRaised
from stackk_tui.stack.alert_settings import AlertConfig
from stackk_tui.stack.channels import command, outside
from stackk_tui.stack.channels.terminal import terminal_bytes
from stackk_tui.stack.core import Core

EXPIRES = timedelta(hours=24)
"""What could not be told within this time is left to the history."""

Tell = Callable[[Alert], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Here:
    """What this process has itself: a person before its screen, a terminal to write to."""

    app: bool = False
    terminal: Callable[[str], None] | None = None


class Delivering:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._book = core.ledger.alerts

    def channels(self, config: AlertConfig, here: Here) -> list[str]:
        """Gives the channels that this process can tell over."""
        return [
            *(["app"] if here.app else []),
            *(["terminal"] if here.terminal is not None and config.terminal != "off" else []),
            *(["command"] if config.command else []),
            *(["apprise"] if config.tells_apprise else []),
        ]

    def problems(self, config: AlertConfig) -> list[str]:
        """Gives what is set up but cannot work, in sentences."""
        found: list[str] = []
        if config.command:
            try:
                command.words_of(config.command, self._core.settings.env)
            except StackkError as error:
                found.append(error.what)
        if config.tells_apprise and not outside.is_installed():
            found.append(" ".join(outside.not_installed().lines()[::2]))
        return found

    async def deliver(self, config: AlertConfig, now: datetime, here: Here) -> None:
        """Tells what is still to be told, channels side by side. One that fails is tried again later."""
        quiet = config.is_quiet(now)
        await asyncio.gather(
            *(
                self._over(channel, self._teller(channel, config, now, here), config, now, quiet=quiet)
                for channel in self.channels(config, here)
            )
        )

    async def test(
        self, config: AlertConfig, alert: Alert, now: datetime, here: Here, channel: str | None
    ) -> list[Delivery]:
        """Tells one alert at once, whatever the hour; nothing is kept of it."""
        chosen = [channel] if channel else self.channels(config, here)
        done: list[Delivery] = []
        for name in chosen:
            error = await _error_of(self._teller(name, config, None, here)(alert))
            done.append(Delivery(channel=name, state="failed" if error else "sent", at=now, error=error))
        return done

    async def _over(
        self, channel: str, tell: Tell, config: AlertConfig, now: datetime, *, quiet: bool
    ) -> None:
        on_screen = channel == "app"  # who looks at it is awake
        for alert in await self._book.untold(channel, now, now - EXPIRES, held_too=on_screen):
            if quiet and not on_screen and not (config.urgent and alert.level == "critical"):
                continue
            if await self._book.claim(alert.id, channel, now):
                error = await _error_of(tell(alert))
                await self._book.told(alert.id, channel, now, error)

    def _teller(self, channel: str, config: AlertConfig, now: datetime | None, here: Here) -> Tell:
        env = self._core.settings.env

        async def app(alert: Alert) -> None:
            self._core.tell(AlertRaised(alert))

        async def terminal(alert: Alert) -> None:
            if here.terminal is not None:
                here.terminal(terminal_bytes(alert, config.terminal, env, names=config.names))

        async def run(alert: Alert) -> None:
            await command.run_command(config.command, alert, env, config.command_seconds, names=config.names)

        async def apprise(alert: Alert) -> None:
            await self._tell_addresses(config, alert, now)

        return {"app": app, "terminal": terminal, "command": run, "apprise": apprise}[channel]

    async def _tell_addresses(self, config: AlertConfig, alert: Alert, now: datetime | None) -> None:
        """Tells each address; `now` None keeps nothing of it. Raises StackkError when one was not reached."""
        if not outside.is_installed():
            raise outside.not_installed()
        found = await outside.addresses(config, self._core.settings.env)
        if not found:
            raise Unavailable("No address for apprise was found.")

        async def one(number: int) -> str:
            channel = f"apprise-{number + 1}"
            if now is not None and not await self._book.claim(alert.id, channel, now):
                return ""
            error = await _error_of(outside.tell(found[number], alert, names=config.names))
            if now is not None:
                await self._book.told(alert.id, channel, now, error)
            return f"Address {number + 1}: {error}" if error else ""

        errors = await asyncio.gather(*(one(number) for number in range(len(found))))
        if failed := [error for error in errors if error]:
            raise Unavailable(" ".join(failed))


async def _error_of(telling: Awaitable[None]) -> str:
    """Gives why it failed, in a sentence; empty when it did not."""
    try:
        await telling
    except StackkError as error:
        return error.what
    return ""

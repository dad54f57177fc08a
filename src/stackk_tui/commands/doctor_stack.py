"""What `doctor` sees through the stack: ledger, services, where keys are kept, what is on this machine."""

import asyncio
import sqlite3
from contextlib import closing

from stackk_tui.commands.doctor_checks import Check
from stackk_tui.config import Settings
from stackk_tui.model.clock import utc_now
from stackk_tui.model.errors import StackkError
from stackk_tui.providers.base import ProviderContext
from stackk_tui.providers.registry import Providers, infos
from stackk_tui.stack import Stack


async def stack_checks(settings: Settings) -> list[Check]:
    """A ledger that cannot be opened is a line here, not the end of the report."""
    try:
        stack = await Stack.open(settings)
    except StackkError as error:
        return [Check("data", "ledger", "Ledger", error.what, "broken"), *_schema(settings)]
    try:
        return [*_schema(settings), *await _services(stack), await _keys(stack), *await _findings(settings)]
    finally:
        await stack.close()


def _schema(settings: Settings) -> list[Check]:
    path = settings.paths.ledger
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            number = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        return [
            Check("data", "schema", "Ledger's version", f"cannot be read: {type(error).__name__}", "broken")
        ]
    return [Check("data", "schema", "Ledger's version", str(number))]


async def _services(stack: Stack) -> list[Check]:
    views = await stack.services()
    connected = sum(view.service.connected for view in views)
    return [
        Check("data", "services", "Services", f"{connected} tracked, {len(views) - connected} disconnected"),
        *(
            Check(
                "data",
                view.service.id,
                view.service.name,
                f"{view.status.value}: {view.service.error.message}",
                "look",
            )
            for view in views
            if view.service.error is not None
        ),
    ]


async def _keys(stack: Stack) -> Check:
    try:
        store = await stack.token_store()
    except StackkError as error:
        return Check("keys", "store", "Key store", error.what, "broken")
    if store.state == "none":
        return Check("keys", "store", "Key store", "none yet; it is chosen with the first key")
    locked = ", locked" if store.state == "locked" else ""
    return Check("keys", "store", "Key store", f"{store.kind}{locked}: {store.words}")


async def _findings(settings: Settings) -> list[Check]:
    """What providers find on this machine without any key, tracked or not."""
    providers = Providers(ProviderContext(settings, utc_now))
    checks: list[Check] = []
    for info in infos():
        try:
            found = await asyncio.to_thread(providers.get(info.id).detect)
        except StackkError as error:
            checks.append(Check("machine", info.id, info.name, error.what, "look"))
            continue
        for number, finding in enumerate(found, 1):
            checks.append(Check("machine", f"{info.id}_{number}", finding.title, finding.detail))
    return [*checks, *await asyncio.to_thread(_status_line, settings)]


def _status_line(settings: Settings) -> list[Check]:
    from stackk_tui.providers.claude_code.statusline.health import health

    found = health(settings, utc_now())
    if found is None:
        return []
    words, look = found
    return [Check("machine", "statusline", "Status line", words, "look" if look else "ok")]

"""The logs on this machine, through the provider that reads them; nothing needs to be tracked for it."""

import asyncio
from collections.abc import Sequence

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.usage_report import LiveUsage, UsageQuery, UsageReport
from stackk_tui.providers.base import NamesUsageAccounts, ReportsUsage, TellsScanProgress
from stackk_tui.providers.registry import log_readers
from stackk_tui.stack.core import Core


class Logs:
    def __init__(self, core: Core) -> None:
        self._core = core

    async def reports(self, queries: Sequence[UsageQuery]) -> list[UsageReport]:
        return await self._reader()[1].usage_reports(queries)

    async def live(self) -> LiveUsage:
        return await self._reader()[1].live_usage()

    async def accounts(self) -> tuple[str, ...]:
        reader = self._reader()[1]
        if not isinstance(reader, NamesUsageAccounts):
            return ()
        return await asyncio.to_thread(reader.usage_accounts)

    async def changed(self, seen: int | None) -> int:
        changes = self._core.changes(self._reader()[0])
        if changes is None:
            await asyncio.Event().wait()  # nobody can tell
            raise AssertionError("it waits for ever")
        return changes.begin() if seen is None else await changes.since(seen)

    def progress(self) -> tuple[int, int] | None:
        reader = self._reader()[1]
        return reader.scan_progress() if isinstance(reader, TellsScanProgress) else None

    def _reader(self) -> tuple[str, ReportsUsage]:
        for provider_id in log_readers():
            provider = self._core.providers.get(provider_id)
            if isinstance(provider, ReportsUsage):
                return provider_id, provider
        raise InvalidInput("No provider here reads usage logs.")

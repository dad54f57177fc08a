"""The alerts of the ledger, for the event loop. Each method is one transaction; all raise StorageError."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from stackk_tui.insight.alerts import Memory
from stackk_tui.model.alert import Alert, AlertRecord, AlertState, Silence
from stackk_tui.storage import alert_rows
from stackk_tui.storage.database import Database


class AlertBook:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def memory(self) -> Memory:
        return await self._db.run(alert_rows.memory)

    async def look(
        self, decide: alert_rows.Decide, now: datetime, *, quiet: bool
    ) -> list[tuple[Alert, AlertState]]:
        """Raises what is due, once among all processes; gives what is new."""
        return await self._db.run(alert_rows.look, decide, now, quiet=quiet)

    async def put(self, alert: Alert) -> bool:
        return await self._db.run(alert_rows.put, alert)

    async def untold(
        self, channel: str, now: datetime, since: datetime, *, held_too: bool = False
    ) -> list[Alert]:
        """Gives what a channel has still to tell, oldest first."""
        return await self._db.run(alert_rows.untold, channel, now, since, held_too=held_too)

    async def claim(self, alert_id: str, channel: str, now: datetime) -> bool:
        """Takes on one telling; False when another process has it, or it was told."""
        return await self._db.run(alert_rows.claim, alert_id, channel, now)

    async def told(self, alert_id: str, channel: str, now: datetime, error: str = "") -> None:
        await self._db.run(alert_rows.told, alert_id, channel, now, error)

    async def history(self, since: datetime, most: int) -> list[AlertRecord]:
        return await self._db.run(alert_rows.history, since, most)

    async def see(self, ids: Iterable[str] | None) -> None:
        await self._db.run(alert_rows.see, ids)

    async def silences(self) -> list[Silence]:
        return await self._db.run(alert_rows.silences)

    async def silence(self, subject: str, until: datetime | None) -> None:
        await self._db.run(alert_rows.silence, subject, until)

    async def unsilence(self, subject: str) -> bool:
        return await self._db.run(alert_rows.unsilence, subject)

    async def subjects(self) -> Sequence[str]:
        return await self._db.run(alert_rows.subjects)

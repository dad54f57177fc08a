"""What a refresh hands on: all days at first, and after that only those that came out differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackk_tui.providers.claude_code.snapshot import batch_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from stackk_tui.model.snapshot import Snapshot
    from stackk_tui.model.usage import UsageBatch
    from stackk_tui.providers.claude_code.report import Tally
    from stackk_tui.providers.claude_code.snapshot import DayTallies

    Sums = dict[tuple[date, str], tuple[object, ...]]


class Given:
    """What was given for a workspace the last time."""

    def __init__(self, basis: object, fetched_at: datetime, sums: Sums) -> None:
        self.basis, self.fetched_at, self.sums = basis, fetched_at, sums


class Giving:
    """Remembers what each workspace was given, as long as this process runs."""

    def __init__(self) -> None:
        self._given: dict[str, Given] = {}

    def batch(
        self,
        workspace_id: str,
        tallies: DayTallies,
        basis: object,
        known: Snapshot | None,
        fetched_at: datetime,
    ) -> UsageBatch | None:
        """Gives what is to be handed on, None if nothing is new.

        All days, where the ledger does not have what was given last (`known` is its snapshot), or when
        `basis`, the zone and the prices, has changed."""
        before = self._given.get(workspace_id)
        sums: Sums = {name: _content(tally) for name, tally in tallies.items()}
        whole = (
            before is None or known is None or known.fetched_at != before.fetched_at or before.basis != basis
        )
        if not whole and before is not None and sums == before.sums:
            return None
        self._given[workspace_id] = Given(basis, fetched_at, sums)
        if whole or before is None:
            return batch_of(tallies, workspace_id)
        names = {name for name in sums.keys() | before.sums.keys() if sums.get(name) != before.sums.get(name)}
        return batch_of(tallies, workspace_id, tuple(sorted({day for day, _ in names})))

    def seen(self, workspace_id: str, fetched_at: datetime) -> None:
        """A snapshot was handed on without usage."""
        if workspace_id in self._given:
            self._given[workspace_id].fetched_at = fetched_at


def _content(tally: Tally) -> tuple[object, ...]:
    return (
        tally.requests,
        tally.web_searches,
        tuple(tally.counts),
        tally.unpriced,
        tally.cost(),
        tuple(sorted(tally.cost_by_kind().items())),
    )

"""All calls of the machine → one batch of usage and one snapshot."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from stackk_tui.model.figure import Figure, Provenance
from stackk_tui.model.service import Plan
from stackk_tui.model.snapshot import Cycle, Metric, Snapshot
from stackk_tui.model.usage import UsageBatch, UsageBucket, UsageSource
from stackk_tui.providers.claude_code.report import Tally, model_key, sum_of
from stackk_tui.providers.claude_code.roots import Account
from stackk_tui.providers.claude_code.scan import Counted
from stackk_tui.providers.claude_code.state import State
from stackk_tui.providers.claude_code.sums import Wanted
from stackk_tui.providers.claude_code.usage import tokens_of

VALUE_NOTE = (
    "API-equivalent value: what the same tokens would have cost at the API's list prices. With a Claude"
    " subscription it is not what you pay."
)
LOCAL_PLAN = Figure[Plan](value=Plan(tier="local", label="local"), provenance=Provenance.MEASURED)
SECTION = "Transcripts"

_EPOCH = 719_163
DayTallies = dict[tuple[date, str], Tally]


def by_day_and_model(state: State, account: Account, zone: ZoneInfo) -> DayTallies:
    """Gives one tally per local day and model id of an account."""
    summing = state.summing(account, zone, state.pricing())
    found = summing.tallies(summing.day_sql(), Wanted(), lambda day, how: (day, model_key(how)))
    return {(date.fromordinal(day + _EPOCH), model): tally for (day, model), tally in found.items()}


def batch_of(tallies: DayTallies, workspace_id: str, days: tuple[date, ...] | None = None) -> UsageBatch:
    """Gives some days, or everything that was ever read: it replaces what was known, so a corrected price is
    corrected."""
    buckets = tuple(
        UsageBucket(
            day=day,
            workspace_id=workspace_id,
            model=model,
            tokens=tokens_of(tally),
            unpriced_tokens=tally.unpriced,
            requests=tally.requests,
            web_searches=tally.web_searches,
            cost=tally.cost(),
            cost_by_kind=tally.cost_by_kind(),
        )
        for (day, model), tally in sorted(tallies.items(), key=lambda pair: pair[0])
        if days is None or day in days
    )
    return UsageBatch(source=UsageSource.LOCAL, buckets=buckets, days=days, workspaces=(workspace_id,))


def snapshot_of(
    tallies: DayTallies,
    counted: Counted,
    now: datetime,
    zone: ZoneInfo,
    notes: Sequence[str],
) -> Snapshot:
    """Gives the snapshot; its month is the calendar month of `now` in `zone`."""
    today = now.astimezone(zone).date()
    first = today.replace(day=1)
    last = today.replace(day=monthrange(today.year, today.month)[1])
    so_far = sum_of(tally for (day, _), tally in tallies.items() if first <= day <= today)
    this_day = sum_of(tally for (day, _), tally in tallies.items() if day == today)
    total = sum_of(tallies.values())
    return Snapshot(
        fetched_at=now,
        plan=LOCAL_PLAN,
        metrics=(
            *file_metrics(counted.sessions, counted.files),
            _metric("skipped_lines", "Lines that cannot be read", counted.skipped_lines, "lines"),
            _metric("tokens_today", "Tokens today", sum(this_day.counts), "tokens"),
            _metric("requests_today", "Requests today", this_day.requests, "requests"),
            _metric("web_searches", "Web searches this month", so_far.web_searches, "searches"),
            _metric("unpriced_tokens", "Tokens without a price", total.unpriced, "tokens"),
        ),
        notes=(VALUE_NOTE, *_unpriced_notes(total), *notes),
        not_exposed=("price", "next_payment"),
        cycle=Cycle(first=first, last=last, timezone=zone.key),
        cost_provenance=Provenance.ESTIMATED,
    )


def file_metrics(sessions: int, files: int) -> tuple[Metric, ...]:
    return (
        _metric("sessions", "Sessions on this machine", sessions, "sessions"),
        _metric("transcripts", "Transcript files", files, "files"),
    )


def _metric(name: str, label: str, value: int, unit: str) -> Metric:
    return Metric(id=name, label=label, value=str(value), unit=unit, section=SECTION)


def _unpriced_notes(total: Tally) -> list[str]:
    if not total.unpriced:
        return []
    names = total.unpriced_names()
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [
        f"No price is known for {shown}: {total.unpriced:,} tokens are not in the value. A price can be set"
        ' in config.toml under [prices."model-id"].'
    ]

"""What else an organization tells, as metrics: API keys by status, rate limits (`api/anthropic.md` §1)."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from stackk_tui.model.snapshot import Metric
from stackk_tui.model.usage import DEFAULT_WORKSPACE
from stackk_tui.providers.anthropic.wire import ApiKeyRow, RateLimitRow

API_KEYS = "API keys"
RATE_LIMITS = "Rate limits"

_STATUSES = ("active", "inactive", "archived", "expired")
_GROUPS = {
    "batch": "Message batches",
    "token_count": "Token counting",
    "files": "Files",
    "skills": "Skills",
    "web_search": "Web search",
}
_UNITS = (("_per_minute", "per minute"), ("_per_second", "per second"), ("_per_day", "per day"))


def api_key_metrics(
    rows: Sequence[ApiKeyRow], workspace_id: str | None, known_workspaces: Collection[str], now: datetime
) -> list[Metric]:
    """Counts keys by status in a workspace, or in the whole organization for None. Never a key itself."""
    counts = Counter(
        row.status or "unknown"
        for row in rows
        if workspace_id is None or _workspace_of(row, known_workspaces) == workspace_id
    )
    words = [*_STATUSES, *sorted(set(counts) - set(_STATUSES))]
    return [
        Metric(
            id=f"api_keys_{word}",
            label=f"{word.capitalize()} keys",
            value=str(counts[word]),
            section=API_KEYS,
            as_of=now,
        )
        for word in words
        if counts[word] or word == "active"
    ]


def rate_limit_metrics(
    rows: Sequence[RateLimitRow], overrides: Sequence[RateLimitRow] | None, now: datetime
) -> list[Metric]:
    """Gives the organization's limits, or a workspace's: its own where it has one, else the inherited."""
    own = {
        (_group_id(row), value.type or ""): value.value
        for row in overrides or ()
        for value in row.limits
        if value.value is not None
    }
    found: dict[str, Metric] = {}
    for row in rows:
        for value in row.limits:
            if value.value is None:
                continue
            key = (_group_id(row), value.type or "")
            inherited = overrides is not None and key not in own
            metric = _rate(
                row, value.type or "limit", own.get(key, value.value), inherited=inherited, now=now
            )
            found[metric.id] = metric
    return list(found.values())


def _workspace_of(row: ApiKeyRow, known_workspaces: Collection[str]) -> str | None:
    """Gives a key's workspace; an id that is not in the list is the default workspace's real one."""
    if row.workspace_id:
        return row.workspace_id
    if row.scope.type == "organization":
        return None
    scoped = row.scope.workspace_id
    return scoped if scoped in known_workspaces else DEFAULT_WORKSPACE


def _group_id(row: RateLimitRow) -> str:
    return row.group.id or row.group.type or row.group_type or ""


def _rate(row: RateLimitRow, kind: str, value: Decimal, *, inherited: bool, now: datetime) -> Metric:
    group_type = row.group.type or row.group_type or ""
    group = row.group.display_name or _GROUPS.get(group_type) or group_type.replace("_", " ") or "Other"
    what, unit = kind, ""
    for suffix, words in _UNITS:
        if suffix in kind:
            what, unit = kind.replace(suffix, ""), words
    unit = f"{unit}, inherited".lstrip(", ") if inherited else unit
    label = f"{group}: {what.replace('_', ' ').replace('cache aware', '(cache reads free)').strip()}"
    return Metric(
        id=f"rate_limit_{_group_id(row)}_{kind}",
        label=label,
        value=format(value, "f"),
        unit=unit,
        section=RATE_LIMITS,
        as_of=now,
    )

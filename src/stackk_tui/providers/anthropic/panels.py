"""One fetch of an organization as panels, each learned or refused by itself, and what a service shows.

A 403 on one panel costs that panel only: its last good values stay, dated, and the rest is new.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from stackk_tui.model.errors import Forbidden, StackkError
from stackk_tui.model.figure import Figure, Provenance
from stackk_tui.model.service import Plan, Service
from stackk_tui.model.snapshot import Limit, Metric, Snapshot
from stackk_tui.model.usage import DEFAULT_WORKSPACE, UsageBatch
from stackk_tui.model.usage_parts import PartsBatch
from stackk_tui.providers.anthropic import code_report, metrics
from stackk_tui.providers.anthropic.code_report import CodeReport
from stackk_tui.providers.anthropic.errors import BadRequest, NotFound
from stackk_tui.providers.anthropic.limits import kept_limits, limits_of
from stackk_tui.providers.anthropic.wire import ApiKeyRow, RateLimitRow, SpendLimitRow, WorkspaceRow
from stackk_tui.providers.panel import Panel, closed

API_PLAN = Figure[Plan](value=Plan(tier="api", label="API"), provenance=Provenance.MEASURED)
NOT_EXPOSED = ("requests", "next_payment", "balance", "price")
"""No Anthropic API tells these of an organization (`api/anthropic.md` §1, §7)."""
PRIORITY_TIER = "Priority Tier spend is not in this report."
_GONE = "This workspace is no longer in the organization."
_ARCHIVED = "This workspace was archived on "


@dataclass(slots=True)
class Learned:
    """Everything one fetch learned of an organization. `spent` is this month by workspace, in dollars."""

    now: datetime
    settle_now: datetime
    usage: Panel[UsageBatch] = field(default_factory=Panel)
    by_key: PartsBatch | None = None
    carried: dict[str, str] = field(default_factory=dict)
    cost: Panel[UsageBatch] = field(default_factory=Panel)
    workspaces: Panel[list[WorkspaceRow]] = field(default_factory=Panel)
    api_keys: Panel[list[ApiKeyRow]] = field(default_factory=Panel)
    rate_limits: Panel[list[RateLimitRow]] = field(default_factory=Panel)
    overrides: dict[str, Panel[list[RateLimitRow]]] = field(default_factory=dict)
    spend_limits: Panel[list[SpendLimitRow]] = field(default_factory=Panel)
    code: CodeReport | None = None
    spent: dict[str, Decimal] | None = None
    notes: list[str] = field(default_factory=list)

    def anything(self) -> bool:
        code = self.code is not None and self.code.batch is not None
        return code or any(p.value is not None for p in self._panels())

    def errors(self) -> list[StackkError]:
        found = [p.error for p in (*self._panels(), *self.overrides.values()) if p.error is not None]
        return [*found, self.code.error] if self.code is not None and self.code.error is not None else found

    def nothing_permitted(self) -> bool:
        asked = [p for p in self._panels() if p.value is not None or p.error is not None]
        return bool(asked) and all(_denied(p) or _hidden(p) for p in asked)

    def _panels(self) -> tuple[Panel[object], ...]:
        lists = (self.workspaces, self.api_keys, self.rate_limits, self.spend_limits)
        return (self.usage, self.cost, *lists)


def failure_of(learned: Learned) -> StackkError | None:
    """Gives the error of the whole service, or None when only a panel is missing."""
    if (shut := closed(learned.errors())) is not None:
        return shut
    for report in (learned.cost, learned.usage):
        if report.error is not None and not isinstance(report.error, Forbidden):
            return report.error
    if learned.nothing_permitted():
        return next((e for e in learned.errors() if isinstance(e, Forbidden)), None)
    return None


def snapshot_of(service: Service, learned: Learned, old: Snapshot | None) -> Snapshot:
    """Gives what a service shows now: new where it was learned, the last good elsewhere."""
    workspace_id = None if service.workspace.whole_account else service.workspace.id
    shown = _Shown(learned, old)
    reports_failed = any(p.error is not None and not p.forbidden for p in (learned.usage, learned.cost))
    for name, report in (("usage", learned.usage), ("cost", learned.cost)):
        if report.forbidden:
            shown.not_permitted.append(name)
    if learned.workspaces.forbidden:
        shown.not_permitted.append("workspaces")
    shown.notes += [PRIORITY_TIER, *learned.notes, *_existence(service, learned)]
    shown.limits = _limits(shown, workspace_id)
    _key_metrics(shown, workspace_id)
    _rate_metrics(shown, workspace_id)
    carried = {**(old.carried if old else {}), **learned.carried}
    if workspace_id is None and learned.code is not None:
        _code_metrics(shown, learned.code)
        carried |= learned.code.carried()
    return Snapshot(
        fetched_at=old.fetched_at if old is not None and reports_failed else learned.now,
        plan=API_PLAN,
        limits=shown.limits,
        metrics=tuple(shown.metrics),
        notes=tuple(dict.fromkeys(shown.notes)),
        not_exposed=NOT_EXPOSED,
        not_permitted=tuple(shown.not_permitted),
        carried=carried,
    )


def synced(service: Service, learned: Learned, old: Snapshot | None) -> Snapshot:
    """Gives the last snapshot with new limits and existence; its figures keep the time they were fetched."""
    base = old if old is not None else Snapshot(fetched_at=learned.now, not_exposed=NOT_EXPOSED)
    shown = _Shown(learned, old)
    limits = _limits(shown, None if service.workspace.whole_account else service.workspace.id)
    if learned.workspaces.value is None:
        notes = list(base.notes)
    else:
        notes = [n for n in base.notes if n != _GONE and not n.startswith(_ARCHIVED)]
        notes += _existence(service, learned)
    permitted = [name for name in base.not_permitted if name != "spend_limits"]
    return base.model_copy(
        update={
            "plan": API_PLAN,
            "limits": limits,
            "notes": tuple(dict.fromkeys(notes + shown.notes)),
            "not_permitted": tuple(permitted + shown.not_permitted),
        }
    )


@dataclass(slots=True)
class _Shown:
    """A snapshot in the making."""

    learned: Learned
    old: Snapshot | None
    limits: tuple[Limit, ...] = ()
    metrics: list[Metric] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_permitted: list[str] = field(default_factory=list)

    def keep(self, section: str) -> None:
        """Keeps the last good metrics of a section; they carry their own date."""
        self.metrics += [m for m in (self.old.metrics if self.old else ()) if m.section == section]

    def missing(self, name: str, title: str, error: StackkError | None, *, denied: bool) -> None:
        if denied:
            self.not_permitted.append(name)
        elif error is not None:
            self.notes.append(f"{title}: not updated this time. {error.what}")


def _limits(shown: _Shown, workspace_id: str | None) -> tuple[Limit, ...]:
    learned = shown.learned
    rows = learned.spend_limits.value
    if rows is not None:
        return limits_of(rows, workspace_id, learned.spent, shown.old, learned.now)
    hidden = _denied(learned.spend_limits) or _hidden(learned.spend_limits)
    shown.missing("spend_limits", "Spend limits", learned.spend_limits.error, denied=hidden)
    return kept_limits(shown.old, learned.now)


def _key_metrics(shown: _Shown, workspace_id: str | None) -> None:
    learned = shown.learned
    if learned.api_keys.value is None:
        shown.missing("api_keys", "API keys", learned.api_keys.error, denied=_denied(learned.api_keys))
        shown.keep(metrics.API_KEYS)
        return
    ids = {row.id for row in learned.workspaces.value or () if row.id}
    shown.metrics += metrics.api_key_metrics(learned.api_keys.value, workspace_id, ids, learned.now)


def _rate_metrics(shown: _Shown, workspace_id: str | None) -> None:
    learned = shown.learned
    own: Panel[list[RateLimitRow]] = Panel(value=[])
    if workspace_id is not None and workspace_id != DEFAULT_WORKSPACE:
        own = learned.overrides.get(workspace_id, own)
    if isinstance(own.error, NotFound):
        own = Panel(value=[])  # a workspace that is gone; its note says so
    failed = learned.rate_limits if learned.rate_limits.value is None else own
    if learned.rate_limits.value is None or own.value is None:
        shown.missing("rate_limits", "Rate limits", failed.error, denied=_denied(failed))
        shown.keep(metrics.RATE_LIMITS)
        return
    overrides = None if workspace_id is None else own.value
    shown.metrics += metrics.rate_limit_metrics(learned.rate_limits.value, overrides, learned.now)


def _code_metrics(shown: _Shown, code: CodeReport) -> None:
    fresh = code_report.month_metrics(code, shown.learned.now.date())
    if code.error is not None:
        failed: Panel[object] = Panel(error=code.error)
        shown.missing("claude_code", "Claude Code", code.error, denied=_denied(failed))
    if fresh is not None:
        shown.metrics += fresh
        return
    month = shown.learned.now.strftime("%Y-%m")
    shown.metrics += [
        m
        for m in (shown.old.metrics if shown.old else ())
        if m.section == code_report.SECTION and m.as_of is not None and m.as_of.strftime("%Y-%m") == month
    ]


def _existence(service: Service, learned: Learned) -> Iterable[str]:
    """Says when a workspace was archived or is gone."""
    rows = learned.workspaces.value
    workspace = service.workspace
    if rows is None or workspace.whole_account or workspace.id == DEFAULT_WORKSPACE:
        return []
    row = next((r for r in rows if r.id == workspace.id), None)
    if row is None:
        return [_GONE]
    return [f"{_ARCHIVED}{row.archived_at:%Y-%m-%d}."] if row.archived_at is not None else []


def _denied(found: Panel[object]) -> bool:
    """Whether this credential may not see a panel that not every organization has: a 404 means no, too."""
    return found.forbidden or isinstance(found.error, NotFound)


def _hidden(panel: Panel[object]) -> bool:
    """A 400 hides an optional panel like a 403 (early access, `api/anthropic.md` §1)."""
    return isinstance(panel.error, BadRequest)

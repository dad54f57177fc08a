"""What a service of Supabase shows: its plan, then its figures, new where they were learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stackk_tui.model.capability import Capability
from stackk_tui.model.errors import StackkError
from stackk_tui.model.figure import Figure
from stackk_tui.model.service import Billing, Plan, Service
from stackk_tui.model.snapshot import Measure, Snapshot
from stackk_tui.providers.panel import Panel
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.counts import cut_short
from stackk_tui.providers.supabase.figures import (
    Figures,
    show_addons,
    show_functions,
    show_health,
    show_list,
    show_project,
    show_sizes,
    status_words,
)
from stackk_tui.providers.supabase.panels import together
from stackk_tui.providers.supabase.plans import billing_of, plan_of, price_note
from stackk_tui.providers.supabase.reading import Reading
from stackk_tui.providers.supabase.requests import show_requests
from stackk_tui.providers.supabase.turns import CARRIED, WEEK, Turns

NOT_EXPOSED: Final = ("next_payment", "billing_cycle", "invoices", "egress", "active_users", "quotas")
"""No public API of Supabase tells these (`api/supabase.md` §0)."""
MEASURES: Final = (Measure(id="requests", label="Requests", unit="requests", part="Service"),)
GONE: Final = "This project is no longer there, or no longer open to this sign-in."
_PAUSED: Final = "This project is paused: nothing of it is measured until it is restored."
_COUNTED_AT: Final = "counted_at"
_CUT: Final = "cut_short"
_MOST_CUT: Final = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a service stands: its organization's plan, and its projects (None: not listed)."""

    plan: Panel[wire.Organization]
    rows: list[wire.Project] | None
    hidden: bool = False
    """Whether nothing of the project itself may be seen, but perhaps its figures."""
    gone: bool = False
    trouble: StackkError | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The requests as far as they are counted, and when, by Supabase's clock."""

    turns: Turns
    at: datetime

    def whole_at(self, awake: Sequence[Reading]) -> datetime | None:
        """Gives since when every project is counted; None when one is not."""
        if not self.turns.in_turn:
            return self.at if together([one.week for one in awake]).value is not None else None
        counts = self.turns.counted((one.ref for one in awake), WEEK)
        return min(one.at for one in counts) if awake and len(counts) == len(awake) else None


def snapshot_of(
    service: Service,
    place: Place,
    own: Sequence[Reading],
    old: Snapshot | None,
    now: datetime,
    *,
    counted: Counted,
    database_size: bool,
) -> Snapshot:
    """Gives what a service shows now: new where it was learned, the last good, dated, elsewhere."""
    figures = Figures(now, old)
    plan, billing = _plan(place, figures)
    awake = [one for one in own if not one.asleep]
    _say_where(service, place, figures)
    carried = dict(old.carried) if old else {}
    if awake:
        show_requests(figures, awake, counted.turns, counted.at)
        show_sizes(figures, awake, database_size=database_size)
        tier = place.plan.value.plan if place.plan.value else plan.value.tier if plan.value else None
        show_addons(figures, awake, (tier or "").lower())
        show_functions(figures, awake)
        show_health(figures, awake)
        if (counted_at := counted.whole_at(awake)) is not None:
            carried = _counted(carried, counted_at)
        carried.pop(CARRIED, None)
        if counted.turns.in_turn:
            carried[CARRIED] = counted.turns.carried(one.ref for one in awake)
        if any(not one.health.asked for one in awake):
            figures.notes.append(
                f"{len(awake)} active projects are more than can be read at once: of disk, add-ons,"
                " functions and health there is no sum. Track single projects to see theirs."
            )
    elif place.rows is None and old is not None:
        told = {metric.id for metric in figures.metrics}
        figures.metrics += [m for m in old.metrics if m.id not in told and m.section != "Project"]
        figures.limits += old.limits
    return Snapshot(
        fetched_at=now,
        plan=plan,
        billing=billing,
        limits=tuple(figures.limits),
        metrics=tuple(figures.metrics),
        notes=tuple(dict.fromkeys([*figures.notes, *_cut_notes(carried)])),
        not_exposed=NOT_EXPOSED,
        not_permitted=tuple(dict.fromkeys(figures.not_permitted)),
        measures=MEASURES,
        can=_can(plan, billing, figures),
        carried=carried,
    )


def synced(service: Service, place: Place, old: Snapshot | None, now: datetime) -> Snapshot:
    """Gives the last snapshot with a new plan and status; its figures keep the time they were fetched."""
    base = old if old is not None else Snapshot(fetched_at=now, not_exposed=NOT_EXPOSED, measures=MEASURES)
    figures = Figures(now, old)
    plan, billing = _plan(place, figures)
    _say_where(service, place, figures)
    fresh = {metric.id for metric in figures.metrics}
    kept = [m for m in base.metrics if m.id not in fresh and m.section not in ("Project", "Projects")]
    if place.rows is None:
        kept = [m for m in base.metrics if m.id not in fresh]
    stays = [name for name in base.not_permitted if name not in ("plan", "projects")]
    return base.model_copy(
        update={
            "plan": plan,
            "billing": billing,
            "metrics": (*figures.metrics, *kept),
            "notes": tuple(dict.fromkeys([*figures.notes, *_lasting(base.notes)])),
            "not_permitted": tuple(dict.fromkeys([*stays, *figures.not_permitted])),
        }
    )


def _lasting(notes: Sequence[str]) -> list[str]:
    """Gives what an older snapshot says of its figures; plan and projects are told anew."""
    told_anew = ("Plan:", "Project:", "Projects:", "Paused, and", "The price ", _PAUSED, GONE)
    return [note for note in notes if not note.startswith(told_anew)]


def _plan(place: Place, figures: Figures) -> tuple[Figure[Plan], Billing]:
    """A plan that cannot be read now is the last one that was."""
    if place.plan.value is not None:
        tier = place.plan.value.plan
        if note := price_note(tier):
            figures.notes.append(note)
        return plan_of(tier), billing_of(tier)
    if place.plan.forbidden:
        figures.not_permitted.append("plan")
    elif place.plan.error is not None:
        figures.notes.append(f"Plan: not updated this time. {place.plan.error.what}")
    if figures.old is not None and figures.old.plan.value is not None:
        return figures.old.plan, figures.old.billing
    unknown: Figure[Plan] = Figure.not_permitted() if place.plan.forbidden else Figure.not_exposed()
    return unknown, billing_of(None)


def _say_where(service: Service, place: Place, figures: Figures) -> None:
    """Says which projects there are, and which of them are paused."""
    rows = place.rows
    if service.workspace.kind != "organization":
        if place.gone:
            figures.notes.append(GONE)
        elif place.hidden:
            figures.not_permitted += ["status", "region"]
        elif rows is None:
            unknown: Panel[None] = Panel(error=place.trouble)
            figures.put(["status", "region", "compute"], "Project", unknown, lambda _: [])
        elif rows:
            show_project(figures, rows[0])
            if status_words(rows[0].status) == "paused":
                figures.notes.append(_PAUSED)
        return
    listed: Panel[list[wire.Project]] = Panel(rows, place.trouble if rows is None else None)
    figures.put(["projects"], "Projects", listed, lambda _: [], lambda id: id.startswith("project_"))
    show_list(figures, rows or ())
    paused = [row.name or row.ref or "" for row in rows or () if status_words(row.status) == "paused"]
    if paused:
        figures.notes.append(f"Paused, and not measured: {', '.join(paused)}.")


def _can(plan: Figure[Plan], billing: Billing, figures: Figures) -> frozenset[Capability]:
    found: set[Capability] = {"picker"}
    if plan.value is not None:
        found.add("plan")
    if billing.price.value is not None:
        found.add("price")
    if "requests" not in figures.not_permitted:
        found |= {"usage", "series"}
    if "disk" not in figures.not_permitted:
        found.add("limits")
    return frozenset(found)


def _counted(carried: dict[str, str], now: datetime) -> dict[str, str]:
    """Notes when it was counted, and a day that nobody counted to its end and nobody can any more."""
    before = carried.get(_COUNTED_AT)
    last = datetime.fromisoformat(before) if before else None
    cut = [word for word in carried.get(_CUT, "").split(",") if word]
    if last is not None and cut_short(last, now) is not None:
        cut.append(f"{last:%Y-%m-%d %H:%M}")
    return {**carried, _COUNTED_AT: now.isoformat(), _CUT: ",".join(cut[-_MOST_CUT:])}


def _cut_notes(carried: dict[str, str]) -> list[str]:
    days = [word for word in carried.get(_CUT, "").split(",") if word]
    return [f"The requests of {day.split()[0]} were counted until {day.split()[1]} UTC only." for day in days]

"""What a team or a project of it shows: new where it was learned, the last good elsewhere."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from stackk_tui.model.capability import Capability
from stackk_tui.model.figure import Figure, Money, Provenance
from stackk_tui.model.service import Billing as Bill
from stackk_tui.model.service import Plan, Service
from stackk_tui.model.snapshot import Measure, Metric, Snapshot
from stackk_tui.providers.panel import Panel
from stackk_tui.providers.vercel import cost, deployments, said, visits
from stackk_tui.providers.vercel import price as price_list
from stackk_tui.providers.vercel.cycle import STILL, Window, still_before
from stackk_tui.providers.vercel.panels import Learned
from stackk_tui.providers.vercel.picker import why_closed
from stackk_tui.providers.vercel.price import plan_word

CHARGES_AT, CHARGES_OF = "charges_at", "charges_of"
_SEATS, _COST_NOTES = "seats", "cost_notes"
MEASURES = (
    Measure(id="cost", label="Cost", part="Service"),
    Measure(id="requests", label="Deployments", unit="deployments", part="State"),
)
_HOBBY_MEASURES = MEASURES[1:]
_NO_HOBBY_COST = "Vercel tells no usage and no cost of a Hobby account by any API."
_NO_CYCLE = (
    "Vercel does not tell the billing cycle of this team: the month is the calendar month in Los Angeles, "
    "and what is billed may be spread differently over the true cycle."
)
_NOW = (said.PAUSED, said.ENDS, "This team is limited: ", "Plan and cycle: ", STILL)
"""How notes begin that are only true until the next answer."""


def snapshot_of(service: Service, learned: Learned, old: Snapshot | None) -> Snapshot:
    """Gives what a service shows after a refresh."""
    shown = _Shown(service, learned, old)
    shown.account()
    shown.team()
    shown.cost()
    shown.deployed()
    shown.visited()
    shown.existence()
    failed = any(
        p.error is not None and not p.forbidden
        for p in (learned.team, learned.deployments, learned.charges)
        if p is not learned.charges or not learned.no_costs
    )
    return Snapshot(
        fetched_at=old.fetched_at if old is not None and failed else learned.now,
        plan=shown.plan,
        billing=shown.billing(),
        metrics=tuple(shown.metrics),
        notes=tuple(dict.fromkeys(shown.notes)),
        not_exposed=tuple(shown.not_exposed),
        not_permitted=tuple(shown.not_permitted),
        measures=_HOBBY_MEASURES if shown.tier == "hobby" else MEASURES,
        can=shown.can(),
        cycle=shown.window.cycle if shown.tier != "hobby" else None,
        carried=shown.carried,
    )


def synced(service: Service, learned: Learned, old: Snapshot | None) -> Snapshot:
    """Gives the last snapshot with a new plan and cycle; its figures keep the time they were fetched."""
    shown = _Shown(service, learned, old)
    shown.account()
    shown.team()
    if old is None:
        return Snapshot(
            fetched_at=learned.now,
            plan=shown.plan,
            billing=shown.billing(),
            metrics=tuple(shown.metrics),
            notes=tuple(dict.fromkeys(shown.notes)),
            not_permitted=tuple(shown.not_permitted),
            measures=_HOBBY_MEASURES if shown.tier == "hobby" else MEASURES,
        )
    rest = [m for m in old.metrics if m.section != said.SECTION]
    return old.model_copy(
        update={
            "plan": shown.plan,
            "billing": shown.billing() if shown.known_team else old.billing,
            "cycle": shown.window.cycle if shown.tier != "hobby" and shown.known_team else old.cycle,
            "metrics": (*shown.metrics, *rest),
            "notes": tuple(dict.fromkeys([*shown.notes, *(n for n in old.notes if not n.startswith(_NOW))])),
        }
    )


@dataclass(slots=True)
class _Shown:
    """A snapshot in the making."""

    service: Service
    learned: Learned
    old: Snapshot | None
    plan: Figure[Plan] = field(default_factory=Figure[Plan].not_exposed)
    metrics: list[Metric] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    not_exposed: list[str] = field(default_factory=list)
    not_permitted: list[str] = field(default_factory=list)
    carried: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.carried = dict(self.old.carried) if self.old else {}

    @property
    def project(self) -> str | None:
        return self.service.workspace.id if self.service.workspace.part_of else None

    @property
    def tier(self) -> str:
        return self.plan.value.tier if self.plan.value else ""

    @property
    def known_team(self) -> bool:
        return self.learned.team.value is not None

    @property
    def window(self) -> Window:
        return self.learned.window

    def account(self) -> None:
        """A pause stands first, above everything else; then when the token ends."""
        who = self.learned.who
        self._say(said.paused(who.user.value, self.learned.team.value))
        if who.token.value is not None:
            self._say(said.ending(who.token.value, self.learned.now))
            return
        if who.token.forbidden:
            self.not_permitted.append("token_expiry")
        self._keep("token_expires")

    def team(self) -> None:
        """The plan, and where it comes from when it could not be read."""
        panel = self.learned.team
        if panel.value is not None:
            word = plan_word(panel.value.billing.plan if panel.value.billing else None)
            tier = (panel.value.billing.plan if panel.value.billing else None) or ""
            if panel.value.limited:
                self.not_permitted.append("plan")
                self.notes.append(f"This team is limited: {why_closed(panel.value)}.")
            elif word:
                self.plan = Figure(value=Plan(tier=tier, label=word), provenance=Provenance.MEASURED)
            self.notes += still_before(self.window, self.learned.now) if self.tier != "hobby" else []
            return
        if self.old is not None:
            self.plan = self.old.plan
        if panel.forbidden:
            self.not_permitted += ["plan", "cycle"]
            if self.plan.value is None:
                self.plan = Figure[Plan].not_permitted()
        elif panel.error is not None:
            self._late("Plan and cycle", panel.error.what)

    def cost(self) -> None:
        """What the charges say; what the last ones said where they were not asked again."""
        panel = self.learned.charges
        if self.tier == "hobby":
            self.not_exposed.append("cost")
            self.notes.append(_NO_HOBBY_COST)
            return
        if self.learned.no_costs:
            self.notes.append(cost.NO_COSTS)
            self.not_exposed.append("cost")
            self._remember([cost.NO_COSTS], None)
        elif panel.value is not None:
            self.metrics += panel.value.metrics.get(self.service.workspace.id, [])
            self.notes += panel.value.notes
            self.carried.pop(_SEATS, None)
            if panel.value.batch is None:  # nothing of it is in a currency
                self.not_exposed.append("cost")
            self._remember(list(panel.value.notes), panel.value.seats)
        else:
            if panel.forbidden:
                self.not_permitted.append("cost")
            elif panel.error is not None:
                self._late("Cost", panel.error.what)
            self._keep_section(cost.SECTION)
            self.notes += json.loads(self.carried.get(_COST_NOTES, "[]"))
            if not panel.asked and self.old is not None and "cost" in self.old.not_exposed:
                self.not_exposed.append("cost")
            if not panel.asked and self.old is not None and "cost" in self.old.not_permitted:
                self.not_permitted.append("cost")
        if self.window.renews is None and self.learned.team.value is not None:
            self.notes.append(_NO_CYCLE)
        seats = self.carried.get(_SEATS)
        if seats and self.project is None:
            self.metrics.append(
                Metric(
                    id="seats", label="Paid seats", value=seats, section=cost.SECTION, as_of=self._cost_at()
                )
            )
        self.not_exposed.append("next_invoice")

    def deployed(self) -> None:
        found = self.learned.deployments
        if found.value is not None:
            self.metrics += deployments.metrics(found.value, self.project, self.learned.now)
            self.notes += deployments.capped_note(found.value)
            return
        if found.forbidden:
            self.not_permitted.append("deployments")
        elif found.error is not None:
            self._late("Deployments", found.error.what)
        self._keep_section(deployments.SECTION)
        self._keep_section(deployments.LAST)

    def visited(self) -> None:
        """Of a project that has no Web Analytics nothing is said."""
        found = self.learned.visits.get(self.project or "", Panel())
        if found.value is not None:
            self.metrics += visits.metrics(found.value, self.learned.now)
        elif found.error is not None and visits.for_now(found.error):
            self._late(visits.SECTION, found.error.what)
            self._keep_section(visits.SECTION)

    def existence(self) -> None:
        """How many projects there are; whether this one is there, and paused."""
        panel = self.learned.projects
        if panel.value is None:
            if panel.forbidden:
                self.not_permitted.append("projects")
            elif panel.error is not None:
                self._late("Projects", panel.error.what)
            self._keep("projects")
            return
        if self.project is None:
            self.metrics.append(
                Metric(
                    id="projects",
                    label="Projects",
                    value=str(len(panel.value)),
                    section=deployments.SECTION,
                    as_of=self.learned.now,
                )
            )
            return
        row = next((p for p in panel.value if p.id == self.project), None)
        if row is None:
            self.notes.append("This project is no longer in the team.")
        elif row.paused:
            self.notes.append("This project is paused.")

    def billing(self) -> Bill:
        """The price is the team's: a project of it has none of its own."""
        price = self._price()
        renews = self.window.renews
        if renews is not None and self.tier != "hobby":
            next_payment = Figure[date](value=renews, provenance=Provenance.MEASURED)
        elif self.learned.team.forbidden:
            next_payment = Figure[date].not_permitted()
        else:
            next_payment = Figure[date].not_exposed()
        cycle = "monthly" if price.value is not None else None
        return Bill(price=price, cycle=cycle, next_payment=next_payment)

    def can(self) -> frozenset[Capability]:
        """What this token turned out to be good for, here."""
        able: set[Capability] = {"picker", "revoke"}
        if self.plan.value is not None:
            able |= {"plan", "price"} if self.tier in ("hobby", "pro") and not self.project else {"plan"}
        if self.window.renews is not None and self.tier != "hobby":
            able.add("cycle")
        if not {"cost"} & {*self.not_exposed, *self.not_permitted}:
            able.add("usage")
        if "deployments" not in self.not_permitted or "usage" in able:
            able.add("series")
        return frozenset(able)

    def _price(self) -> Figure[Money]:
        if self.project is not None:
            self.notes.append("The plan's price is that of the whole team.")
            return Figure[Money].not_exposed()
        seats = self.carried.get(_SEATS)
        price = price_list.list_price(self.tier, Decimal(seats) if seats else None)
        if price.value is not None:
            self.notes.append(price_list.NOTE)
            if self.tier == "pro" and not seats:
                self.notes.append(price_list.ONE_SEAT)
        return price

    def _say(self, told: said.Said) -> None:
        self.metrics += told[0]
        self.notes += told[1]

    def _remember(self, notes: list[str], seats: Decimal | None) -> None:
        self.carried |= {
            CHARGES_AT: self.learned.now.isoformat(),
            CHARGES_OF: self.window.first.isoformat(),
            _COST_NOTES: json.dumps(notes),
        }
        if seats is not None and seats > 0:
            self.carried[_SEATS] = format(seats.normalize(), "f")

    def _cost_at(self) -> datetime | None:
        at = self.carried.get(CHARGES_AT)
        return datetime.fromisoformat(at) if at else None

    def _late(self, what: str, why: str) -> None:
        self.notes.append(f"{what}: not updated this time. {why}")

    def _keep(self, name: str) -> None:
        self.metrics += [m for m in self._old_metrics() if m.id == name]

    def _keep_section(self, section: str) -> None:
        self.metrics += [
            m for m in self._old_metrics() if m.section == section and m.id not in ("seats", "projects")
        ]

    def _old_metrics(self) -> Iterable[Metric]:
        return self.old.metrics if self.old else ()

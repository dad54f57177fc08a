"""One fetch of a team as panels, each learned or refused by itself.

A 403 on one panel costs that panel only: its last good values stay, dated, and the rest is new.
"""

from dataclasses import dataclass, field
from datetime import datetime

from stackk_tui.model.errors import StackkError
from stackk_tui.model.usage import UsageBatch
from stackk_tui.providers.panel import Panel, closed
from stackk_tui.providers.vercel.api import Deployments
from stackk_tui.providers.vercel.cost import Cost
from stackk_tui.providers.vercel.cycle import Window
from stackk_tui.providers.vercel.errors import NoCosts, NotFound
from stackk_tui.providers.vercel.wire import Project, Team, Token, User, Visits


@dataclass(slots=True)
class Who:
    """What is the same for all teams of a token."""

    user: Panel[User] = field(default_factory=Panel)
    token: Panel[Token] = field(default_factory=Panel)


@dataclass(slots=True)
class Learned:
    """Everything one fetch learned of a team. `charges` was not asked for while the last answer is fresh."""

    now: datetime
    who: Who
    window: Window
    team_id: str | None = None
    team: Panel[Team] = field(default_factory=Panel)
    projects: Panel[list[Project]] = field(default_factory=Panel)
    deployments: Panel[Deployments] = field(default_factory=Panel)
    charges: Panel[Cost] = field(default_factory=Panel)
    visits: dict[str, Panel[Visits]] = field(default_factory=dict)
    """By project id; no part of whether a team is well."""
    usage: list[UsageBatch] = field(default_factory=list)

    @property
    def plan(self) -> str | None:
        billing = self.team.value.billing if self.team.value else None
        return billing.plan if billing else None

    @property
    def no_costs(self) -> bool:
        return isinstance(self.charges.error, NoCosts) or (
            self.charges.value is not None
            and self.charges.value.batch is None
            and not self.charges.value.notes
        )

    def anything(self) -> bool:
        return self.no_costs or any(p.value is not None for p in self._panels())

    def failure(self) -> StackkError | None:
        """Gives the error of the whole team, or None when only a panel is missing."""
        all_panels: tuple[Panel[object], ...] = (*self._panels(), self.who.user, self.who.token)
        if (shut := closed(p.error for p in all_panels)) is not None:
            return shut
        asked = [p for p in self._panels() if p.asked]
        if asked and all(p.forbidden for p in asked):
            return asked[0].error
        for main in (self.team, self.deployments, self.charges):
            if main.error is not None and not main.forbidden and not isinstance(main.error, NoCosts):
                gone = isinstance(main.error, NotFound) and self.team.value is None
                return _gone(main.error) if gone else main.error
        return None

    def _panels(self) -> tuple[Panel[object], ...]:
        return (self.team, self.projects, self.deployments, self.charges)


def _gone(error: StackkError) -> StackkError:
    return NotFound(
        "Vercel does not know this team any more, or not for this token.",
        error.means,
        "Sign in with a token that is for it, or disconnect it.",
        request_id=error.request_id,
    )

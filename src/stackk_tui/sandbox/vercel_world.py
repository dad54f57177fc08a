"""The pretend Vercel's data: a user, a Pro team, a Hobby team, a limited one, their projects and deployments.

Everything follows from the clock and a seed, so that two runs of one moment agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

USER_ID = "u8Kq2LmNpR4tVwXyZ1aBcDe3"
PRO_TEAM = "team_9fXk2LmQ7pRsT4vWyZ1aBcDe"
HOBBY_TEAM = "team_3aBcDe9fXk2LmQ7pRsT4vWyZ"
LIMITED_TEAM = "team_LimitedBySso0000000000"
PROJECTS = {
    "web": "prj_Zk3mQ8vT1aBcDeFgHiJkLmNoPq",
    "docs": "prj_7pRsT4vWyZ1aBcDe9fXk2LmQxx",
    "edge": "prj_1aBcDe9fXk2LmQ7pRsT4vWyZyy",
    "blog": "prj_Hobby00000000000000000blog",
}
LA = ZoneInfo("America/Los_Angeles")
CYCLE_DAY = 4
_HISTORY_DAYS = 45


def millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(slots=True)
class World:
    """`teams_listed`, `soft_block`, `deployments` and the rest may be changed while the server runs."""

    anchor: datetime
    seed: int = 7
    seats: int = 1
    teams_listed: bool = True
    published_only: bool = False
    """Whether a team's billing has its plan only."""
    soft_block: Row | None = None
    token_ends: datetime | None = None
    period: tuple[datetime, datetime] | None = None
    """The billing cycle, if not from the 4th to the 4th."""
    paused: set[str] = field(default_factory=set)
    more_deployments: list[Row] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    """Deployments that are not listed any more."""

    def cycle(self, now: datetime) -> tuple[datetime, datetime]:
        """Gives the billing cycle around a moment."""
        if self.period is not None:
            return self.period
        local = now.astimezone(LA).date()
        first = local.replace(day=CYCLE_DAY)
        if local < first:
            first = (first.replace(day=1) - timedelta(days=1)).replace(day=CYCLE_DAY)
        last = (first.replace(day=28) + timedelta(days=7)).replace(day=CYCLE_DAY)
        return begin_of(first), begin_of(last)

    def visits(self, project: str, begin: datetime, end: datetime) -> tuple[int, int] | None:
        """Gives page views and visitors by whole UTC days; None where Web Analytics is not enabled."""
        if project not in (PROJECTS["web"], PROJECTS["blog"]):
            return None
        views, day = 0, begin.date()
        while day <= end.date():
            views += Random(f"{self.seed}|{day}|{project}|views").randrange(400, 1400)  # noqa: S311
            day += timedelta(days=1)
        return views, views * 3 // 10

    def user(self, *, limited: bool) -> Row:
        short: Row = {
            "id": USER_ID,
            "email": "dev@example.com",
            "name": "Dev Example",
            "username": "dev-example",
            "avatar": None if limited else "5c4f1e0b9d",
            "defaultTeamId": PRO_TEAM if self.teams_listed else HOBBY_TEAM,
        }
        if limited:
            return {**short, "limited": True}
        return {
            **short,
            "createdAt": 1672531200000,
            "billing": None,
            "hasTrialAvailable": False,
            "softBlock": self.soft_block,
            "stagingPrefix": "dev-example",
            "isEnterpriseManaged": False,
            "resourceConfig": {"concurrentBuilds": 1, "nodeType": "lambda"},
        }

    def teams(self, now: datetime) -> list[Row]:
        """Gives the teams, the newest first."""
        return [self.pro(now), self.hobby(), _limited()] if self.teams_listed else []

    def pro(self, now: datetime) -> Row:
        begin, end = self.cycle(now)
        period = {"start": millis(begin), "end": millis(end)}
        billing: Row = {"plan": "pro"}
        if not self.published_only:
            frequency = {"interval": "month", "intervalCount": 1}
            billing |= {"planIteration": "flex", "addons": [], "period": period}
            billing["subscriptions"] = [{"frequency": frequency, "period": period}]
        return {
            **_team(PRO_TEAM, "nimbus-labs", "Nimbus Labs", 1688169600000),
            "billing": billing,
            "saml": {"enforced": False},
            "resourceConfig": {"concurrentBuilds": 12},
        }

    def hobby(self) -> Row:
        name = "dev-example's projects"
        return {
            **_team(HOBBY_TEAM, "dev-examples-projects", name, 1672531200000),
            "billing": {"plan": "hobby"},
        }

    def projects(self, team_id: str) -> list[Row]:
        names = ("web", "docs", "edge") if team_id == PRO_TEAM else ("blog",)
        return [self._project(name, team_id, n) for n, name in enumerate(names)]

    def deployments(self, team_id: str, now: datetime) -> list[Row]:
        """Gives all deployments up to now, the newest first."""
        ids = {p["id"] for p in self.projects(team_id)}
        rows = [*self._made(now), *self.more_deployments]
        rows = [r for r in rows if r["projectId"] in ids and r["createdAt"] <= millis(now)]
        rows = [r for r in rows if r["uid"] not in self.deleted]
        return sorted(rows, key=lambda row: -row["createdAt"])

    def _made(self, now: datetime) -> Iterator[Row]:
        midnight = datetime.combine(self.anchor.astimezone(UTC).date(), time(), UTC)
        for age in range(_HISTORY_DAYS, -1, -1):
            day = midnight - timedelta(days=age)
            random = Random(f"{self.seed}|{day:%Y-%m-%d}")  # noqa: S311  a pretend world
            for number in range(random.randrange(2, 9)):
                short = random.choice(("web", "web", "docs", "edge", "blog"))
                at = day + timedelta(minutes=random.randrange(24 * 60), milliseconds=number)
                state = random.choices(("READY", "ERROR", "CANCELED"), (88, 9, 3))[0]
                took = timedelta(seconds=random.randrange(25, 160))
                target = "production" if random.random() < 0.4 else None
                if at <= now:
                    running = at + took > now
                    shown = "BUILDING" if running else state
                    yield deployment(short, at, shown, took, target=target, number=number)

    def _project(self, short: str, team_id: str, number: int) -> Row:
        name = f"nimbus-{short}" if short != "edge" else "nimbus-api-edge"
        made = 1700000000000 + number * 1000000000
        link = {"type": "github", "org": "nimbus-labs", "repo": name, "repoId": 700000000 + number}
        link |= {"productionBranch": "main", "deployHooks": [], "createdAt": made, "updatedAt": made}
        return {
            "id": PROJECTS[short],
            "name": name,
            "accountId": team_id,
            "framework": ("nextjs", "astro", "hono")[number],
            "nodeVersion": "24.x",
            "createdAt": made,
            "updatedAt": millis(self.anchor) - number * 86400000,
            "live": False,
            "paused": short in self.paused,
            "directoryListing": False,
            "serverlessFunctionRegion": "fra1",
            "link": link,
            "latestDeployments": [],
        }


def begin_of(day: Any) -> datetime:
    """Gives the first moment of a Los Angeles day, in UTC."""
    return datetime.combine(day, time(), LA).astimezone(UTC)


def deployment(
    short: str, at: datetime, state: str, took: timedelta, *, target: str | None = None, number: int = 0
) -> Row:
    """Gives a deployment as v7 lists it."""
    name = f"nimbus-{short}" if short != "edge" else "nimbus-api-edge"
    made = millis(at)
    row: Row = {
        "uid": f"dpl_{short}{made:x}{number}",
        "name": name,
        "projectId": PROJECTS[short],
        "url": f"{name}-{number:02}x7qz-nimbus-labs.vercel.app",
        "created": made,
        "createdAt": made,
        "buildingAt": made + 1800,
        "state": state,
        "readyState": state,
        "type": "LAMBDAS",
        "source": "git",
        "target": target,
        "creator": {"uid": USER_ID, "email": "dev@example.com", "username": "dev-example", "type": "user"},
        "inspectorUrl": f"https://vercel.com/nimbus-labs/{name}/{number:02}",
        "meta": {
            "githubCommitRef": "main",
            "githubCommitSha": f"{made:040x}",
            "githubCommitMessage": f"feat: change {number}",
            "githubCommitAuthorName": "Dev Example",
        },
        "isRollbackCandidate": state == "READY",
        "aliasAssigned": millis(at + took) if state == "READY" else None,
        "aliasError": None,
    }
    if state == "READY":
        row |= {"ready": millis(at + took), "readySubstate": "PROMOTED"}
    if state == "ERROR":
        row |= {"errorCode": "BUILD_FAILED", "errorMessage": 'Command "npm run build" exited with 1'}
    return row


def _team(team_id: str, slug: str, name: str, made: int) -> Row:
    return {
        "id": team_id,
        "slug": slug,
        "name": name,
        "avatar": None,
        "description": None,
        "creatorId": USER_ID,
        "createdAt": made,
        "updatedAt": 1762300800000,
        "stagingPrefix": slug,
        "membership": {
            "uid": USER_ID,
            "teamId": team_id,
            "role": "OWNER",
            "teamRoles": ["OWNER"],
            "teamPermissions": [],
            "confirmed": True,
            "created": made,
            "createdAt": made,
        },
    }


def _limited() -> Row:
    return {
        "id": LIMITED_TEAM,
        "slug": "bigcorp",
        "name": "BigCorp",
        "avatar": None,
        "createdAt": 1650000000000,
        "limited": True,
        "limitedBy": ["scope"],
        "saml": {"enforced": True},
        "membership": {
            "role": "DEVELOPER",
            "confirmed": True,
            "created": 1690000000000,
            "createdAt": 1690000000000,
        },
    }

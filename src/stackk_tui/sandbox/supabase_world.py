"""The organizations and projects the pretend Supabase tells of: the same for the same seed, on any machine.

Requests are made hour by hour from a seeded generator, so that hourly and daily answers agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random

SERVICES = ("auth", "realtime", "rest", "storage")
"""In the order of an answer's fields, `total_<service>_requests`."""
NIMBUS, QUESTS = "nimbus-labs", "side-quests"
API, STAGING, OLD, RECIPES, NOTES = (
    "qkzvtmwplxhadnrsbyue",
    "mbwcjxfeolntqvyrakzd",
    "wdhrofkyaxmpbnqleuzj",
    "tzphgsvduiqlwkoexnra",
    "hvbxqarlyomdpcewjntk",
)
_HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 9, 11, 13, 13, 12, 10, 7, 5, 4, 3, 2, 2)


@dataclass(slots=True)
class Organization:
    slug: str
    name: str
    plan: str | None


@dataclass(slots=True)
class Function:
    id: str
    slug: str
    name: str
    hourly: int
    as_text: bool = False
    """Whether its figures come as texts, as has been seen."""


@dataclass(slots=True)
class Project:
    """`hourly` are a busy hour's requests in the order of `SERVICES`; a project of zeros is idle."""

    ref: str
    organization: str
    name: str
    region: str
    created: datetime
    status: str = "ACTIVE_HEALTHY"
    compute: str = "micro"
    disk_gb: int = 8
    disk_used: int = 0
    database_bytes: int | str = 0
    hourly: tuple[int, int, int, int] = (0, 0, 0, 0)
    sleeps: bool = False
    """Whether nobody uses it at night, so that those hours are missing from the answers."""
    addons: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    unhealthy: dict[str, str] = field(default_factory=dict)
    """Service → its error."""


@dataclass(frozen=True, slots=True)
class Addon:
    type: str
    id: str
    name: str
    amount: float
    interval: str
    description: str


ADDONS = (
    Addon("compute_instance", "ci_micro", "Micro", 0.01344, "hourly", "$0.01344/hour (~$10/month)"),
    Addon("compute_instance", "ci_small", "Small", 0.0206, "hourly", "$0.0206/hour (~$15/month)"),
    Addon("compute_instance", "ci_medium", "Medium", 0.0822, "hourly", "$0.0822/hour (~$60/month)"),
    Addon("pitr", "pitr_7", "7 days", 100, "monthly", "$100 / month"),
    Addon("custom_domain", "cd_default", "Custom Domain", 10, "monthly", "$10 / month"),
    Addon("ipv4", "ipv4_default", "Dedicated IPv4 address", 4, "monthly", "$4 / month"),
)
ADDON_TYPES = {
    "compute_instance": "Compute Instance",
    "pitr": "Point in Time Recovery",
    "custom_domain": "Custom Domain",
    "ipv4": "Dedicated IPv4 address",
}


@dataclass(slots=True)
class World:
    """Everything the server knows. Tests may change the lists; the requests follow from `seed`."""

    seed: int = 20
    organizations: list[Organization] = field(default_factory=lambda: list(_organizations()))
    projects: list[Project] = field(default_factory=lambda: list(_projects()))

    def organization(self, slug: str) -> Organization | None:
        return next((o for o in self.organizations if o.slug == slug), None)

    def project(self, ref: str) -> Project | None:
        return next((p for p in self.projects if p.ref == ref), None)

    def of(self, slug: str) -> list[Project]:
        return [p for p in self.projects if p.organization == slug]

    def requests(self, ref: str, start: datetime, end: datetime) -> tuple[int, int, int, int]:
        """Gives the requests by service from `start` to `end`, to the minute."""
        sums = [0, 0, 0, 0]
        hour = start.replace(minute=0, second=0, microsecond=0)
        while hour < end:
            for at, count in enumerate(self._hour(ref, hour)):
                sums[at] += _share(count, hour, start, end)
            hour += timedelta(hours=1)
        return sums[0], sums[1], sums[2], sums[3]

    def function_calls(self, function: Function, start: datetime, end: datetime) -> tuple[int, int, int]:
        """Gives calls, client errors and server errors of an edge function."""
        calls = client = server = 0
        hour = start.replace(minute=0, second=0, microsecond=0)
        while hour < end:
            count = _calls(self.seed, function.id, function.hourly, hour)
            done = _share(count, hour, start, end)
            calls, client, server = calls + done, client + done // 23, server + done // 61
            hour += timedelta(hours=1)
        return calls, client, server

    def _hour(self, ref: str, hour: datetime) -> tuple[int, ...]:
        project = self.project(ref)
        assert project is not None
        if hour < project.created:
            return (0, 0, 0, 0)
        return _requests(self.seed, ref, project.hourly, project.sleeps, hour)


def _share(count: int, hour: datetime, start: datetime, end: datetime) -> int:
    """Gives the part of an hour's count that lies between two moments."""
    first = max(0, min(60, int((start - hour).total_seconds() // 60)))
    last = max(0, min(60, int((end - hour).total_seconds() // 60)))
    return count * last // 60 - count * first // 60


@lru_cache(maxsize=8192)
def _requests(seed: int, ref: str, hourly: tuple[int, ...], sleeps: bool, hour: datetime) -> tuple[int, ...]:
    if sleeps and (hour.hour < 6 or hour.weekday() == 6):
        return (0, 0, 0, 0)
    random = Random(f"{seed}|{ref}|{hour:%Y-%m-%dT%H}")  # noqa: S311  a pretend world
    level = _HOURS[hour.hour] / 13 * (0.6 if hour.weekday() >= 5 else 1.0)
    return tuple(int(count * level * random.uniform(0.8, 1.2)) for count in hourly)


def _calls(seed: int, function_id: str, hourly: int, hour: datetime) -> int:
    random = Random(f"{seed}|{function_id}|{hour:%Y-%m-%dT%H}")  # noqa: S311  a pretend world
    return int(hourly * _HOURS[hour.hour] / 13 * random.uniform(0.7, 1.3))


def _organizations() -> Iterator[Organization]:
    yield Organization(NIMBUS, "Nimbus Labs", "pro")
    yield Organization(QUESTS, "Side Quests", "free")


def _function(number: int, slug: str, name: str, hourly: int, *, as_text: bool = False) -> Function:
    return Function(f"a1f0d6a2-6c1d-4d76-9b1b-3d3f61b1c{number:03d}", slug, name, hourly, as_text)


def _projects() -> Iterator[Project]:
    def made(*when: int) -> datetime:
        return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]

    yield Project(
        API, NIMBUS, "nimbus-api", "eu-central-1", made(2025, 3, 18, 9, 21, 44, 120831),
        compute="small", disk_gb=18, disk_used=7_838_924_800, database_bytes=1_483_210_752,
        hourly=(250, 110, 2200, 430), addons=("ci_small", "cd_default"),
        functions=(
            _function(1, "stripe-webhook", "Stripe webhook", 80),
            _function(2, "send-digest", "Send digest", 35, as_text=True),
        ),
    )  # fmt: skip
    yield Project(
        STAGING, NIMBUS, "nimbus-staging", "eu-central-1", made(2025, 6, 2, 15, 4, 10, 901122),
        disk_used=2_214_592_512, database_bytes="312475648", hourly=(12, 4, 90, 20), sleeps=True,
        addons=("ci_micro",),
    )  # fmt: skip
    yield Project(
        OLD, NIMBUS, "nimbus-2024", "us-east-1", made(2024, 2, 11, 8, 0, 1), status="INACTIVE",
        disk_used=1_000_000_000, database_bytes=83_886_080,
    )  # fmt: skip
    yield Project(
        RECIPES, QUESTS, "recipe-box", "us-east-1", made(2024, 11, 30, 20, 11, 5, 4410), status="INACTIVE",
        disk_used=900_000_000, database_bytes=41_943_040,
    )  # fmt: skip
    yield Project(
        NOTES, QUESTS, "trail-notes", "us-east-1", made(2026, 4, 4, 10, 30, 0), compute="nano", disk_gb=1,
        disk_used=731_906_048, database_bytes=96_468_992, hourly=(6, 2, 40, 9), sleeps=True,
    )  # fmt: skip

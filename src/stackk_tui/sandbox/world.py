"""The organization the pretend Anthropic tells of: the same for the same seed and anchor day, on any machine.

Usage is made day by day from a seeded generator; cost is those tokens at list price, so that usage, cost and
limits agree with each other the way a real organization's do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

HISTORY_DAYS = 150
"""Days before the anchor that have usage; older ones are empty."""

ORGANIZATION_ID = "3b7f2a10-5c4e-4d2a-9e61-0a8c5d7e4f21"
ORGANIZATION_NAME = "Nimbus Labs"

TOKEN_TYPES = (
    "uncached_input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model and its list price in dollars per million tokens, in the order of `TOKEN_TYPES`."""

    id: str
    name: str
    released: str
    prices: tuple[str, str, str, str, str]

    def cents(self, token_type: str, tokens: int) -> Decimal:
        """Gives the exact price in cents: dollars per million × 100 / 1 000 000."""
        return Decimal(self.prices[TOKEN_TYPES.index(token_type)]) * tokens / 10_000


MODELS = (
    Model("claude-fable-5-2", "Claude Fable 5.2", "2026-11-05", ("8", "40", "0.20", "10", "16")),
    Model("claude-opus-5-5", "Claude Opus 5.5", "2026-09-15", ("4", "20", "0.20", "5", "8")),
    Model("claude-sonnet-5-5", "Claude Sonnet 5.5", "2026-07-20", ("2", "10", "0.10", "2.5", "4")),
    Model("claude-sonnet-4-6", "Claude Sonnet 4.6", "2026-02-17", ("3", "15", "0.30", "3.75", "6")),
    Model("claude-haiku-4-5", "Claude Haiku 4.5", "2025-10-15", ("1", "5", "0.10", "1.25", "2")),
)
MODEL = {model.id: model for model in MODELS}


@dataclass(frozen=True, slots=True)
class Workspace:
    """`id` None is the default workspace, which the API does not list."""

    id: str | None
    name: str
    color: str
    created: datetime
    archived: datetime | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    name: str
    hint: str
    status: str
    workspace_id: str | None
    created: datetime
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class SpendLimit:
    """`cents` is the amount; `workspace_id` only for a workspace's limit."""

    id: str
    cents: str | None
    scope: str
    period: str = "monthly"
    workspace_id: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A day × workspace × model: tokens in the order of `TOKEN_TYPES`, and web searches; `key` is the API key
    where it is one key's share."""

    workspace_id: str | None
    model: str
    tokens: tuple[int, ...]
    searches: int = 0
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """What one key used on a day on top of everything that is usual."""

    day: date
    cell: Cell


@dataclass(frozen=True, slots=True)
class _Habit:
    """A weekday's thousands of tokens in the order of `TOKEN_TYPES`, and the weekend's share of it."""

    workspace: str
    model: str
    thousands: tuple[int, int, int, int, int]
    weekend: float
    searches: int = 0
    first: str = "2026-01-01"


_HABITS = (
    _Habit("production", "claude-opus-5-5", (760, 210, 5200, 420, 60), 0.72, 24, first="2026-09-15"),
    _Habit("production", "claude-sonnet-5-5", (1450, 380, 3900, 520, 0), 0.75, 6),
    _Habit("production", "claude-haiku-4-5", (1900, 260, 0, 0, 0), 0.80),
    _Habit("staging", "claude-sonnet-5-5", (310, 70, 420, 60, 0), 0.12),
    _Habit("staging", "claude-haiku-4-5", (240, 40, 0, 0, 0), 0.20),
    _Habit("claude-code", "claude-opus-5-5", (70, 120, 11500, 0, 640), 0.16, 3, first="2026-09-15"),
    _Habit("claude-code", "claude-fable-5-2", (18, 30, 1900, 0, 110), 0.10, 1, first="2026-11-05"),
    _Habit("claude-code", "claude-sonnet-5-5", (60, 85, 6200, 0, 310), 0.20),
    _Habit("research", "claude-sonnet-4-6", (420, 160, 300, 90, 0), 0.35, 8),
    _Habit("default", "claude-haiku-4-5", (150, 30, 0, 0, 0), 0.45),
    _Habit("default", "claude-sonnet-5-5", (60, 22, 90, 0, 0), 0.30, 2),
)

_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 11, 9, 11, 13, 13, 12, 10, 7, 5, 4, 3, 2, 1)
"""How a day's work is spread over its hours (UTC)."""


def share_of_day(start: float, end: float) -> tuple[float, float]:
    """Gives the shares of a day's usage that lie before `start` and before `end`, both in hours 0 to 24."""
    return _before(start), _before(end)


def _before(hour: float) -> float:
    whole = min(23, int(hour))
    return min(1.0, (sum(_HOURS[:whole]) + _HOURS[whole] * (hour - whole)) / sum(_HOURS))


def _ws_id(name: str) -> str:
    return f"wrkspc_01Nimbus{name}".ljust(31, "0")


def key_id(short: str) -> str:
    """Gives an API key's id by the short name it has here."""
    return f"apikey_01Nimbus{short}".ljust(31, "0")


@dataclass(slots=True)
class World:
    """Everything the server knows. Tests may change the lists; the usage follows from `seed` and `anchor`,
    and `loops` come on top of it."""

    anchor: date
    seed: int = 20
    workspaces: list[Workspace] = field(default_factory=list)
    api_keys: list[ApiKey] = field(default_factory=list)
    spend_limits: list[SpendLimit] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.workspaces = self.workspaces or list(_workspaces(self.anchor))
        self.api_keys = self.api_keys or list(_api_keys(self.anchor))
        self.spend_limits = self.spend_limits or list(_spend_limits())

    def workspace(self, workspace_id: str) -> Workspace | None:
        return next((w for w in self.workspaces if w.id == workspace_id), None)

    def archive(self, workspace_id: str, when: datetime) -> None:
        """Marks a workspace as archived."""
        self.workspaces = [replace(w, archived=when) if w.id == workspace_id else w for w in self.workspaces]

    def remove(self, workspace_id: str) -> None:
        """Makes a workspace vanish."""
        self.workspaces = [w for w in self.workspaces if w.id != workspace_id]

    def cells(self, start: datetime, end: datetime, now: datetime) -> list[Cell]:
        """Gives what was used between two moments of one UTC day, as far as `now` has come."""
        found = []
        for cell, upto, before in self._between(start, end, now):
            counts = [high - low for high, low in zip(upto, before, strict=True)]
            found.append(replace(cell, tokens=tuple(counts[:-1]), searches=counts[-1], key=None))
        return [cell for cell in found if any(cell.tokens) or cell.searches]

    def cells_by_key(self, start: datetime, end: datetime, now: datetime) -> list[Cell]:
        """Gives the same by API key; the keys' shares add up to it exactly."""
        found = []
        for cell, upto, before in self._between(start, end, now):
            for key, high, low in zip(_keys(cell), _shares(cell, upto), _shares(cell, before), strict=True):
                counts = [b - a for b, a in zip(high, low, strict=True)]
                found.append(replace(cell, tokens=tuple(counts[:-1]), searches=counts[-1], key=key))
        return [cell for cell in found if any(cell.tokens) or cell.searches]

    def _between(
        self, start: datetime, end: datetime, now: datetime
    ) -> Iterator[tuple[Cell, list[int], list[int]]]:
        """Gives the cells of a day, each with its counts up to the end and up to the start."""
        day = start.date()
        first = (start - _midnight(day)) / timedelta(hours=1)
        last = (min(end, max(start, now)) - _midnight(day)) / timedelta(hours=1)
        before, upto = share_of_day(first, last)
        looping = [loop.cell for loop in self.loops if loop.day == day]
        for cell in (*_whole_day(self.seed, self.anchor, day), *looping):
            counts = (*cell.tokens, cell.searches)
            yield cell, [int(n * upto) for n in counts], [int(n * before) for n in counts]


def _keys(cell: Cell) -> list[str | None]:
    return [cell.key] if cell.key else [key for key, _ in _USERS[cell.workspace_id]]


def _shares(cell: Cell, counts: list[int]) -> list[list[int]]:
    """Gives the counts of each key: its percents, rounded down, and the rest for the last one."""
    percents = [] if cell.key else [percent for _, percent in _USERS[cell.workspace_id]][:-1]
    shares = [[n * percent // 100 for n in counts] for percent in percents]
    return [*shares, [n - sum(share[place] for share in shares) for place, n in enumerate(counts)]]


@lru_cache(maxsize=512)
def _whole_day(seed: int, anchor: date, day: date) -> tuple[Cell, ...]:
    age = (anchor - day).days
    if age > HISTORY_DAYS:
        return ()
    return tuple(_make_cells(seed, anchor, day, growth=1.35 - 0.85 * age / HISTORY_DAYS))


def _make_cells(seed: int, anchor: date, day: date, growth: float) -> Iterator[Cell]:
    for habit in _HABITS:
        if day < date.fromisoformat(habit.first):
            continue
        random = Random(f"{seed}|{day}|{habit.workspace}|{habit.model}")  # noqa: S311  a pretend world
        level = growth * random.lognormvariate(0, 0.22) * (habit.weekend if day.weekday() >= 5 else 1.0)
        if habit.workspace == "research" and day > anchor - timedelta(days=24):
            continue
        tokens = tuple(int(k * 1000 * level * random.uniform(0.9, 1.1)) for k in habit.thousands)
        workspace_id = None if habit.workspace == "default" else IDS[habit.workspace]
        yield Cell(workspace_id, habit.model, tokens, int(habit.searches * level))


IDS = {
    "production": _ws_id("Production"),
    "staging": _ws_id("Staging"),
    "claude-code": _ws_id("ClaudeCode"),
    "research": _ws_id("Research"),
}
"""The workspaces' ids by a short name."""

_USERS: dict[str | None, tuple[tuple[str | None, int], ...]] = {
    IDS["production"]: ((key_id("Prod"), 70), (key_id("ProdWorker"), 30)),
    IDS["staging"]: ((key_id("Staging"), 100),),
    IDS["claude-code"]: ((key_id("Ci"), 20), (None, 80)),
    IDS["research"]: ((key_id("Eval"), 100),),
    None: ((key_id("Playground"), 55), (None, 45)),
}
"""Which keys use a workspace, in percent; None is use without a key. One or two: so no share ever shrinks."""


def _workspaces(anchor: date) -> Iterator[Workspace]:
    def ago(days: int) -> datetime:
        return _midnight(anchor) - timedelta(days=days) + timedelta(hours=9, minutes=14, microseconds=118203)

    yield Workspace(IDS["production"], "Production", "#6C5BB9", ago(410), number=1)
    yield Workspace(IDS["staging"], "Staging", "#4A90D9", ago(402), number=2)
    yield Workspace(IDS["claude-code"], "Claude Code", "#D97757", ago(260), number=3)
    yield Workspace(IDS["research"], "Research", "#3E9B6E", ago(330), archived=ago(23), number=4)


def _api_keys(anchor: date) -> Iterator[ApiKey]:
    created = _midnight(anchor) - timedelta(days=200)
    rows = (
        ("Prod", "nimbus-api", "active", IDS["production"]),
        ("ProdWorker", "nimbus-worker", "active", IDS["production"]),
        ("Staging", "staging-api", "active", IDS["staging"]),
        ("Ci", "ci-review", "active", IDS["claude-code"]),
        ("Playground", "playground", "active", None),
        ("Old", "old-laptop", "inactive", None),
        ("Eval", "research-evals", "archived", IDS["research"]),
        ("Trial", "partner-trial", "expired", IDS["staging"]),
    )
    for number, (short, name, status, workspace_id) in enumerate(rows):
        yield ApiKey(
            id=key_id(short),
            name=name,
            hint=f"sk-ant-api03-N{number}x...{number}gAA",
            status=status,
            workspace_id=workspace_id,
            created=created + timedelta(days=number),
            expires=_midnight(anchor) - timedelta(days=30) if status == "expired" else None,
        )


def _spend_limits() -> Iterator[SpendLimit]:
    yield SpendLimit("spl_01NimbusProduction00000000", "90000", "workspace", workspace_id=IDS["production"])
    yield SpendLimit("spl_01NimbusOrg0000000000000000", "180000", "organization")
    yield SpendLimit("spl_01NimbusTier000000000000000", "20000000", "usage_tier")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

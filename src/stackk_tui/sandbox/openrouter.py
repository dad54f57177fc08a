"""A pretend OpenRouter as an ASGI app: two endpoints, strict about keys and parameters.

sandbox = OpenRouterSandbox(clock=lambda: datetime.now(UTC))
httpx.ASGITransport(app=sandbox)            # in process, for the demo
uvicorn.run(sandbox)                        # over real HTTP, for tests
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from stackk_tui.sandbox.faults import Faults

KEY = "sk-or-v1-sandbox0plain0key0with0a0monthly0limit0000000000000000a1b"
"""An ordinary key with a limit a month."""
FREE_KEY = "sk-or-v1-sandbox0key0of0an0account0that0never0paid000000000000c2d"
MANAGEMENT_KEY = "sk-or-v1-sandbox0management0key0sees0the0balance0000000000000e3f"
"""The only kind that may see credits."""
REVOKED_KEY = "sk-or-v1-sandbox0revoked0key0000000000000000000000000000000000000"
TRACKED_DAYS = 70
"""How long the keys have been spending at the sandbox's first moment."""
BOUGHT = Decimal(250)
LIMIT = Decimal(100)

_KINDS = {KEY: "plain", FREE_KEY: "free", MANAGEMENT_KEY: "management", REVOKED_KEY: "revoked"}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the server saw it. `key` is the kind of its key, never the key."""

    method: str
    path: str
    key: str


class OpenRouterSandbox:
    """The app. `keys`, `limit_reset`, `limit`, `more` and `faults` may be changed while it runs."""

    def __init__(self, clock: Callable[[], datetime], *, seed: int = 3) -> None:
        self.clock = clock
        self.seed = seed
        self.first = clock().astimezone(UTC).date() - timedelta(days=TRACKED_DAYS)
        self.keys: dict[str, str] = dict(_KINDS)
        self.limit: Decimal | None = LIMIT
        self.limit_reset: str | None = "monthly"
        self.more: Row = {}
        """Fields of a key's answer to send in place of the true ones."""
        self.seen: list[Seen] = []
        self.faults = Faults(self._app())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            self.seen.append(Seen(request.method, request.url.path, self.keys.get(_key(request), "unknown")))
        await self.faults(scope, receive, send)

    def cost_of(self, day: date, until: datetime | None = None) -> Decimal:
        """Gives what a day cost in dollars, or the part of it before a moment: evenly over its hours."""
        if day < self.first:
            return Decimal(0)
        digest = hashlib.sha256(f"{self.seed}|{day}".encode()).digest()
        whole = Decimal(int.from_bytes(digest[:2])) / 20_000  # 0 to 3.28
        whole = whole / 5 if day.weekday() >= 5 else whole
        if until is None or until.date() > day:
            return whole.quantize(Decimal("0.0001"))
        seconds = max(0.0, (until - datetime.combine(day, time(), UTC)).total_seconds())
        return (whole * Decimal(int(seconds)) / 86_400).quantize(Decimal("0.0001"))

    def spent(self, first: date, now: datetime) -> Decimal:
        """Gives what was spent from a day on."""
        days = (now.date() - first).days + 1
        return sum((self.cost_of(first + timedelta(days=n), now) for n in range(days)), Decimal(0))

    def _app(self) -> Starlette:
        routes = [
            Route("/api/v1/key", self._endpoint(self._about_key), methods=["GET"]),
            Route("/api/v1/credits", self._endpoint(self._credits), methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={404: self._nothing, 405: self._nothing})

    def _endpoint(
        self, handler: Callable[[str, str, datetime], Row | Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            now, key = self.clock().astimezone(UTC), _key(request)
            kind = self.keys.get(key, "unknown")
            if kind in ("unknown", "revoked"):
                answer: Response = _refused(401, "User not found." if key else "No auth credentials found")
            elif request.query_params:
                answer = _refused(400, "Unrecognized key(s) in query")
            else:
                found = handler(key, kind, now)
                answer = found if isinstance(found, Response) else JSONResponse({"data": found})
            answer.headers["date"] = format_datetime(now, usegmt=True)
            return answer

        return endpoint

    def _about_key(self, key: str, kind: str, now: datetime) -> Row:
        today, monthly = now.date(), self.spent(now.date().replace(day=1), now)
        monday = today - timedelta(days=today.weekday())
        limited = self.limit is not None and kind == "plain"
        in_window = {"daily": self.cost_of(today, now), "weekly": self.spent(monday, now), "monthly": monthly}
        used = in_window.get(self.limit_reset or "", self.spent(self.first, now))
        return {
            "label": f"{key[:12]}...{key[-3:]}",
            "usage": float(self.spent(self.first, now)),
            "usage_daily": float(self.cost_of(today, now)),
            "usage_weekly": float(self.spent(monday, now)),
            "usage_monthly": float(monthly),
            "byok_usage": 0,
            "byok_usage_daily": 0,
            "byok_usage_weekly": 0,
            "byok_usage_monthly": 0,
            "limit": float(self.limit) if limited and self.limit is not None else None,
            "limit_remaining": float(self.limit - used) if limited and self.limit is not None else None,
            "limit_reset": self.limit_reset if limited else None,
            "include_byok_in_limit": False,
            "is_free_tier": kind == "free",
            "is_management_key": kind == "management",
            "is_provisioning_key": kind == "management",
            "expires_at": "2027-12-31T23:59:59Z" if kind == "plain" else None,
            "creator_user_id": "user_sandbox",
            "rate_limit": {"requests": -1, "interval": "10s", "note": "This field is deprecated."},
            **self.more,
        }

    def _credits(self, key: str, kind: str, now: datetime) -> Row | Response:
        if kind != "management":
            return _refused(403, "Only management keys can perform this operation")
        return {"total_credits": float(BOUGHT), "total_usage": float(self.spent(self.first, now))}

    async def _nothing(self, _request: Request, error: Exception) -> Response:
        return _refused(getattr(error, "status_code", 404), "Not Found")


def _key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme == "Bearer" else ""


def _refused(status: int, message: str) -> Response:
    return JSONResponse({"error": {"code": status, "message": message}}, status_code=status)

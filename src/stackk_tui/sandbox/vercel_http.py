"""What every endpoint of the pretend Vercel shares: errors and parameters."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse

from stackk_tui.sandbox.vercel_world import Row


@dataclass(slots=True)
class ApiError(Exception):
    """An answer that is an error, in Vercel's shape."""

    status: int
    code: str
    message: str
    more: Row = field(default_factory=dict)

    def response(self) -> JSONResponse:
        body = {"error": {"code": self.code, "message": self.message, **self.more}}
        return JSONResponse(body, status_code=self.status)


def forbidden(**more: bool) -> ApiError:
    return ApiError(403, "forbidden", "Not authorized", dict(more))


def not_found() -> ApiError:
    return ApiError(404, "not_found", "Could not find the RESOURCE: ID")


def bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def only(request: Request, allowed: Collection[str]) -> None:
    """Refuses a query parameter that the endpoint does not document."""
    for name in request.query_params:
        if name not in allowed:
            raise ApiError(400, "bad_request", f"Invalid request: unknown parameter `{name}`")


def limit(request: Request) -> int:
    found = whole(request, "limit")
    if found is not None and not 1 <= found <= 100:
        raise ApiError(400, "bad_request", "Invalid limit")
    return 20 if found is None else found


def whole(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise ApiError(400, "bad_request", f"Invalid {name}")
    return int(text)


def moment(request: Request, name: str) -> datetime:
    text = request.query_params.get(name, "")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or "T" not in text or found.tzinfo is None:
        raise ApiError(400, "bad_request", f"Invalid {name}: an ISO 8601 date-time is needed")
    return found.astimezone(UTC)

"""What every endpoint of the pretend Anthropic shares: errors, parameters and three paging styles."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse

T = TypeVar("T")
Row = dict[str, Any]


@dataclass(slots=True)
class ApiError(Exception):
    """An answer that is an error, in Anthropic's shape."""

    status: int
    type: str
    message: str
    error_code: str | None = None

    def response(self, request_id: str) -> JSONResponse:
        error: Row = {"type": self.type, "message": self.message}
        if self.error_code:
            error["details"] = {"error_code": self.error_code}
        body = {"type": "error", "error": error, "request_id": request_id}
        return JSONResponse(body, status_code=self.status, headers={"request-id": request_id})


def invalid(message: str) -> ApiError:
    return ApiError(400, "invalid_request_error", message)


def not_found(message: str = "The requested resource could not be found.") -> ApiError:
    return ApiError(404, "not_found_error", message)


def check_params(request: Request, allowed: Collection[str]) -> None:
    """Refuses a query parameter that the endpoint does not document."""
    for name in request.query_params:
        if name not in allowed:
            raise invalid(f"{name}: Extra inputs are not permitted")


def whole_number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(f"{name}: Input should be between 1 and {most}")
    return int(text)


def moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"{name}: Input should be a valid datetime") from None
    if value.tzinfo is None or "T" not in text:
        raise invalid(f"{name}: Input should have timezone info")
    return value.astimezone(UTC)


def by_id(request: Request, rows: Sequence[Row]) -> Row:
    """The id cursor: `after_id` or `before_id`, `limit` 1–1000, 20 by default."""
    limit = whole_number(request, "limit", 20, 1000)
    ids = [row["id"] for row in rows]
    after, before = (request.query_params.get(n) for n in ("after_id", "before_id"))
    if after and before:
        raise invalid("after_id and before_id cannot be used together")
    if (cursor := after or before) and cursor not in ids:
        raise invalid(f"{'after_id' if after else 'before_id'}: unknown id")
    if before:
        end = ids.index(before)
        start = max(0, end - limit)
        more = start > 0
    else:
        start = ids.index(after) + 1 if after else 0
        end = min(len(rows), start + limit)
        more = end < len(rows)
    page = list(rows[start:end])
    edge = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    return {"data": page, "first_id": edge[0], "has_more": more, "last_id": edge[1]}


def report_page(request: Request, count: int, limit: int, make: Callable[[int], T]) -> dict[str, Any]:
    """The report style: `has_more` and `next_page`, a token that holds only for the same other parameters."""
    start = _offset(request)
    end = min(count, start + limit)
    more = end < count
    return {
        "data": [make(number) for number in range(start, end)],
        "has_more": more,
        "next_page": _token(request, end) if more else None,
    }


def plain_page(request: Request, rows: Sequence[Row], limit: int) -> Row:
    """The plain style: only `next_page`, null at the end."""
    start = _offset(request)
    end = min(len(rows), start + limit)
    return {
        "data": list(rows[start:end]),
        "next_page": _token(request, end) if end < len(rows) else None,
    }


def _others(request: Request) -> str:
    pairs = sorted((k, v) for k, v in request.query_params.multi_items() if k != "page")
    return hashlib.sha256(repr((request.url.path, pairs)).encode()).hexdigest()[:12]


def _token(request: Request, offset: int) -> str:
    return "page_" + urlsafe_b64encode(f"{offset}.{_others(request)}".encode()).decode()


def _offset(request: Request) -> int:
    token = request.query_params.get("page")
    if token is None:
        return 0
    try:
        offset, others = urlsafe_b64decode(token.removeprefix("page_")).decode().split(".")
        if not token.startswith("page_") or others != _others(request):
            raise ValueError
        return int(offset)
    except ValueError:
        raise invalid("page: the token does not belong to these parameters") from None

"""Counts of requests and of edge functions, as the pretend Supabase tells them: a window that rolls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from starlette.requests import Request

from stackk_tui.sandbox.supabase_http import Answer, ApiError, Row, awake, check_params
from stackk_tui.sandbox.supabase_world import SERVICES, Function, Project, World

_WINDOWS = {
    "15min": (timedelta(minutes=15), timedelta(minutes=1)),
    "30min": (timedelta(minutes=30), timedelta(minutes=1)),
    "1hr": (timedelta(hours=1), timedelta(minutes=1)),
    "3hr": (timedelta(hours=3), timedelta(hours=1)),
    "1day": (timedelta(days=1), timedelta(hours=1)),
    "3day": (timedelta(days=3), timedelta(hours=1)),
    "7day": (timedelta(days=7), timedelta(days=1)),
}


def api_counts(request: Request, world: World, now: datetime) -> Answer:
    check_params(request, ("interval",))
    found = awake(request, world)
    rows = []
    for start, end in _buckets(request, now, _WINDOWS, default="1day"):
        counts = world.requests(found.ref, start, end)
        if any(counts):
            fields = {f"total_{name}_requests": n for name, n in zip(SERVICES, counts, strict=True)}
            rows.append({"timestamp": _bare(start, request.query_params.get("interval", "")), **fields})
    return {"result": rows[::-1]}


def functions(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    found = awake(request, world)
    return [_function(function, found) for function in found.functions]


def function_stats(request: Request, world: World, now: datetime) -> Answer:
    check_params(request, ("function_id", "interval"))
    found = awake(request, world)
    wanted = request.query_params.get("function_id")
    function = next((f for f in found.functions if f.id == wanted), None)
    if "interval" not in request.query_params or wanted is None:
        raise ApiError(400, "function_id and interval are required")
    if function is None:
        raise ApiError(404, "Function not found")
    windows = {name: _WINDOWS[name] for name in ("15min", "1hr", "3hr", "1day")}
    rows = [_stats(function, world, *slot) for slot in _buckets(request, now, windows, default="")]
    return {"result": rows[::-1]}


def _buckets(
    request: Request,
    now: datetime,
    windows: Mapping[str, tuple[timedelta, timedelta]],
    *,
    default: str,
) -> list[tuple[datetime, datetime]]:
    """Gives begin and end of each bucket, oldest first: the window rolls, so the first and the last of days
    are cut by it."""
    interval = request.query_params.get("interval", default)
    if interval not in windows:
        raise ApiError(400, "interval: Invalid enum value")
    span, step = windows[interval]
    unit = min(step, timedelta(hours=1))
    newest = _floor(now, unit)
    start = newest - span + unit
    found = []
    while start < now:
        end = min(_floor(start, step) + step, now)
        found.append((start, end))
        start = end
    return found


def _floor(moment: datetime, step: timedelta) -> datetime:
    epoch = datetime(2020, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // step * step


def _bare(start: datetime, interval: str) -> str:
    """A time without its zone, as they are seen; days by their midnight."""
    return f"{start:%Y-%m-%dT00:00:00}" if interval == "7day" else f"{start:%Y-%m-%dT%H:%M:%S}"


def _stats(function: Function, world: World, start: datetime, end: datetime) -> Row:
    calls, client, server = world.function_calls(function, start, end)
    row: Row = {
        "timestamp": f"{start:%Y-%m-%dT%H:%M:%S}",
        "request_count": calls,
        "success_count": calls - client - server,
        "redirect_count": 0,
        "client_err_count": client,
        "server_err_count": server,
        "avg_execution_time": 120.5 + calls % 90,
        "min_execution_time": 21.25,
        "max_execution_time": 900.75 + calls,
        "avg_cpu_time_used": 24.5,
        "max_cpu_time_used": 118.25,
        "avg_memory_used": 33.5,
    }
    texts = {k: v if k == "timestamp" else str(v) for k, v in row.items()}
    return texts if function.as_text else row


def _function(function: Function, project: Project) -> Row:
    made = int(project.created.timestamp() * 1000)
    return {
        "id": function.id,
        "slug": function.slug,
        "name": function.name,
        "status": "ACTIVE",
        "version": 7,
        "created_at": made,
        "updated_at": made + 86_400_000,
        "verify_jwt": True,
        "import_map": False,
        "entrypoint_path": f"file:///src/{function.slug}/index.ts",
    }

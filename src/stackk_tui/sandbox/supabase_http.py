"""What every endpoint of the pretend Supabase shares: refusals, parameters, and the project that is meant."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from stackk_tui.sandbox.supabase_world import Project, World

Row = dict[str, Any]
Answer = Row | list[Row]


@dataclass(slots=True)
class ApiError(Exception):
    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


async def json_body(request: Request) -> Any:
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ApiError(400, "the body must be JSON")
    try:
        return json.loads(await request.body())
    except ValueError:
        raise ApiError(400, "the body must be JSON") from None


def check_params(request: Request, allowed: Collection[str]) -> None:
    """Refuses a query parameter that the endpoint does not document."""
    for name in request.query_params:
        if name not in allowed:
            raise ApiError(400, f"Unrecognized key in query: {name}")


def number(request: Request, name: str, default: int, most: int, *, least: int = 1) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ApiError(400, f"{name}: Number must be between {least} and {most}")
    return int(text)


def project_of(request: Request, world: World) -> Project:
    found = world.project(request.path_params["ref"])
    assert found is not None
    return found


def awake(request: Request, world: World) -> Project:
    found = project_of(request, world)
    if found.status == "INACTIVE":
        raise ApiError(400, "Project is paused")
    return found

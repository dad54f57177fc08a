"""The endpoints of the pretend Supabase: what each gives, and which questions it refuses."""

import re
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request

from stackk_tui.sandbox import supabase_analytics as analytics
from stackk_tui.sandbox.supabase_http import (
    Answer,
    ApiError,
    Row,
    awake,
    check_params,
    number,
    project_of,
)
from stackk_tui.sandbox.supabase_world import (
    ADDON_TYPES,
    ADDONS,
    Addon,
    Organization,
    Project,
    World,
)

_HEALTH = ("auth", "db", "db_postgres_user", "pg_bouncer", "pooler", "realtime", "rest", "storage")
_SORTS = ("name_asc", "name_desc", "created_asc", "created_desc")
_STATUSES = (
    *("INACTIVE", "ACTIVE_HEALTHY", "ACTIVE_UNHEALTHY", "COMING_UP", "UNKNOWN", "GOING_DOWN", "INIT_FAILED"),
    *("REMOVED", "RESTORING", "UPGRADING", "PAUSING", "RESTORE_FAILED", "RESTARTING", "PAUSE_FAILED"),
    "RESIZING",
)
_SIZE_QUERY = re.compile(r"select pg_database_size\(current_database\(\)\) as db_size_bytes;?", re.IGNORECASE)


def organizations(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    return [
        {"id": o.slug, "slug": o.slug, "name": o.name} for o in world.organizations if _seen(request, o.slug)
    ]


def organization(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    found = _organization(request, world)
    body: Row = {"id": found.slug, "name": found.name, "opt_in_tags": [], "allowed_release_channels": ["ga"]}
    return body if found.plan is None else {**body, "plan": found.plan}


def organization_projects(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ("offset", "limit", "search", "sort", "statuses"))
    offset, limit = number(request, "offset", 0, 10**6, least=0), number(request, "limit", 100, 100)
    statuses = [word for word in request.query_params.get("statuses", "").split(",") if word]
    if any(word not in _STATUSES for word in statuses):
        raise ApiError(400, "statuses: Invalid enum value")
    sort = request.query_params.get("sort", "name_asc")
    if sort not in _SORTS:
        raise ApiError(400, "sort: Invalid enum value")
    search = request.query_params.get("search", "").lower()
    rows = [
        p
        for p in world.of(request.path_params["slug"])
        if (not statuses or p.status in statuses) and search in p.name.lower()
    ]
    rows.sort(key=lambda p: p.name if "name" in sort else p.created.isoformat(), reverse="desc" in sort)
    return {
        "projects": [_listed(p) for p in rows[offset : offset + limit]],
        "pagination": {"count": len(rows), "limit": limit, "offset": offset},
    }


def projects(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    return [_project(p) for p in world.projects if _seen(request, p.organization)]


def project(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    return _project(project_of(request, world))


def health(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ("services", "timeout_ms"))
    asked = request.query_params.getlist("services")
    if not asked or any(name not in _HEALTH for name in asked):
        raise ApiError(400, "services: Invalid enum value")
    found = awake(request, world)
    rows: list[Row] = []
    for name in asked:
        row: Row = {"name": name, "healthy": True, "status": "ACTIVE_HEALTHY"}
        if name in found.unhealthy:
            row |= {"healthy": False, "status": "UNHEALTHY", "error": found.unhealthy[name]}
        elif name == "auth":
            about = "GoTrue is a user registration and authentication API"
            row["info"] = {"name": "GoTrue", "version": "v2.180.0", "description": about}
        rows.append(row)
    return rows


def disk(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    found = awake(request, world)
    attributes = {"type": "gp3", "size_gb": found.disk_gb, "iops": 3000, "throughput_mibps": 125}
    return {"attributes": attributes, "last_modified_at": "2026-08-11T02:10:00.000Z"}


def disk_use(request: Request, world: World, now: datetime) -> Answer:
    check_params(request, ())
    found = awake(request, world)
    size = found.disk_gb * 2**30
    return {
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "metrics": {
            "fs_size_bytes": size,
            "fs_avail_bytes": size - found.disk_used,
            "fs_used_bytes": found.disk_used,
        },
    }


def query(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    body = request.state.json
    if not isinstance(body, dict) or set(body) != {"query"} or not isinstance(body["query"], str):
        raise ApiError(400, "query: Required")
    if not _SIZE_QUERY.fullmatch(body["query"].strip()):
        raise ApiError(400, "Failed to run sql query: permission denied")
    return [{"db_size_bytes": awake(request, world).database_bytes}]


def addons(request: Request, world: World, _now: datetime) -> Answer:
    check_params(request, ())
    found = awake(request, world)
    selected = [a for a in ADDONS if a.id in found.addons]
    return {
        "selected_addons": [{"type": a.type, "variant": _variant(a)} for a in selected],
        "available_addons": [
            {"type": kind, "name": name, "variants": [_variant(a) for a in ADDONS if a.type == kind]}
            for kind, name in ADDON_TYPES.items()
        ],
    }


def profile(_request: Request, _world: World, _now: datetime) -> Answer:
    raise ApiError(403, "Forbidden resource")


_IN = "/v1/projects/{ref}"
ENDPOINTS: tuple[tuple[str, str, str, Callable[[Request, World, datetime], Answer]], ...] = (
    ("GET", "/v1/profile", "profile", profile),
    ("GET", "/v1/organizations", "organizations", organizations),
    ("GET", "/v1/organizations/{slug}", "organization", organization),
    ("GET", "/v1/organizations/{slug}/projects", "projects", organization_projects),
    ("GET", "/v1/projects", "projects", projects),
    ("GET", _IN, "projects", project),
    ("GET", f"{_IN}/health", "health", health),
    ("GET", f"{_IN}/analytics/endpoints/usage.api-counts", "usage", analytics.api_counts),
    (
        "GET",
        f"{_IN}/analytics/endpoints/functions.combined-stats",
        "function stats",
        analytics.function_stats,
    ),
    ("GET", f"{_IN}/functions", "functions", analytics.functions),
    ("GET", f"{_IN}/config/disk", "disk", disk),
    ("GET", f"{_IN}/config/disk/util", "disk", disk_use),
    ("GET", f"{_IN}/billing/addons", "addons", addons),
    ("POST", f"{_IN}/database/query/read-only", "database", query),
)


def _seen(request: Request, slug: str) -> bool:
    allowed = request.state.organizations
    return allowed is None or slug in allowed


def _organization(request: Request, world: World) -> Organization:
    found = world.organization(request.path_params["slug"])
    assert found is not None
    return found


def _listed(project: Project) -> Row:
    return {
        "ref": project.ref,
        "name": project.name,
        "cloud_provider": "AWS",
        "region": project.region,
        "is_branch": False,
        "status": project.status,
        "inserted_at": f"{project.created:%Y-%m-%dT%H:%M:%S.%f}",
        "databases": [
            {
                "infra_compute_size": project.compute,
                "region": project.region,
                "status": project.status,
                "cloud_provider": "AWS",
                "identifier": project.ref,
                "type": "PRIMARY",
                "disk_volume_size_gb": project.disk_gb,
                "disk_type": "gp3",
                "disk_throughput_mbps": 125,
                "disk_last_modified_at": "2026-08-11T02:10:00.000Z",
            }
        ],
    }


def _project(project: Project) -> Row:
    return {
        "id": project.ref,
        "ref": project.ref,
        "organization_id": project.organization,
        "organization_slug": project.organization,
        "name": project.name,
        "region": project.region,
        "created_at": f"{project.created:%Y-%m-%dT%H:%M:%S.%f}Z",
        "status": project.status,
        "database": {
            "host": f"db.{project.ref}.supabase.co",
            "version": "17.4.1.074",
            "postgres_engine": "17",
            "release_channel": "ga",
        },
    }


def _variant(addon: Addon) -> Row:
    kind = "usage" if addon.interval == "hourly" else "fixed"
    price = {
        "description": addon.description,
        "type": kind,
        "interval": addon.interval,
        "amount": addon.amount,
    }
    return {"id": addon.id, "name": addon.name, "price": price}

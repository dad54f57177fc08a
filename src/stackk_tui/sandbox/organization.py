"""What the pretend Anthropic says of an organization: itself, workspaces, keys, limits, models."""

from datetime import datetime
from typing import Any

from starlette.requests import Request

from stackk_tui.sandbox.http import Row, by_id, check_params, invalid, not_found, plain_page, whole_number
from stackk_tui.sandbox.world import (
    IDS,
    MODELS,
    ORGANIZATION_ID,
    ORGANIZATION_NAME,
    ApiKey,
    SpendLimit,
    Workspace,
    World,
)

_CURSOR = {"limit", "after_id", "before_id"}
_STATUSES = ("active", "inactive", "archived", "expired")
_GROUP_TYPES = ("model_group", "batch", "token_count", "files", "skills", "web_search")
_DEFAULT_WORKSPACE = "wrkspc_01NimbusDefault000000000"
"""Its real id, which only a key's scope tells."""

_REQUESTS, _INPUT, _OUTPUT = (
    "requests_per_minute",
    "input_tokens_per_minute_cache_aware",
    "output_tokens_per_minute",
)

_GROUPS: tuple[tuple[str, str | None, str, dict[str, int], tuple[str, ...] | None], ...] = (
    ("Opus5", "Claude Opus 5.x", "model_group",
     {_REQUESTS: 4000, _INPUT: 2_000_000, _OUTPUT: 400_000},
     ("claude-opus-5-5",)),
    ("Sonnet", "Claude Sonnet 4.x and 5.x", "model_group",
     {_REQUESTS: 4000, _INPUT: 4_000_000, _OUTPUT: 800_000},
     ("claude-sonnet-5-5", "claude-sonnet-4-6")),
    ("Haiku", "Claude Haiku 4.x", "model_group",
     {_REQUESTS: 4000, _INPUT: 4_000_000, _OUTPUT: 800_000},
     ("claude-haiku-4-5",)),
    ("Batch", None, "batch", {"enqueued_batch_requests": 500_000}, None),
    ("WebSearch", None, "web_search", {"tool_uses_per_second": 30}, None),
)  # fmt: skip


def me(request: Request, _world: World, _now: datetime) -> Row:
    check_params(request, ())
    return {"id": ORGANIZATION_ID, "name": ORGANIZATION_NAME, "type": "organization"}


def workspaces(request: Request, world: World, _now: datetime) -> Row:
    check_params(request, _CURSOR | {"include_archived"})
    archived = request.query_params.get("include_archived", "false")
    if archived not in ("true", "false"):
        raise invalid("include_archived: Input should be a valid boolean")
    rows = [_workspace(w) for w in world.workspaces if w.archived is None or archived == "true"]
    return by_id(request, rows)


def api_keys(request: Request, world: World, _now: datetime) -> Row:
    check_params(request, _CURSOR | {"status", "workspace_id", "created_by_user_id"})
    status, workspace_id = (request.query_params.get(n) for n in ("status", "workspace_id"))
    if status is not None and status not in _STATUSES:
        raise invalid(f"status: Input should be one of {', '.join(_STATUSES)}")
    rows = [
        _api_key(key)
        for key in world.api_keys
        if status in (None, key.status) and workspace_id in (None, key.workspace_id)
    ]
    return by_id(request, rows)


def rate_limits(request: Request, _world: World, _now: datetime) -> Row:
    check_params(request, {"group_type", "model", "page", "limit"})
    _check_group_type(request)
    model = request.query_params.get("model")
    if model is not None and model not in {m.id for m in MODELS}:
        raise not_found()
    rows = [
        {
            "id": f"rl_01Nimbus{short}".ljust(26, "0"),
            **_group(short, name, kind),
            "limits": [{"type": k, "value": v} for k, v in limits.items()],
            "models": list(models) if models is not None else None,
            "type": "rate_limit",
        }
        for short, name, kind, limits, models in _GROUPS
        if request.query_params.get("group_type", kind) == kind and (model is None or model in (models or ()))
    ]
    return plain_page(request, rows, whole_number(request, "limit", 20, 1000))


def workspace_rate_limits(request: Request, world: World, _now: datetime) -> Row:
    check_params(request, {"group_type", "include_inherited", "page", "limit"})
    _check_group_type(request)
    workspace_id = request.path_params["id"]
    if world.workspace(workspace_id) is None:
        raise not_found()
    rows: list[Row] = []
    if workspace_id == IDS["staging"]:
        short, name, kind, limits, models = _GROUPS[1]
        rows = [
            {
                **_group(short, name, kind),
                "limits": [
                    {"org_limit": limits[k], "source": {"type": "workspace"}, "type": k, "value": v}
                    for k, v in (("requests_per_minute", 500), ("output_tokens_per_minute", 80_000))
                ],
                "models": list(models or ()),
                "rate_limit_id": f"rl_01Nimbus{short}".ljust(26, "0"),
                "type": "workspace_rate_limit",
                "workspace_id": workspace_id,
            }
        ]
    return plain_page(request, rows, whole_number(request, "limit", 20, 1000))


def spend_limits(request: Request, world: World, _now: datetime) -> Row:
    check_params(request, {"limit", "page", "scope_type[]", "workspace_id"})
    scopes, workspace_id = (
        request.query_params.getlist("scope_type[]"),
        request.query_params.get("workspace_id"),
    )
    rows = [
        _spend_limit(limit)
        for limit in world.spend_limits
        if (not scopes or limit.scope in scopes) and workspace_id in (None, limit.workspace_id)
    ]
    return plain_page(request, rows, whole_number(request, "limit", 20, 1000))


def models(request: Request, _world: World, _now: datetime) -> Row:
    check_params(request, _CURSOR)
    yes = {"supported": True}
    rows: list[Row] = [
        {
            "id": model.id,
            "capabilities": {
                **dict.fromkeys(
                    (
                        "batch",
                        "citations",
                        "code_execution",
                        "image_input",
                        "pdf_input",
                        "structured_outputs",
                    ),
                    yes,
                ),
                "thinking": {"supported": True, "types": {"adaptive": yes, "enabled": {"supported": False}}},
            },
            "created_at": f"{model.released}T00:00:00Z",
            "display_name": model.name,
            "max_input_tokens": 1_000_000,
            "max_tokens": 128_000,
            "type": "model",
        }
        for model in MODELS
    ]
    return by_id(request, rows)


def _check_group_type(request: Request) -> None:
    if request.query_params.get("group_type", "batch") not in _GROUP_TYPES:
        raise invalid(f"group_type: Input should be one of {', '.join(_GROUP_TYPES)}")


def _workspace(workspace: Workspace) -> Row:
    return {
        "id": workspace.id,
        "archived_at": _micro(workspace.archived),
        "compartment_id": f"0d5d6a1e-2b7f-4a39-8f4e-{workspace.number:012d}",
        "created_at": _micro(workspace.created),
        "data_residency": {
            "allowed_inference_geos": "unrestricted",
            "default_inference_geo": "global",
            "workspace_geo": "us",
        },
        "display_color": workspace.color,
        "external_key_id": None,
        "name": workspace.name,
        "tags": {"team": "platform"} if workspace.number == 1 else {},
        "type": "workspace",
    }


def _api_key(key: ApiKey) -> Row:
    return {
        "id": key.id,
        "created_at": _micro(key.created),
        "created_by": {"id": "user_01NimbusMaya000000000000", "type": "user"},
        "expires_at": _micro(key.expires),
        "name": key.name,
        "partial_key_hint": key.hint,
        "principal": None,
        "scope": {"type": "workspace", "workspace_id": key.workspace_id or _DEFAULT_WORKSPACE},
        "status": key.status,
        "type": "api_key",
        "workspace_id": key.workspace_id,
    }


def _group(short: str, name: str | None, kind: str) -> Row:
    group: Row = {"id": f"rlg_01Nimbus{short}".ljust(27, "0"), "type": kind}
    if name is not None:
        group["display_name"] = name
    return {"group": group, "group_type": kind}


def _spend_limit(limit: SpendLimit) -> Row:
    scope: dict[str, Any] = {"type": limit.scope}
    if limit.workspace_id is not None:
        scope["workspace_id"] = limit.workspace_id
    return {
        "id": limit.id,
        "amount": limit.cents,
        "created_at": "2026-05-11T10:02:44Z",
        "currency": "USD",
        "is_enabled": limit.enabled,
        "period": limit.period,
        "scope": scope,
        "type": "spend_limit",
        "updated_at": "2026-10-02T08:00:00Z",
    }


def _micro(value: datetime | None) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if value else None

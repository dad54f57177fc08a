"""Serves the fixture files themselves over HTTP: what the provider makes of them is compared with them."""

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "supabase"
REF = "qkzvtmwplxhadnrsbyue"
_IN = f"/v1/projects/{REF}"

_FILES = {
    "/v1/organizations": "organizations",
    "/v1/organizations/nimbus-labs": "organization_pro",
    "/v1/organizations/nimbus-labs/projects": "org_projects",
    "/v1/projects": "projects",
    _IN: "project",
    f"{_IN}/health": "health",
    f"{_IN}/analytics/endpoints/usage.api-counts?1day": "usage_api_counts_1day",
    f"{_IN}/analytics/endpoints/usage.api-counts?7day": "usage_api_counts_7day",
    f"{_IN}/analytics/endpoints/functions.combined-stats?1day": "functions_combined_stats_1day",
    f"{_IN}/functions": "functions",
    f"{_IN}/config/disk": "config_disk",
    f"{_IN}/config/disk/util": "config_disk_util",
    f"{_IN}/billing/addons": "billing_addons_pro",
    f"{_IN}/database/query/read-only": "database_query_size",
}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


class FixtureServer:
    """`swap` gives other fixtures for some paths; `status` other statuses."""

    def __init__(self, swap: dict[str, str] | None = None, status: dict[str, int] | None = None) -> None:
        self.swap = swap or {}
        self.status = status or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        interval = request.query_params.get("interval")
        path = request.url.path + (f"?{interval}" if interval else "")
        name = self.swap.get(path) or _FILES.get(path)
        body = fixture(name) if name else {"message": "Not Found"}
        status = self.status.get(path, 200 if name else 404)
        await JSONResponse(body, status_code=status)(scope, receive, send)

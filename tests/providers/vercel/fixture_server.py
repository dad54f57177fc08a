"""Serves the fixture files themselves over HTTP: what the provider makes of them is compared with their totals."""

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "vercel"
TEAM = "team_9fXk2LmQ7pRsT4vWyZ1aBcDe"

_FILES = {
    "/v2/user": "user",
    "/v2/teams": "teams",
    f"/v2/teams/{TEAM}": "team_pro",
    "/v2/teams/team_3aBcDe9fXk2LmQ7pRsT4vWyZ": "team_hobby",
    "/v5/user/tokens/current": "token_current",
    "/v10/projects": "projects",
    "/v7/deployments": "deployments",
}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


class FixtureServer:
    """`swap` gives other fixtures for some paths, or an error's: `error_403_forbidden`."""

    def __init__(self) -> None:
        self.swap: dict[str, str] = {}
        self.charges = (FIXTURES / "billing_charges.jsonl").read_bytes()
        self.charges_type = "application/jsonl"
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.paths.append(request.url.path)
        await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        name = self.swap.get(path) or _FILES.get(path)
        if path == "/v1/billing/charges" and name is None:
            return Response(self.charges, media_type=self.charges_type)
        if name is None:
            return JSONResponse(fixture("error_404_not_found"), status_code=404)
        if path == "/v7/deployments" and request.query_params.get("until") == "1794927180000":
            name = "deployments_page2"
        status = int(name.split("_")[1]) if name.startswith("error_") else 200
        return JSONResponse(fixture(name), status_code=status)

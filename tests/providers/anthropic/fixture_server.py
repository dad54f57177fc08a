"""Serves the fixture files themselves over HTTP: what the provider makes of them is compared with their totals."""

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "anthropic"
BASE = "/v1/organizations"

_FIRST = {
    f"{BASE}/me": "organizations_me",
    f"{BASE}/workspaces": "workspaces_list_page1",
    f"{BASE}/api_keys": "api_keys_list",
    f"{BASE}/rate_limits": "rate_limits_list",
    f"{BASE}/workspaces/wrkspc_01HqProdAtlas0000000000000/rate_limits": "workspace_rate_limits_list",
    f"{BASE}/spend_limits": "spend_limits_list_console",
    f"{BASE}/usage_report/messages": "usage_report_messages_page1",
    f"{BASE}/cost_report": "cost_report_page1",
    f"{BASE}/usage_report/claude_code": "usage_report_claude_code_page1",
}
_NEXT = {
    ("after_id", "wrkspc_01HqClaudeCode000000000000"): "workspaces_list_page2",
    ("page", "page_MjAyNi0xMS0xN1QwMDowMDowMFo="): "*_page2",
    ("page", "page_eyJkYXkiOiIyMDI2LTExLTE4In0="): "usage_report_claude_code_page2",
}
_EMPTY = {"data": [], "has_more": False, "next_page": None}


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


class FixtureServer:
    """`swap` gives other fixtures for some paths, e.g. those of another API version."""

    def __init__(self, swap: dict[str, str] | None = None) -> None:
        self.swap = swap or {}
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.paths.append(request.url.path)
        body = self._body(request)
        answer = JSONResponse(body if body is not None else {}, status_code=200 if body is not None else 404)
        await answer(scope, receive, send)

    def _body(self, request: Request) -> Any:
        path, query = request.url.path, request.query_params
        first = self.swap.get(path) or _FIRST.get(path)
        if first is None:
            return None
        if path.endswith("/claude_code") and query["starting_at"] != "2026-11-18":
            return _EMPTY
        for name in ("after_id", "page"):
            if name in query:
                return fixture(_NEXT[name, query[name]].replace("*_page2", first.replace("page1", "page2")))
        return fixture(first)

"""Several pretend servers behind one transport, told apart by the host they are asked at.

httpx.ASGITransport(app=Hosts({"api.anthropic.com": AnthropicSandbox(clock), "openrouter.ai": ...}))
"""

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Hosts:
    """Hands a request to the server of its `Host`, without the port; nobody else is there."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self.apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.apps.get(host_of(scope))
        if app is None:
            app = JSONResponse({"error": {"message": "no pretend server has this name"}}, status_code=404)
        await app(scope, receive, send)


def host_of(scope: Scope) -> str:
    """Gives the host a request is for, in small letters; empty where it names none."""
    for name, value in scope.get("headers", ()):
        if name == b"host":
            return str(value.decode("latin-1")).lower().rpartition("@")[2].partition(":")[0]
    return ""

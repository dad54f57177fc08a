"""A small server for the tests of the wire: echoes what it was sent, and fails on request."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from stackk_tui.sandbox.faults import Faults


class Echo:
    """Answers every path with what it saw; `/to` redirects to the address in its query."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        self.seen.append(dict(request.headers))
        answer: Response = JSONResponse(
            {"path": request.url.path, "query": request.url.query, "method": request.method},
            headers={"request-id": "req_echo"},
        )
        if request.url.path == "/to":
            answer = RedirectResponse(request.query_params["url"])
        await answer(scope, receive, send)


def faulty() -> tuple[Echo, Faults]:
    echo = Echo()
    return echo, Faults(echo)

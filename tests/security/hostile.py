"""A vendor between us and the pretend one that puts something nasty into every text it hands on."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

CONCEALED = "\x1b[8;53;73m"
"""A style that nothing of ours has."""
POISONS = (
    "\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[H" + CONCEALED,
    "\x1b]0;owned\x1b\\\x1bPq#0;2;0;0;0\x1b\\\x1b_Gowned\x1b\\\x1b^owned\x1b\\\x1bXowned\x1b\\",
    "\x9d0;owned\x9c\x9b8;53;73m\x90owned\x9c\x9f\x98\x9e\x85",
    "\u202e\u2066\u2067\u200e\u200f\u061c\u2028\u2029\ufeff\u00ad\ue000\U000e0041\U0010fffd",
    "\x00\x07\x08\x0b\x0c\x0e\x0f\x7f\r\n\t\x1bc\x1b(0\x1b#8\x1b7\x1b[?1049l\x1b[6n\x1b[5i\x1b[21t",
    "\ud800[/x][bold]owned[/bold][link=http://127.0.0.1/][@click=app.quit]owned[/]\x1b]8;;http://127.0.0.1/\x07",
    "\x1b]52;c;b3duZWQ=",  # never ended
)
IN_HEADERS = "\x1b]0;owned\x07\x9b8;53;73m\x1b[2J\x1b]52;c;b3duZWQ=\x07\x85\xad"
"""Latin-1, and none of the characters that end a header."""
MARKUP = "[/x][b]"
CUT = "~"
"""Ids carry their poison behind this, so that the pretend vendor can be asked for what was meant."""

_STRUCTURE = {"starting_at", "ending_at", "date", "amount", "next_page", "first_id", "last_id"}
_WORDS = _STRUCTURE | {
    "type",
    "period",
    "status",
    "currency",
    "token_type",
    "cost_type",
    "created_at",
    "archived_at",
}
Mode = Literal["names", "everything", "errors"]
_STATUS = (400, 403, 404, 418, 302, 401, 200)


def poisoned(value: Any, spared: set[str], poisons: Iterator[str], key: str = "") -> Any:
    """Gives the value with poison in every text but those under the spared keys."""
    if isinstance(value, dict):
        return {name: poisoned(v, spared, poisons, name) for name, v in value.items()}
    if isinstance(value, list):
        return [poisoned(v, spared, poisons, key) for v in value]
    if not isinstance(value, str) or key in spared:
        return value
    if key == "id" or key.endswith("_id"):
        return f"{value}{CUT}{POISONS[0]}"  # always the same, or one thing would become many
    return next(poisons) + MARKUP + value


@dataclass(slots=True)
class Hostile:
    """Asks `url` and answers with what it says, poisoned."""

    url: str
    address: str = ""
    mode: Mode = "names"
    answered: int = 0
    paths: set[str] = field(default_factory=set)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, verify=False))

    def answer(self, path: str, headers: Any) -> tuple[int, bytes]:
        self.answered += 1
        self.paths.add(path.partition("?")[0].partition(CUT)[0])
        poisons = cycle(POISONS[self.answered % len(POISONS) :] + POISONS[: self.answered % len(POISONS)])
        if self.mode == "errors":
            error = {"type": "api_error", "message": "no", "details": {"error_code": "x"}}
            body = {"type": "error", "error": error, "request_id": "req_1", "data": [], "has_more": False}
            return _STATUS[self.answered % len(_STATUS)], _json(poisoned(body, set(), poisons))
        parts = urlsplit(path)
        query = [
            (name, value.partition(CUT)[0]) for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ]
        clean_path = "/".join(piece.partition(CUT)[0].partition("%7E")[0] for piece in parts.path.split("/"))
        wanted = {
            n: v for n, v in headers.items() if n.lower().startswith(("x-", "anthropic-", "authorization"))
        }
        got = self.client.get(f"{self.url}{clean_path}?{urlencode(query)}", headers=wanted)
        spared = _WORDS if self.mode == "names" else _STRUCTURE
        return got.status_code, _json(poisoned(got.json(), spared, poisons))


def _json(value: Any) -> bytes:
    return json.dumps(value).encode("ascii")


@contextmanager
def hostile_vendor(url: str) -> Iterator[Hostile]:
    """Listens on loopback in front of the pretend vendor at `url`."""
    vendor = Hostile(url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = vendor.answer(self.path, self.headers)
            self.send_response_only(status, IN_HEADERS)
            for name in (
                "request-id",
                "anthropic-organization-id",
                "anthropic-workspace-id",
                "server",
                "x-other",
            ):
                self.send_header(name, "req_1" + IN_HEADERS)
            if vendor.mode == "errors":
                self.send_header("location", f"https://{IN_HEADERS}evil.example/{IN_HEADERS}")
                self.send_header("retry-after", "2" + IN_HEADERS)
                self.send_header("date", IN_HEADERS)
            self.send_header("content-type", f"application/json; x={IN_HEADERS}")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.address = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        vendor.client.close()

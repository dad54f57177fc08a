"""The endpoints that are read (`api/supabase.md` §2–§6). Only reading, with one POST that asks for a size."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import quote

from stackk_tui.model.errors import ProtocolError, SignInNeeded, Unavailable
from stackk_tui.model.secret import Secret
from stackk_tui.net.http import HttpClient
from stackk_tui.net.message import Answer, Method
from stackk_tui.net.trouble import KEPT, LATER
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.credential import Credential

AT_ONCE: Final = 4
"""Requests side by side: the limits are per minute, and shared with whatever else uses the token."""
PAGE: Final = 100
MOST_PAGES: Final = 50
HEALTH_SERVICES: Final = ("auth", "db", "pooler", "realtime", "rest", "storage")
SIZE_QUERY: Final = "select pg_database_size(current_database()) as db_size_bytes"

T = TypeVar("T", bound=wire.Wire)
Params = list[tuple[str, str]]


class SupabaseApi:
    """One credential's view. Methods raise what `HttpClient.ask` raises."""

    def __init__(self, http: HttpClient, credential: Credential) -> None:
        self._http = http
        self._credential = credential
        self._room = asyncio.Semaphore(AT_ONCE)
        self.server_time: datetime | None = None
        """Supabase's clock at the last answer."""

    async def organizations(self) -> list[wire.Organization]:
        return self._list(wire.Organization, await self._get("/v1/organizations"))

    async def organization(self, slug: str) -> wire.Organization:
        answer = await self._get(f"/v1/organizations/{_segment(slug)}")
        found = self._one(wire.Organization, answer)
        if not found.slug:  # nothing may be taken for "has no plan"
            raise _unreadable("an answer of another shape than documented", answer.request_id)
        return found

    async def organization_projects(self, slug: str, *, whole: bool = False) -> list[wire.Project]:
        """Follows the pages to the end. Raises ProtocolError if they never end and, where the list must be
        `whole`, if it is shorter than it says."""
        found: dict[str, wire.Project] = {}
        offset = 0
        for _ in range(MOST_PAGES):
            params = [("offset", str(offset)), ("limit", str(PAGE)), ("sort", "created_asc")]
            answer = await self._get(f"/v1/organizations/{_segment(slug)}/projects", params)
            rows = self._list(wire.Project, answer, answer.body.get("projects"))
            found |= {row.ref: row for row in rows if row.ref}
            offset += len(rows)
            if not rows or offset >= self._count(answer):
                break
        else:
            raise _unreadable("pages that never end", None)
        if whole and len(found) < self._count(answer):  # a sum of some would not be the sum
            raise _unreadable("a list of projects that is not whole", answer.request_id)
        return list(found.values())

    async def projects(self) -> list[wire.Project]:
        return self._list(wire.Project, await self._get("/v1/projects"))

    async def project(self, ref: str) -> wire.Project:
        answer = await self._get(_of(ref))
        found = self._one(wire.Project, answer)
        if not found.ref:
            raise _unreadable("an answer of another shape than documented", answer.request_id)
        return found

    async def health(self, ref: str) -> list[wire.Health]:
        params = [("services", name) for name in HEALTH_SERVICES]
        answer = await self._get(f"{_of(ref)}/health", params)
        rows = self._list(wire.Health, answer)
        if not rows:  # of none that was asked for nothing is said: that is not "all healthy"
            raise _unreadable("a health report about nothing", answer.request_id)
        return rows

    async def counts(self, ref: str, interval: str) -> list[wire.Counts]:
        """Gives requests by bucket: hours for `1day`, days for `7day`; one without any may be missing."""
        path = f"{_of(ref)}/analytics/endpoints/usage.api-counts"
        return self._result(wire.Counts, await self._get(path, [("interval", interval)]))

    async def functions(self, ref: str) -> list[wire.Function]:
        return self._list(wire.Function, await self._get(f"{_of(ref)}/functions"))

    async def function_calls(self, ref: str, function_id: str) -> list[wire.FunctionCalls]:
        """Gives the last 24 hours by hour."""
        path = f"{_of(ref)}/analytics/endpoints/functions.combined-stats"
        params = [("function_id", function_id), ("interval", "1day")]
        return self._result(wire.FunctionCalls, await self._get(path, params))

    async def disk_use(self, ref: str) -> wire.DiskMetrics:
        return self._one(wire.DiskUse, await self._get(f"{_of(ref)}/config/disk/util")).metrics

    async def disk_gb(self, ref: str) -> int:
        """Gives the provisioned size in GiB."""
        return self._one(wire.Disk, await self._get(f"{_of(ref)}/config/disk")).attributes.size_gb

    async def addons(self, ref: str) -> wire.Addons:
        return self._one(wire.Addons, await self._get(f"{_of(ref)}/billing/addons"))

    async def database_bytes(self, ref: str) -> int:
        """Asks the database itself, as a user who can only read; nothing but its size is read."""
        path = f"{_of(ref)}/database/query/read-only"
        answer = await self._ask("POST", path, [], {"query": SIZE_QUERY})
        rows = self._list(wire.DatabaseSize, answer)
        if len(rows) != 1:
            raise _unreadable("an answer of another shape than documented", answer.request_id)
        return rows[0].bytes

    async def _get(self, path: str, params: Params | None = None) -> Answer:
        return await self._ask("GET", path, params or [])

    async def _ask(
        self, method: Method, path: str, params: Params, json: Mapping[str, object] | None = None
    ) -> Answer:
        async with self._room:
            proof = await self._credential.proof()
            try:
                answer = await self._send(proof, method, path, params, json)
            except SignInNeeded as error:
                renewed = await self._credential.renew(proof, error)  # once a request
                answer = await self._send(renewed, method, path, params, json)
        self.server_time = answer.server_time or self.server_time
        return answer

    async def _send(
        self, proof: Secret, method: Method, path: str, params: Params, json: Mapping[str, object] | None
    ) -> Answer:
        headers = {"authorization": Secret(f"Bearer {proof.reveal()}")}
        return await self._http.ask(method, path, params, headers, json=json)

    def _list(self, shape: type[T], answer: Answer, rows: object = ...) -> list[T]:
        """A list that is not there is not an empty one: nothing may be taken for a zero."""
        rows = answer.value if rows is ... else rows
        if isinstance(rows, list):
            try:
                return wire.parse_rows(shape, rows)
            except ValueError:
                pass  # the reason would quote the answer
        raise _unreadable("an answer of another shape than documented", answer.request_id)

    def _one(self, shape: type[T], answer: Answer) -> T:
        return self._list(shape, answer, [answer.value])[0]

    def _result(self, shape: type[T], answer: Answer) -> list[T]:
        """An error can stand in an answer that is a 200 (`api/supabase.md` §5)."""
        if answer.body.get("error"):
            raise Unavailable(
                "Supabase could not count this right now.", KEPT, LATER, request_id=answer.request_id
            )
        return self._list(shape, answer, answer.body.get("result"))

    def _count(self, answer: Answer) -> int:
        paging = answer.body.get("pagination")
        count = paging.get("count") if isinstance(paging, dict) else None
        if not isinstance(count, int) or isinstance(count, bool):
            raise _unreadable("a list that does not say how long it is", answer.request_id)
        return count


def _of(ref: str) -> str:
    return f"/v1/projects/{_segment(ref)}"


def _segment(text: str) -> str:
    return quote(text, safe="")


def _unreadable(what: str, request_id: str | None) -> ProtocolError:
    return ProtocolError(f"Supabase sent {what}.", KEPT, LATER, request_id=request_id)

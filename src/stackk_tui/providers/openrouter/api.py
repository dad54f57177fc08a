"""The two endpoints that are read (`api/other-providers.md`)."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from stackk_tui.model.errors import ProtocolError
from stackk_tui.model.secret import Secret
from stackk_tui.net.http import HttpClient
from stackk_tui.net.trouble import KEPT, LATER
from stackk_tui.providers.openrouter.wire import Credits, Key
from stackk_tui.providers.wire import Wire

T = TypeVar("T", bound=Wire)


class OpenRouterApi:
    """One key's view. Methods raise what `HttpClient.get` raises."""

    def __init__(self, http: HttpClient, key: Secret) -> None:
        self._http = http
        self._headers = {"authorization": Secret(f"Bearer {key.reveal()}")}
        self.server_time: datetime | None = None
        """OpenRouter's clock at the last answer: its days are by that one."""

    async def key(self) -> Key:
        return await self._get(Key, "/api/v1/key")

    async def credits(self) -> Credits:
        return await self._get(Credits, "/api/v1/credits")

    async def _get(self, shape: type[T], path: str) -> T:
        answer = await self._http.get(path, (), self._headers)
        self.server_time = answer.server_time or self.server_time
        data = answer.body.get("data")
        try:
            if isinstance(data, Mapping):
                return shape.model_validate(data)
        except ValueError:
            pass  # the reason would quote the answer
        raise ProtocolError(
            "OpenRouter sent an answer of another shape than documented.",
            KEPT,
            LATER,
            request_id=answer.request_id,
        )

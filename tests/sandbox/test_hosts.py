"""One transport, several pretend servers."""

from datetime import UTC, datetime

import httpx
import pytest

from stackk_tui.sandbox.hosts import Hosts
from stackk_tui.sandbox.openrouter import KEY, OpenRouterSandbox
from stackk_tui.sandbox.vercel import FULL_TOKEN, VercelSandbox

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


async def test_each_host_is_its_own_server_and_any_other_is_nobody() -> None:
    router, vercel = OpenRouterSandbox(lambda: NOW), VercelSandbox(lambda: NOW)
    hosts = Hosts({"openrouter.ai": router, "api.vercel.com": vercel})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=hosts)) as client:
        key = await client.get("https://OpenRouter.ai/api/v1/key", headers={"authorization": f"Bearer {KEY}"})
        assert key.json()["data"]["limit_reset"] == "monthly"
        bearer = {"authorization": f"Bearer {FULL_TOKEN}"}
        user = await client.get("https://api.vercel.com:443/v2/user", headers=bearer)
        assert "user" in user.json()
        nobody = await client.get("https://api.example.com/api/v1/key")
        assert nobody.status_code == 404
    assert [seen.path for seen in router.seen] == ["/api/v1/key"]
    assert vercel.paths() == ["/v2/user"]

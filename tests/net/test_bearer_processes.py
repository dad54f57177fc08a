"""Several copies of the app on one account with tokens that live for a second: nobody is logged out."""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from stackk_tui.config import load_settings
from stackk_tui.storage.tokens import Tokens
from tests.conftest import LoopbackServer
from tests.net._bearer_worker import environment
from tests.net._oauth import peer, signed_in

pytestmark = pytest.mark.anyio

PROCESSES, PARALLEL, SECONDS = 4, 4, 2.5
LOST_EVERY = 0.7
ROOT = Path(__file__).parent.parent.parent


async def _run(url: str, home: Path) -> Counter[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.net._bearer_worker", url, str(home), str(SECONDS), str(PARALLEL),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert err == b""
    return Counter(json.loads(out))


async def test_four_processes_share_a_token_that_lives_for_a_second(
    loopback_server: LoopbackServer, tmp_path: Path
) -> None:
    auth = peer(loopback_server)
    auth.app.grants.access_seconds = 1.0
    tokens = Tokens(load_settings(environment(str(tmp_path))))
    record = (await signed_in(auth)).record(account="acc")
    await tokens.save("acme", "acc", record)

    async def lose_tokens() -> None:
        """Every so often the server forgets all access tokens: everybody gets a 401 at the same moment."""
        while True:
            await asyncio.sleep(LOST_EVERY)
            auth.app.grants.access.clear()

    losing, began = asyncio.create_task(lose_tokens()), time.monotonic()
    runs = await asyncio.gather(*(_run(auth.url, tmp_path) for _ in range(PROCESSES)))
    losing.cancel()
    took = time.monotonic() - began
    total: Counter[str] = sum(runs, Counter())
    refreshes, counts = auth.counts["refreshes"], dict(auth.counts)
    sys.stdout.write(f"\n{PROCESSES} processes x {PARALLEL} requests: {dict(total)}; server: {counts}\n")
    assert set(total) == {"200"}
    assert all(run["200"] > PARALLEL for run in runs)
    assert counts.get("reuse_detections", 0) == 0
    assert counts.get("families_ended", 0) == 0
    assert counts["refused_at_me"] > 0
    assert refreshes >= 2
    assert refreshes <= took / LOST_EVERY + took / 0.9 + 2, "one for everybody, not one for each"
    kept = await tokens.load("acme", "acc")
    assert kept is not None
    assert kept.refresh is not None
    assert auth.app.grants.refresh[kept.refresh.reveal()].used is False
    await auth.http.aclose()

"""Refresh of many accounts side by side against a single one, over real HTTP with a slow server."""

import asyncio
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from stackk_tui.config import Settings, load_settings
from stackk_tui.model.clock import utc_now
from stackk_tui.model.service import Account, Service, Workspace
from stackk_tui.sandbox.anthropic import ADMIN_KEY, AnthropicSandbox
from stackk_tui.stack import Stack
from stackk_tui.storage.ledger import Ledger

LATENCY_SECONDS = 0.1
ACCOUNTS = 8


def run(folder: Path) -> None:
    with _server() as url:
        one = asyncio.run(_refresh(folder / "one", url, 1))
        many = asyncio.run(_refresh(folder / "many", url, ACCOUNTS))
    print(f"complete refresh, each answer after {LATENCY_SECONDS * 1000:.0f} ms")
    print(f"  one account      {one:6.2f} s")
    print(f"  {ACCOUNTS} side by side   {many:6.2f} s   × {many / one:.2f}")


async def _refresh(home: Path, url: str, count: int) -> float:
    settings = load_settings(
        {
            "STACKK_HOME": str(home),
            "STACKK_TOKEN_STORE": "vault",
            "STACKK_VAULT_KEY_FILE": str(home / "vault.key"),
            "STACKK_ANTHROPIC_API_URL": url,
            "STACKK_ALLOW_HTTP_LOOPBACK": "1",
        }
    )
    await _accounts(settings, count)
    stack = await Stack.open(settings)
    started = time.perf_counter()
    outcomes = await stack.refresh()
    took = time.perf_counter() - started
    await stack.close()
    if any(outcome.how != "fetched" for outcome in outcomes):
        raise RuntimeError(f"not all were fetched: {outcomes}")
    return took


async def _accounts(settings: Settings, count: int) -> None:
    from stackk_tui.model.secret import Secret
    from stackk_tui.storage.tokens import TokenRecord, Tokens

    settings.paths.data.mkdir(parents=True, mode=0o700)
    settings.paths.data.parent.chmod(0o700)
    tokens = Tokens(settings)
    ledger = await Ledger.open(settings.paths.ledger)
    for n in range(count):
        now = utc_now()
        account = Account(
            id=f"acc_{n}",
            provider="anthropic",
            method="admin-key",
            label=f"Organization {n}",
            billing_scope=f"bench:{n}",
            created_at=now,
        )
        workspace = Workspace(id=f"org{n}", name="whole", kind="organization", whole_account=True)
        service = Service(
            id=f"svc_{n}",
            account_id=account.id,
            provider="anthropic",
            name=account.label,
            workspace=workspace,
            category="AI & ML",
            color="#d97757",
            connected_at=now,
        )
        await ledger.connect(account, [service])
        await tokens.save("anthropic", account.id, TokenRecord(Secret(ADMIN_KEY)))
    await ledger.close()


@contextmanager
def _server():  # type: ignore[no-untyped-def]
    app = AnthropicSandbox(utc_now, latency=LATENCY_SECONDS)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()

"""A process that uses an account's tokens for a while. Run by `test_bearer_processes.py`.

    python -m tests.net._bearer_worker URL HOME SECONDS PARALLEL

Its token store is a real encrypted file. Prints one line of JSON: how many requests went well, and what failed.
"""

import asyncio
import json
import sys
import time
from collections import Counter

from stackk_tui.config import load_settings
from stackk_tui.model.errors import StackkError
from stackk_tui.net.bearer import Bearer
from stackk_tui.net.oauth import OAuthHttp, OAuthTable
from stackk_tui.sandbox.oauth_style import PUBLIC
from stackk_tui.storage.tokens import Tokens
from tests.net._oauth import browser_window


def environment(home: str) -> dict[str, str]:
    return {
        "HOME": home,
        "STACKK_HOME": f"{home}/stackk",
        "STACKK_TOKEN_STORE": "vault",
        "STACKK_VAULT_KEY_FILE": f"{home}/key",
        "STACKK_ALLOW_HTTP_LOOPBACK": "1",
    }


async def main(url: str, home: str, seconds: float, parallel: int) -> None:
    settings = load_settings(environment(home))
    http = OAuthHttp.from_settings(settings)
    table = OAuthTable(provider="acme", token_url=f"{url}/oauth/token", client_id=PUBLIC.id)
    bearer = Bearer(
        table, http, Tokens(settings), provider="acme", account_id="acc", data=settings.paths.data
    )
    until, done = time.monotonic() + seconds, Counter[str]()

    async def use() -> None:
        async with browser_window() as client:
            while time.monotonic() < until or done["200"] <= parallel:
                try:
                    token = await bearer.token()
                    for _ in range(2):
                        answer = await client.get(
                            f"{url}/me", headers={"authorization": f"Bearer {token.reveal()}"}
                        )
                        if answer.status_code != 401:
                            break
                        token = await bearer.renew(token)
                    done[str(answer.status_code)] += 1
                except StackkError as error:
                    done[type(error).__name__ + ": " + error.what] += 1
                await asyncio.sleep(0.02)

    await asyncio.gather(*(use() for _ in range(parallel)))
    await bearer.aclose()
    await http.aclose()
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])))

"""The OAuth engine costs the start nothing: nothing heavy is imported before something is sent."""

import subprocess
import sys

import pytest

HEAVY = ("httpx", "httpcore", "pydantic", "starlette", "anyio", "cryptography", "keyring", "secretstorage")


@pytest.mark.parametrize("module", ["oauth_table", "oauth", "bearer", "loopback"])
def test_it_is_light_until_the_first_request(module: str) -> None:
    code = f"import sys, stackk_tui.net.{module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

"""What the first paint may import of the wire and of a vendor: nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = ("httpx", "httpcore", "pydantic", "starlette", "anyio", "ssl", "cryptography", "keyring")


@pytest.mark.parametrize("module", ["stackk_tui.net.http", "stackk_tui.net.endpoint", "stackk_tui.net.retry"])
def test_the_wire_is_light_until_the_first_request(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded <= {"ssl"}, loaded  # the words for a TLS error need its names


def test_a_vendor_s_info_does_not_load_its_code() -> None:
    code = "import sys, stackk_tui.providers.anthropic.info; print(*[m for m in sys.modules if 'stackk_tui' in m or m == 'httpx'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "stackk_tui.providers.anthropic.provider" not in loaded
    assert "stackk_tui.providers.anthropic.wire" not in loaded
    assert "httpx" not in loaded

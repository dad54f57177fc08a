"""Every logger of every library at its loudest, written to a file: no key is in it."""

import asyncio
import gc
import sys
from pathlib import Path

import pytest

from stackk_tui.model.secret import Secret
from stackk_tui.stack import Stack
from tests.conftest import MakeSettings, SandboxServer
from tests.security.conftest import CORE, KEY, Program

_LOUD = """
import logging, sys
logging.basicConfig(level=1, filename=sys.argv.pop(1), format="%(name)s %(levelname)s %(message)s")
set_level = logging.Logger.setLevel
logging.Logger.setLevel = lambda self, level: set_level(self, 1)  # whoever quiets a logger is not heard
for name in ("httpx", "httpcore", "keyring", "asyncio", "urllib3", "textual"):
    logging.getLogger(name).setLevel(1)
from stackk_tui.cli import main
sys.exit(main())
"""


def test_no_level_of_any_library_writes_a_key(program: Program, vendor: SandboxServer) -> None:
    """The vendor is nasty: it sends the key back in headers, a cookie and an error."""
    program.env |= {
        "PYTHONASYNCIODEBUG": "1",
        "ANTHROPIC_CLIENT_SECRET": "client-secret-of-mine",
    }
    log = program.folder / "log.txt"
    plain, program.command = program.command, [sys.executable, "-c", _LOUD, str(log)]
    back = {"request-id": KEY, "set-cookie": f"session={KEY}; Path=/", "x-echo": f"it was {KEY}"}
    vendor.faults.add("*", headers=back)
    said = [program.add()]
    said += [program("refresh")]
    wrong = {"type": "error", "error": {"type": "api_error", "message": f"what is {KEY}?"}, "request_id": KEY}
    vendor.faults.add("*", status=400, body=wrong, headers=back)
    said += [program("refresh", "--force")]
    written = log.read_text(encoding="utf-8")
    assert "httpcore" in written, "the libraries were loud"
    assert "x-echo" in written, "they did log the headers the key came back in"
    assert "[hidden]" in written
    assert CORE not in written
    assert "client-secret-of-mine" not in written
    for done in said:
        assert CORE.encode() not in done.stdout + done.stderr
    program.command = plain
    assert CORE.encode() not in program("list", "--json").stdout, (
        "an error that is kept does not keep the key"
    )
    assert program.files_with(CORE) == []


def test_no_object_shows_a_secret_in_its_repr(
    settings: MakeSettings, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """What a debugger, a log line or a traceback with local variables would write of every object of ours."""
    mine = settings(
        **sandbox.env, ANTHROPIC_CLIENT_ID="client-of-mine", ANTHROPIC_CLIENT_SECRET="client-secret-of-mine"
    )

    async def use() -> list[str]:
        stack = await Stack.open(mine, clock=sandbox.clock)
        try:
            signed = await stack.sign_in("anthropic", "admin-key", Secret(KEY))
            views = await stack.connect(signed.account.id)
            await stack.refresh()
            return [*map(repr, (stack, signed, views)), *_reprs_of_ours()]
        finally:
            await stack.close()

    shown = asyncio.run(use())
    assert len(shown) > 100
    assert any("Secret(****)" in one for one in shown)
    assert [one[:200] for one in shown if CORE in one or "client-secret-of-mine" in one] == []


def _reprs_of_ours() -> list[str]:
    shown = []
    gc.unfreeze()  # what tests/conftest.py froze is looked at, too
    for thing in gc.get_objects():
        module = type(thing).__module__
        if (
            isinstance(module, str)
            and module.startswith("stackk_tui.")
            and not module.startswith("stackk_tui.sandbox")
        ):
            shown.append(repr(thing))
    gc.freeze()
    return shown


@pytest.mark.parametrize(
    "name", ["TEXTUAL_LOG", "TEXTUAL_DEBUG", "TEXTUAL", "TEXTUAL_SCREENSHOT", "TEXTUAL_DRIVER"]
)
def test_textual_s_own_switches_are_taken_back(program: Program, name: str) -> None:
    """Textual's log holds every key press, its developer tools send them to whoever listens on a port."""
    code = (
        "import os, sys\n"
        "from stackk_tui.tui import terminal\n"
        "terminal.silence_textual()\n"
        "import stackk_tui.commands.screens as screens, inspect\n"
        "assert 'silence_textual()' in inspect.getsource(screens.open_screens)\n"
        "sys.exit(os.environ.get(sys.argv[1]) is not None)\n"
    )
    program.command = [sys.executable, "-c", code, name]
    program.env[name] = "1"
    assert program().returncode == 0

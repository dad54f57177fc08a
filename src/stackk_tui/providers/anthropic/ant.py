"""Anthropic's own command, `ant`, as the keeper of a Console sign-in (`api/anthropic.md` §4.1).

It signs in under a profile of our own and prints a fresh token whenever we ask; its files are never read.
"""

import asyncio
import contextlib
import os
import re
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import (
    InvalidInput,
    OperationCancelled,
    ProviderError,
    SignInNeeded,
    StackkError,
    TimedOut,
    Unavailable,
)
from stackk_tui.model.secret import Secret
from stackk_tui.net.redact import remember

PROFILE = "stackk"
SCOPE = "org:admin"
LIFETIME = timedelta(minutes=10)
PRINT_SECONDS = 20.0
ADDRESS_SECONDS = 20.0
NOT_INSTALLED = "needs Anthropic's command `ant`, which is not installed here"
SIGN_IN_AGAIN = "Sign in again through `ant`: press a, or run stackk-tui add anthropic --method ant."

_ADDRESS = re.compile(rb"https?://[\x21-\x7e]+")
_TOKEN = re.compile(rb"[\x21-\x7e]{8,16384}")
_PASSED_ON = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "TZ",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "ANTHROPIC_CONFIG_DIR",
)
"""All that a child of ours needs to know of the environment."""


def program(env: Mapping[str, str]) -> str | None:
    """Gives the path of `ant`, or None."""
    return shutil.which("ant", path=env.get("PATH", ""))


async def _started(env: Mapping[str, str], *arguments: str) -> Process:
    """Starts `ant`. Raises Unavailable when it is missing or cannot be run."""
    path = program(env)
    if path is not None:
        own = {name: env[name] for name in _PASSED_ON if name in env}
        with contextlib.suppress(OSError):
            return await asyncio.create_subprocess_exec(
                path,
                *arguments,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=own,
                start_new_session=os.name == "posix",
            )
    raise Unavailable(
        "Anthropic's command `ant` is not there, or cannot be run.",
        "The figures shown are the last ones that were read.",
        "Install it again, or sign in with an admin key.",
    )


async def _ended(process: Process) -> None:
    """Makes sure that nothing of it is left."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 5.0)


@dataclass(slots=True)
class AntTokens:
    """A `BearerSource`: `ant` keeps the tokens and renews them; we hold one in memory until it is refused."""

    env: Mapping[str, str]
    _token: Secret | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> Secret:
        """Raises SignInNeeded (signed out), Unavailable (missing, broken), TimedOut."""
        async with self._asking:
            if self._token is None:
                self._token = await self._ask()
            return self._token

    async def renew(self, stale: Secret) -> Secret:
        """Asks `ant` again, once for all requests that were refused the same token."""
        async with self._asking:
            if self._token is None or self._token == stale:
                self._token = await self._ask()
            if self._token == stale:
                raise _signed_out()
            return self._token

    async def _ask(self) -> Secret:
        process = await _started(
            self.env, "auth", "print-credentials", "--profile", PROFILE, "--access-token"
        )
        try:
            async with asyncio.timeout(PRINT_SECONDS):
                out, _ = await process.communicate()
        except TimeoutError:
            raise TimedOut(
                f"`ant` did not answer within {PRINT_SECONDS:.0f} seconds.",
                "The figures shown are the last ones that were read.",
                "Run `ant auth print-credentials` yourself to see why, then refresh again.",
            ) from None
        finally:
            await _ended(process)
        if process.returncode != 0:
            raise _signed_out()
        words = out.split()
        if len(words) != 1 or not _TOKEN.fullmatch(words[0]):
            raise ProviderError(
                "`ant` printed something that is not a token.",
                "It is not shown, and was not kept.",
                "Update `ant`, then refresh again.",
            )
        token = Secret(words[0].decode("ascii"))
        remember(token)
        return token


class AntFlow:
    """`ant auth login`, with its address shown here and its code pasted here."""

    listening = False
    port: int | None = None
    listener_problem = "`ant` takes the code that the page shows at its end: paste it here."

    def __init__(self, process: Process, address: str, clock: Clock) -> None:
        """Use `start`."""
        self._process = process
        self._drained = [asyncio.create_task(_drained(s)) for s in (process.stdout, process.stderr) if s]
        self.address = address
        self.expires_at: datetime = clock() + LIFETIME

    @classmethod
    async def start(cls, env: Mapping[str, str], clock: Clock) -> "AntFlow":
        """Gives the flow once `ant` has said where to sign in. Raises Unavailable, TimedOut."""
        process = await _started(env, "auth", "login", "--profile", PROFILE, "--scope", SCOPE, "--no-browser")
        try:
            async with asyncio.timeout(ADDRESS_SECONDS):
                address = await _address(process)
        except TimeoutError:
            await _ended(process)
            raise TimedOut(
                f"`ant` did not say within {ADDRESS_SECONDS:.0f} seconds where to sign in.",
                "Nothing was kept.",
                "Run `ant auth login` yourself to see why.",
            ) from None
        except BaseException:
            await _ended(process)
            raise
        return cls(process, address, clock)

    def paste(self, text: str) -> None:
        code = text.strip()
        if not code or not code.isascii() or not code.isprintable() or " " in code or len(code) > 8192:
            raise InvalidInput(
                "This is not the code that the page shows.", "Nothing was sent.", "Paste it whole."
            )
        if self._process.stdin is None or self._process.stdin.is_closing():
            raise InvalidInput("This sign-in is over.", "Nothing was sent.", "Start it again.")
        self._process.stdin.write(code.encode() + b"\n")

    async def wait(self) -> None:
        """Ends when `ant` has signed in. Raises SignInNeeded (refused), TimedOut, OperationCancelled."""
        try:
            async with asyncio.timeout(LIFETIME.total_seconds()):
                status = await self._process.wait()
        except TimeoutError:
            raise TimedOut(
                "The sign-in took more than ten minutes.", "Nothing was kept.", "Start it again."
            ) from None
        if status < 0:
            raise OperationCancelled("The sign-in through `ant` was closed.", "Nothing was kept.")
        if status != 0:
            raise SignInNeeded(
                "`ant` could not sign in: the code was refused or declined.",
                "Nothing was kept.",
                "Start it again.",
            )

    async def aclose(self) -> None:
        await _ended(self._process)
        for task in self._drained:
            task.cancel()


async def _address(process: Process) -> str:
    """Reads what `ant` says until there is an address in it."""
    said = bytearray()
    while True:
        piece = await _either(process)
        if not piece:
            break
        said += piece
        if (found := _ADDRESS.search(said)) and (found.end() < len(said) or said.endswith(b"\n")):
            return found.group().decode("ascii")
        if len(said) > 65536:
            break
    raise Unavailable(
        "`ant` did not say where to sign in.",
        "Nothing was kept.",
        "Run `ant auth login` yourself to see why.",
    )


async def _either(process: Process) -> bytes:
    """Gives the next piece of output from wherever it comes; empty when both ends are closed."""
    streams = [s for s in (process.stdout, process.stderr) if s is not None and not s.at_eof()]
    tasks = [asyncio.create_task(stream.read(4096)) for stream in streams]
    if not tasks:
        return b""
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    pieces = b"".join(task.result() for task in done)
    return pieces or (await _either(process) if len(streams) > len(done) else b"")


async def _drained(stream: asyncio.StreamReader) -> None:
    """Reads to the end and forgets: a full pipe would stop it, and it may hold a code."""
    while await stream.read(65536):
        pass


def _signed_out() -> StackkError:
    return SignInNeeded(
        "`ant` is not signed in any more.",
        "The figures shown are the last ones that were read.",
        SIGN_IN_AGAIN,
    )

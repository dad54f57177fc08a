"""`ant auth login` under our own profile, with its address shown by us and its code pasted to us."""

import asyncio
import re
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import InvalidInput, OperationCancelled, SignInNeeded, TimedOut, Unavailable
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth_answer import pasted
from stackk_tui.providers.anthropic import ant
from stackk_tui.providers.anthropic.ant import Patience

_ADDRESS = re.compile(rb"https?://[\x21-\x7e]+\?[\x21-\x7e]+")
_BEGINNING = re.compile(rb"https?://[\x21-\x7e]+\Z")
_MOST = 64 * 1024


class AntFlow:
    """The sign-in under way. `ant` reads one line only, so what is pasted is checked before it gets it."""

    listening = False
    port: int | None = None
    listener_problem = "`ant` takes the code that the page shows at its end: paste it here."

    def __init__(self, process: Process, address: str, clock: Clock, patience: Patience) -> None:
        """Use `start`."""
        self._process = process
        self._drained = [asyncio.create_task(_drained(s)) for s in (process.stdout, process.stderr) if s]
        self._patience = patience
        self._answered = False
        self._closed = False
        self.address = address
        self.expires_at: datetime = clock() + timedelta(seconds=patience.sign_in)
        self._until = asyncio.get_running_loop().time() + patience.sign_in

    @classmethod
    async def start(cls, env: Mapping[str, str], clock: Clock, patience: Patience | None = None) -> "AntFlow":
        """Gives the flow once `ant` has said where to sign in. Raises Unavailable, TimedOut."""
        patience = patience or ant.PATIENCE
        words = ("auth", "login", "--profile", ant.PROFILE, "--scope", ant.SCOPE, "--no-browser")
        process = await ant.started(env, *words, stdin=PIPE)
        try:
            async with asyncio.timeout(patience.address):
                address = await _address(process, patience.quiet)
        except TimeoutError:
            await ant.ended(process)
            raise TimedOut(
                f"`ant` did not say within {patience.address:g} seconds where to sign in.",
                "Nothing was kept.",
                "Run `ant auth login` yourself to see why.",
            ) from None
        except BaseException:
            await ant.ended(process)
            raise
        return cls(process, address, clock, patience)

    def paste(self, text: str) -> None:
        """Takes `code#state`, or a whole address with both. Raises InvalidInput; the sign-in goes on then."""
        stdin = self._process.stdin
        if self._answered or stdin is None or stdin.is_closing() or self._process.returncode is not None:
            raise InvalidInput(
                "This sign-in is over: it was answered, closed, or took too long.",
                "Nothing was sent.",
                "Start it again.",
            )
        state = parse_qs(urlsplit(self.address).query).get("state", [""])[0]
        answer = pasted(text, state=Secret(state), issuer=None)
        if answer.code is None:
            raise InvalidInput(
                "This page says that the sign-in was declined.",
                "Nothing was sent; this sign-in goes on.",
                "Open the address again to allow it, or cancel.",
            )
        self._answered = True
        stdin.write(f"{answer.code.reveal()}#{state}\n".encode("ascii"))

    async def wait(self) -> None:
        """Ends when `ant` has signed in. Raises SignInNeeded (refused), TimedOut, OperationCancelled."""
        try:
            async with asyncio.timeout_at(self._until):
                status = await self._process.wait()
        except TimeoutError:
            raise TimedOut(
                f"The sign-in was not finished within {max(1, round(self._patience.sign_in / 60))} minutes.",
                "Nothing was kept.",
                "Start it again.",
            ) from None
        if self._closed:
            raise OperationCancelled("The sign-in through `ant` was closed.", "Nothing was kept.")
        if status == 0:
            return
        if not self._answered or status != 1:
            raise Unavailable(
                "`ant` ended without signing in.", "Nothing was kept.", "Run `ant auth login` to see why."
            )
        raise SignInNeeded(
            "`ant` could not sign in: the code was refused, or Anthropic was out of reach.",
            "Nothing was kept.",
            "Start it again.",
        )

    async def aclose(self) -> None:
        self._closed = self._process.returncode is None
        if self._process.stdin is not None:
            self._process.stdin.close()
        await ant.ended(self._process)
        for task in self._drained:
            task.cancel()
        await asyncio.gather(*self._drained, return_exceptions=True)


async def _address(process: Process, quiet: float) -> str:
    """Reads what `ant` says until there is an address with a query in it."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    streams = [stream for stream in (process.stdout, process.stderr) if stream is not None]
    readers = [asyncio.create_task(_hear(stream, heard)) for stream in streams]
    said = bytearray()
    try:
        while len(said) < _MOST and not (heard.empty() and all(reader.done() for reader in readers)):
            with suppress(TimeoutError):
                said += await asyncio.wait_for(heard.get(), quiet)
                if _BEGINNING.search(said):
                    continue  # it may go on in the next piece
            if found := _ADDRESS.search(said):
                return found.group().decode("ascii")
        if found := _ADDRESS.search(said):
            return found.group().decode("ascii")
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    raise Unavailable(
        "`ant` did not say where to sign in.",
        "Nothing was kept.",
        "Run `ant auth login` yourself to see why.",
    )


async def _hear(stream: asyncio.StreamReader, heard: "asyncio.Queue[bytes]") -> None:
    while piece := await stream.read(4096):
        heard.put_nowait(piece)


async def _drained(stream: asyncio.StreamReader) -> None:
    """Reads to the end and forgets: a full pipe would stop it, and it may hold a code."""
    while await stream.read(65536):
        pass

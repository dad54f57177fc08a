"""Anthropic's own command, `ant`, as the keeper of a Console sign-in (`api/anthropic.md` §4.1).

It signs in under a profile of our own (`ant_login.py`) and prints a fresh token whenever we ask; its files
are never read, and it learns nothing of our environment.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackk_tui.model.errors import ProviderError, SignInNeeded, StackkError, TimedOut, Unavailable
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth_lock import account_lock
from stackk_tui.net.redact import remember

PROFILE = "stackk"
SCOPE = "org:admin"
LOGOUT = f"ant auth logout --profile {PROFILE}"
NOT_INSTALLED = "needs Anthropic's command `ant`, which is not installed here"
STAYS = f"the sign-in stays with `ant`: run {LOGOUT}"
LAST_ONES = "The figures shown are the last ones that were read."
SIGN_IN_AGAIN = "Sign in again through `ant`: press a, or run stackk-tui add anthropic --method ant."

_MOST = 64 * 1024
_TOKEN = re.compile(rb"[\x21-\x7e]{8,16384}")
_PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CONFIG_HOME"),
    *("ANTHROPIC_CONFIG_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long `ant` may take, in seconds."""

    answer: float = 20.0
    """To print a token; it may have to renew it first."""
    address: float = 20.0
    """To say where to sign in."""
    sign_in: float = 600.0
    """For the person, from the address to the end."""
    quiet: float = 0.5
    """A pause after which an address that ends no line is taken to be whole."""


PATIENCE = Patience()


def program(env: Mapping[str, str]) -> str | None:
    """Gives the path of `ant`, or None. A relative folder of PATH is not looked into: it is anybody's."""
    return shutil.which("ant", path=_safe_path(env)) if _safe_path(env) else None


def must_be_there(env: Mapping[str, str]) -> None:
    """Raises Unavailable."""
    if program(env) is None:
        raise _missing()


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Gives all that `ant` is told: no setting and no secret of ours, no proxy with a password in it."""
    own = {name: env[name] for name in _PASSED_ON if name in env}
    own |= {name: env[name] for name in _PROXIES if name in env and "@" not in env[name]}
    return {**own, "PATH": _safe_path(env)}


async def started(env: Mapping[str, str], *arguments: str, stdin: int = DEVNULL) -> Process:
    """Starts `ant`. Raises Unavailable when it is missing or cannot be run."""
    path = program(env)
    if path is not None:
        with contextlib.suppress(OSError):
            return await asyncio.create_subprocess_exec(
                path,
                *arguments,
                stdin=stdin,
                stdout=PIPE,
                stderr=PIPE,
                env=clean_environment(env),
                start_new_session=os.name == "posix",
            )
    raise _missing()


async def ended(process: Process) -> None:
    """Makes sure that nothing of it is left, its own children neither."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 5.0)


@dataclass(slots=True)
class AntTokens:
    """A `BearerSource`: `ant` keeps the tokens and renews them; we hold one in memory until it is refused."""

    env: Mapping[str, str]
    data: Path
    """The folder of our lock files: two `ant` that renew at once would burn their own sign-in."""
    patience: Patience = field(default_factory=lambda: PATIENCE)
    _token: Secret | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def token(self) -> Secret:
        """Raises SignInNeeded (signed out), Unavailable (missing, broken), TimedOut, StorageError."""
        async with self._asking:
            if self._token is None:
                self._token, _ = await self._ask()
            return self._token

    async def renew(self, stale: Secret) -> Secret:
        """Asks `ant` again, once for all requests that were refused the same token."""
        async with self._asking:
            if self._token is None or self._token == stale:
                self._token, offline = await self._ask()
                if self._token == stale:
                    self._token = None
                    raise _could_not_renew() if offline else signed_out()
            return self._token

    async def _ask(self) -> tuple[Secret, bool]:
        """Gives the token, and whether `ant` said that it could not reach Anthropic to renew it."""
        async with account_lock(self.data, "anthropic", f"ant-{PROFILE}"):
            out, said, status = await self._printed()
        if status == 1:
            raise signed_out()
        words = out.split()
        if status != 0 or len(words) != 1 or not _TOKEN.fullmatch(words[0]):
            raise ProviderError(
                "`ant` printed something that is not a token."
                if status == 0
                else "`ant` failed in a way that it does not explain.",
                f"Nothing of it is shown or kept. {LAST_ONES}",
                "Update `ant`, then refresh again.",
            )
        token = Secret(words[0].decode("ascii"))
        remember(token)
        return token, _is_offline(said)

    async def _printed(self) -> tuple[bytes, bytes, int]:
        process = await started(self.env, "auth", "print-credentials", "--profile", PROFILE, "--access-token")
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            async with asyncio.timeout(self.patience.answer):
                out, said = await asyncio.gather(_capped(process.stdout), _capped(process.stderr))
                return out, said, await process.wait()
        except TimeoutError:
            raise TimedOut(
                f"`ant` did not answer within {self.patience.answer:g} seconds.",
                LAST_ONES,
                f"Run ant auth print-credentials --profile {PROFILE} yourself to see why.",
            ) from None
        finally:
            await ended(process)


async def _capped(stream: asyncio.StreamReader) -> bytes:
    """Gives what is printed; of far too much only the beginning, but all is read so that it can end."""
    kept = bytearray()
    while piece := await stream.read(_MOST):
        if len(kept) <= _MOST:
            kept += piece
    return bytes(kept)


def _is_offline(said: bytes) -> bool:
    """`ant` warns and prints the old token when it cannot renew; only a 4xx means that it is signed out."""
    return b"refresh failed" in said and not re.search(rb"returned 4\d\d", said)


def _safe_path(env: Mapping[str, str]) -> str:
    return os.pathsep.join(p for p in env.get("PATH", "").split(os.pathsep) if p and Path(p).is_absolute())


def _missing() -> Unavailable:
    return Unavailable(
        "Anthropic's command `ant` is not installed here, or cannot be run.",
        LAST_ONES,
        "Install it and see that it is in PATH, or sign in with an admin key.",
    )


def signed_out() -> StackkError:
    return SignInNeeded("`ant` is not signed in any more.", LAST_ONES, SIGN_IN_AGAIN)


def _could_not_renew() -> StackkError:
    return Unavailable(
        "`ant` could not reach Anthropic to renew its token.", LAST_ONES, "Refresh again later."
    )

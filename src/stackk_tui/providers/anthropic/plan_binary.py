"""The user's own `claude`, asked who is signed in and how full the plan is (`api/anthropic.md` §4.3).

It keeps its login to itself: no file of it is read here, it gets no secret and no setting of ours, and no
prompt is ever sent, so nothing is inferred and nothing is spent. Builds from before `auth status` would take
those words for a prompt; therefore they are asked for their version first.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.folders import private_folder
from stackk_tui.model.errors import ProtocolError, ProviderError, Unavailable
from stackk_tui.model.text import clean
from stackk_tui.providers.anthropic.plan_wire import (
    Login,
    Usage,
    parse_login,
    parse_response,
    parse_usage,
    parse_version,
)

LAST_ONES = "The figures shown are the last ones that were read."
KNOWS_AUTH = (2, 1, 41)
"""The first version with `auth status` (its changelog)."""

_STATUS = ("auth", "status")
_USAGE = (
    *("-p", "--output-format", "stream-json", "--verbose", "--input-format", "stream-json"),
    *("--setting-sources", "", "--strict-mcp-config", "--no-session-persistence"),
)
_REQUESTS = b"".join(
    json.dumps({"type": "control_request", "request_id": name, "request": request}).encode() + b"\n"
    for name, request in (
        ("r1", {"subtype": "initialize"}),
        ("r2", {"subtype": "get_usage", "skip_behaviors": True}),
    )
)
_MOST = 4 * 1024 * 1024
_PIECE = 64 * 1024
_TERM_SECONDS = 0.3
_PASSED_ON = (
    *("HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"),
    # what a person said of telemetry holds here too
    *("DISABLE_TELEMETRY", "DO_NOT_TRACK", "DISABLE_ERROR_REPORTING", "DISABLE_UPDATES"),
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
)
_PROXIES = (
    *("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"),
    *("ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long `claude` may take, in seconds."""

    whole: float = 10.0
    """For all that is asked in one go."""
    end: float = 1.0
    """To end by itself once its input is closed; then it is told to, then it is killed."""


PATIENCE = Patience()


def program(env: Mapping[str, str]) -> str | None:
    """Gives the path of `claude`, or None: `STACKK_CLAUDE_BIN` (absolute, or a name), else the one on `PATH`.

    A relative folder of PATH is not looked into: it is anybody's.
    """
    named = env.get("STACKK_CLAUDE_BIN", "").strip()
    if named.startswith("~/") and env.get("HOME"):
        named = str(Path(env["HOME"]) / named[2:])
    if Path(named).is_absolute():
        return named if os.path.isfile(named) else None  # noqa: PTH113  # Path.is_file raises where it may not look
    if os.sep in named or not _safe_path(env):
        return None
    return shutil.which(named or "claude", path=_safe_path(env))


def config_folder(env: Mapping[str, str]) -> Path:
    """Gives Claude Code's folder: the first entry of `CLAUDE_CONFIG_DIR`, else `~/.claude`."""
    home = Path(env["HOME"]) if env.get("HOME") else Path.home()
    named = _config_dir(env)
    if not named:
        return home / ".claude"
    return home / named[2:] if named.startswith("~/") else Path(named).absolute()


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Gives all that `claude` is told: who the user is and how to reach the network. No setting of ours, and
    no key or token: it would outrank the login whose plan is meant."""
    own = {name: env[name] for name in _PASSED_ON if env.get(name)}
    own |= {name: env[name] for name in _PROXIES if env.get(name) and "@" not in env[name]}
    if named := _config_dir(env):
        own["CLAUDE_CONFIG_DIR"] = named
    # it must not replace itself because we looked
    return {**own, "PATH": _safe_path(env), "DISABLE_AUTOUPDATER": "1"}


@dataclass(slots=True)
class Claude:
    """The program. Its methods raise Unavailable (missing, cannot be run, too old), ProtocolError (garbage).

    They know no deadline: give them one, with `asyncio.timeout(patience.whole)`.
    """

    settings: Settings
    patience: Patience = field(default_factory=lambda: PATIENCE)
    _known_good: str = ""

    async def login(self, known_good: str = "") -> Login:
        """Says who is signed in; no network is needed for it. `known_good`: what `checked` gave before."""
        path = self._path()
        if (mark := _mark(path)) not in (known_good, self._known_good):
            await self._must_know_auth(path)
        self._known_good = mark
        async with self._started(path, *_STATUS) as process:
            out = await _all_of(process)
            status = await process.wait()
        if (login := parse_login(out)) is not None:
            return login
        if status < 0:
            raise _ended_early(f"It was ended by the signal {-status}.")
        raise ProtocolError(
            "`claude auth status` did not say who is signed in.",
            f"It printed nothing that can be read (exit {status}). {LAST_ONES}",
            "Update it: claude update.",
        )

    @property
    def checked(self) -> str:
        """A mark of the program that is known to be new enough, to be given to `login` another time."""
        return self._known_good

    async def usage(self) -> Usage | None:
        """Asks how full the windows are; None if this `claude` does not know the question."""
        async with self._started(self._path(), *_USAGE, stdin=PIPE) as process:
            assert process.stdin is not None
            with contextlib.suppress(OSError):  # it may have ended already
                process.stdin.write(_REQUESTS)
                await process.stdin.drain()
            response = await _answer(process, "r2")
        if response is None:
            raise _ended_early("It said nothing of the plan's limits.")
        return parse_usage(response)

    async def _must_know_auth(self, path: str) -> None:
        async with self._started(path, "--version") as process:
            version = parse_version(await _all_of(process))
        if version is not None and version < KNOWS_AUTH:
            raise Unavailable(
                f"This `claude` is too old to say which plan it has ({'.'.join(map(str, version))}).",
                LAST_ONES,
                f"Update it to {'.'.join(map(str, KNOWS_AUTH))} or newer: claude update.",
            )

    def _path(self) -> str:
        """Raises Unavailable."""
        env = self.settings.env
        if (path := program(env)) is not None:
            return path
        if named := env.get("STACKK_CLAUDE_BIN"):
            raise Unavailable(
                f"There is no program {clean(named)!r}, which STACKK_CLAUDE_BIN names.",
                LAST_ONES,
                "Give its whole path, or its name if it is in PATH.",
            )
        raise Unavailable(
            "Claude Code's command `claude` is not in PATH.",
            LAST_ONES,
            "Install it, or name it with STACKK_CLAUDE_BIN.",
        )

    @contextlib.asynccontextmanager
    async def _started(self, path: str, *words: str, stdin: int = DEVNULL) -> AsyncIterator[Process]:
        """Runs it for the block, in an empty folder of ours, and leaves nothing of it behind."""
        try:
            process = await asyncio.create_subprocess_exec(
                path,
                *words,
                stdin=stdin,
                stdout=PIPE,
                stderr=DEVNULL,
                env=clean_environment(self.settings.env),
                cwd=_nowhere(self.settings),
                start_new_session=os.name == "posix",
            )
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no program"
            raise Unavailable(
                f"{clean(path)} cannot be run: {why}.",
                LAST_ONES,
                "Check it, or name another: STACKK_CLAUDE_BIN.",
            ) from error
        try:
            yield process
        except BaseException:
            await _ended(process, 0.0)
            raise
        else:
            await _ended(process, self.patience.end)


async def _ended(process: Process, seconds: float) -> None:
    """Lets it end by itself for so long, then makes sure of it and of its children; also when cancelled."""
    if process.stdin is not None:
        process.stdin.close()
    ending = asyncio.ensure_future(_made_to_end(process, seconds))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        _signal(process, kill=True)
        await asyncio.wait([ending])
        raise


async def _made_to_end(process: Process, seconds: float) -> None:
    drained = asyncio.ensure_future(_all_of(process))  # a full pipe would keep it from ending
    for wait, kill in ((seconds, False), (_TERM_SECONDS, True), (5.0, True)):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), wait)
        _signal(process, kill=kill or process.returncode is not None)  # what it started and left, too
        if process.returncode is not None:
            break
    drained.cancel()
    await asyncio.wait([drained])


def _signal(process: Process, *, kill: bool) -> None:
    """To its whole group; killed where asked for."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        elif process.returncode is None:
            process.kill()


async def _all_of(process: Process) -> bytes:
    """Gives what is printed; of far too much only the beginning, but all is read so that it can end."""
    kept = bytearray()
    assert process.stdout is not None
    while piece := await process.stdout.read(_PIECE):
        if len(kept) <= _MOST:
            kept += piece
    return bytes(kept)


async def _answer(process: Process, request_id: str) -> dict[str, object] | None:
    """Gives the answer to a control request; None if it ends without. Raises ProtocolError for a flood."""
    assert process.stdout is not None
    unread, seen = b"", 0
    while piece := await process.stdout.read(_PIECE):
        seen += len(piece)
        *lines, unread = (unread + piece).split(b"\n") if b"\n" in piece else (unread + piece,)
        for line in lines:
            if request_id.encode() in line and (response := parse_response(line, request_id)) is not None:
                return response
        if seen > _MOST:
            raise ProtocolError(
                "`claude` printed far more than an answer.", LAST_ONES, "Update it: claude update."
            )
    return parse_response(unread, request_id)


def _ended_early(means: str) -> ProviderError:
    return Unavailable("`claude` ended without an answer.", f"{means} {LAST_ONES}", "Run claude to see why.")


def _mark(path: str) -> str:
    """Changes when the program is replaced."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return "?"
    return f"{path}:{found.st_mtime_ns}:{found.st_size}"


def _nowhere(settings: Settings) -> str:
    """Gives an empty folder: a project's settings, hooks and servers are not ours to load."""
    folder = settings.paths.state / "nowhere"
    try:
        return str(private_folder(folder))
    except OSError:
        return "/"


def _config_dir(env: Mapping[str, str]) -> str:
    return env.get("CLAUDE_CONFIG_DIR", "").split(",")[0].strip()


def _safe_path(env: Mapping[str, str]) -> str:
    return os.pathsep.join(p for p in env.get("PATH", "").split(os.pathsep) if p and Path(p).is_absolute())

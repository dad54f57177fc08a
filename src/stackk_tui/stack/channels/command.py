"""A command of the person's own: the alert as JSON on its stdin, no secret in its environment, a deadline."""

import asyncio
import contextlib
import json
import os
import shlex
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from stackk_tui.model.alert import Alert
from stackk_tui.model.errors import InvalidInput, StackkError, TimedOut, Unavailable

PASSED_ON = frozenset(
    {
        *("HOME", "USER", "LOGNAME", "SHELL", "PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TERM"),
        *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"),
        *("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"),
        *("XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "SYSTEMROOT"),
    }
)
"""What a program needs to find its files and the desktop; everything else stays here."""
_TERM_SECONDS = 0.3


def alert_json(alert: Alert, *, names: bool) -> dict[str, object]:
    """Gives what is told outside; without `names` no account, project or key is named in it."""
    title, lines = alert.words(names=names)
    return {
        "schema": 1,
        "id": alert.id,
        "kind": alert.kind,
        "mark": alert.mark,
        "level": alert.level,
        "subject": alert.subject,
        "title": title,
        "lines": list(lines),
        "at": alert.at.isoformat().replace("+00:00", "Z"),
        "period": alert.period,
        "provenance": alert.provenance,
    }


def words_of(command: str, env: Mapping[str, str], key: str = "command") -> Sequence[str]:
    """Gives the program's absolute path and its arguments; there is no shell. Raises InvalidInput.

    `key` is where in `[alerts]` it stands: the command itself may hold a secret and is not repeated.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise InvalidInput(f"[alerts] {key} in config.toml cannot be understood.", "Nothing was run.")
    folders = [p for p in env.get("PATH", "").split(os.pathsep) if p and Path(p).is_absolute()]
    named = Path(words[0]).expanduser() if words[0].startswith("~") else Path(words[0])
    found = str(named) if named.is_absolute() else shutil.which(words[0], path=os.pathsep.join(folders))
    if not found or not os.access(found, os.X_OK) or (os.sep in words[0] and not named.is_absolute()):
        raise InvalidInput(
            f"The program of [alerts] {key} was not found.",
            "Nothing was run.",
            "Name it by its whole path, or put it on PATH.",
        )
    return [found, *words[1:]]


async def run_command(
    command: str, alert: Alert, env: Mapping[str, str], seconds: float, *, names: bool
) -> None:
    """Runs it and waits for its end; its output goes nowhere. Raises StackkError; cancelled, it is ended."""
    words = words_of(command, env)
    home = env.get("HOME", "/")
    passed = {name: value for name, value in env.items() if name in PASSED_ON or name.startswith("LC_")}
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=passed,
            cwd=home if os.path.isdir(home) else "/",  # noqa: ASYNC240, PTH112  a look at one name
            process_group=0,
        )
    except OSError as error:
        raise Unavailable(f"The command could not be run: {error.strerror or 'refused'}.") from None
    told = json.dumps(alert_json(alert, names=names)).encode() + b"\n"
    try:
        async with asyncio.timeout(seconds):
            await process.communicate(told)
    except TimeoutError:
        raise TimedOut(f"The command did not end within {seconds:g} seconds.") from None
    finally:
        if process.returncode is None:
            await _end(process)
    if process.returncode:
        raise _failed(process.returncode)


def _failed(code: int) -> StackkError:
    return Unavailable(
        f"The command was ended by signal {-code}." if code < 0 else f"The command failed: {code}."
    )


async def _end(process: Process) -> None:
    """Ends it with all it has started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), _TERM_SECONDS)
            return

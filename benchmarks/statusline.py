"""The status line against a bare interpreter: what Claude Code waits for after every update."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

RUNS = 41
TARGET = 2.0
_FAR = 4_000_000_000  # a reset that is out of reach of any test machine's clock


def run(folder: Path) -> None:
    home = folder / "statusline"
    env = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "STACKK_HOME": str(home / "stackk"),
        "CLAUDE_CONFIG_DIR": str(home / "claude"),
        "STACKK_NO_BACKGROUND": "",
    }
    program = str(Path(sys.executable).with_name("stackk-tui"))
    count = iter(range(1_000_000))
    ratios = _compare(
        {
            "bare interpreter": lambda: _run([sys.executable, "-c", "pass"], b"", env),
            "the same without site": lambda: _run([sys.executable, "-S", "-c", "pass"], b"", env),
            "statusline, a new value kept": lambda: _run([program, "statusline"], _update(next(count)), env),
            "statusline, nothing new": lambda: _run([program, "statusline"], _update(0), env),
            "statusline --tmux": lambda: _run([program, "statusline", "--tmux"], b"", env),
            "statusline --chain true": lambda: _run(
                [program, "statusline", "--chain", "true"], _update(0), env
            ),
        }
    )
    verdict = "reached" if ratios["statusline, a new value kept"] <= TARGET else "missed"
    print(f"  target: a new value kept in at most {TARGET} × the bare interpreter: {verdict}")


def _update(number: int) -> bytes:
    """Gives what Claude Code says, of a session that has just learned something."""
    windows = {
        name: {"used_percentage": 10 + number / 100, "resets_at": _FAR} for name in ("five_hour", "seven_day")
    }
    told = {
        "session_id": "0" if number == 0 else "1",
        "model": {"id": "claude-opus-5-5"},
        "cost": {"total_api_duration_ms": number},
        "context_window": {"used_percentage": 2},
        "rate_limits": windows,
    }
    return json.dumps(told).encode()


def _compare(cases: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """Runs the cases interleaved, prints medians, gives the ratios to the first case."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for attempt in range(RUNS + 1):
        for name, case in cases.items():
            measured = case()
            if attempt:  # the first run writes bytecode and makes the file
                times[name].append(measured)
    floor = statistics.median(next(iter(times.values())))
    print(f"status line (median of {RUNS}, interleaved)")
    for name, measured_times in times.items():
        median = statistics.median(measured_times)
        print(f"  {name:36} {median:7.1f} ms   × {median / floor:.2f}   (best {min(measured_times):.1f})")
    return {name: statistics.median(of) / floor for name, of in times.items()}


def _run(command: list[str], stdin: bytes, env: Mapping[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, input=stdin, check=True, stdout=subprocess.DEVNULL, env=env)
    return (time.perf_counter() - started) * 1000

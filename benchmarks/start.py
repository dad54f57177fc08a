"""Start-up: `--version` and `--help` against a bare interpreter, first paint against an empty Textual app."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.home import build
from benchmarks.terminal import Terminal

RUNS = 11
FIRST_PAINT_TARGET = 1.6


def run(folder: Path) -> None:
    program = str(Path(sys.executable).with_name("stackk-tui"))
    _compare(
        "command",
        {
            "bare interpreter": lambda: _command([sys.executable, "-c", "pass"]),
            "--version": lambda: _command([program, "--version"]),
            "--help": lambda: _command([program, "--help"]),
        },
    )
    home = folder / "home"
    build(home)
    env = {
        "STACKK_HOME": str(home),
        "STACKK_TOKEN_STORE": "memory",
        "COLORTERM": "truecolor",
        "CLAUDE_CONFIG_DIR": "",
    }
    ratios = _compare(
        "first paint",
        {
            "empty Textual app": lambda: _paint([sys.executable, "-m", "benchmarks.empty_app"], "READY", env),
            "dashboard, 20 services, 90 days": lambda: _paint([program], "Service 19", env),
        },
    )
    verdict = "reached" if ratios[-1] <= FIRST_PAINT_TARGET else "missed"
    print(f"  target: at most {FIRST_PAINT_TARGET} × the empty app: {verdict}")


def _compare(title: str, cases: Mapping[str, Callable[[], float]]) -> list[float]:
    """Runs the cases interleaved, prints medians, gives the ratios to the first case."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for attempt in range(RUNS + 1):
        for name, case in cases.items():
            measured = case()
            if attempt:  # the first run warms the disk and writes bytecode
                times[name].append(measured)
    floor = statistics.median(next(iter(times.values())))
    print(f"{title} (median of {RUNS}, interleaved)")
    ratios = []
    for name, measured_times in times.items():
        median = statistics.median(measured_times)
        ratios.append(median / floor)
        print(f"  {name:36} {median:7.1f} ms   × {median / floor:.2f}   (best {min(measured_times):.1f})")
    return ratios


def _command(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    )
    return (time.perf_counter() - started) * 1000


def _paint(command: list[str], text: str, env: Mapping[str, str]) -> float:
    terminal = Terminal.start(command, {**env, "PYTHONDONTWRITEBYTECODE": ""})
    try:
        return terminal.wait_for(text)
    finally:
        terminal.kill()

"""At rest: bytes over the wire, CPU and memory of the dashboard."""

import sys
from pathlib import Path

from benchmarks.terminal import Terminal

SETTLE_SECONDS = 4.0
REST_SECONDS = 20.0


def run(folder: Path) -> None:
    home = folder / "home"
    env = {
        "STACKK_HOME": str(home),
        "STACKK_TOKEN_STORE": "memory",
        "COLORTERM": "truecolor",
        "CLAUDE_CONFIG_DIR": "",
    }
    terminal = Terminal.start([str(Path(sys.executable).with_name("stackk-tui"))], env)
    try:
        terminal.wait_for("Service 19")
        started = terminal.bytes_during(SETTLE_SECONDS)
        cpu = terminal.cpu_seconds()
        written = terminal.bytes_during(REST_SECONDS)
        cpu = terminal.cpu_seconds() - cpu
        terminal.press("j")
        moved = terminal.bytes_during(1.0)
        print(f"at rest for {REST_SECONDS:.0f} s, 20 services, 120x36")
        print(f"  written          {written / REST_SECONDS:8.1f} bytes/s (target 0)")
        print(f"  CPU              {100 * cpu / REST_SECONDS:8.2f} %")
        print(f"  memory           {terminal.memory_mb():8.1f} MB")
        print(f"  after the paint  {started:8} bytes, cursor down one row {moved} bytes")
    finally:
        terminal.kill()

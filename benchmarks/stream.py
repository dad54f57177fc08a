"""A bill of 15 MB, read while the screen must go on: memory, and how long the event loop was ever held up.

The pretend server is a process of its own, so that what is measured is the reader alone.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from stackk_tui.config import load_settings

NOW = datetime(2026, 11, 21, 14, tzinfo=UTC)
BYTES = 15_000_000
MOST_MB, MOST_MS = 60, 50
ROOT = Path(__file__).parent.parent
_TICK = 0.001


def run(folder: Path) -> None:
    for packed in (True, False):
        found = measure(folder, packed=packed)
        print(f"charges of {found['bytes'] / 1e6:.1f} MB{', gzip' if packed else ''}, {found['rows']} rows")
        print(f"  read in            {found['seconds']:8.2f} s")
        print(f"  memory grew by     {found['grew_mb']:8.1f} MB (at most {MOST_MB})")
        print(f"  event loop held up {found['max_ms']:8.1f} ms at most, p99 {found['p99_ms']:.1f} ms", end="")
        print(f" (at most {MOST_MS}); {found['wall_max_ms']:.1f} ms with what else this machine did")


def measure(folder: Path, *, packed: bool) -> dict[str, float]:
    """Gives what one refresh of a team with a long bill took, in a process of its own."""
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stream", "serve", "gzip" if packed else "plain"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        shown = subprocess.run(
            [sys.executable, "-m", "benchmarks.stream", "read", url, str(folder / f"stream-{packed}")],
            capture_output=True,
            text=True,
            check=True,
            timeout=180,
            cwd=ROOT,
        )
        return dict(json.loads(shown.stdout))
    finally:
        server.kill()
        server.wait()


def serve(*, packed: bool) -> None:
    import uvicorn

    from stackk_tui.sandbox.vercel import VercelSandbox

    sandbox = VercelSandbox(lambda: NOW)
    sandbox.books.bulk_bytes, sandbox.books.ended, sandbox.packs = BYTES, False, packed
    config = uvicorn.Config(sandbox, host="127.0.0.1", port=0, log_level="error")
    listener = config.bind_socket()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


async def read(url: str, home: Path) -> dict[str, float]:
    from stackk_tui.model.secret import Secret
    from stackk_tui.sandbox.vercel import FULL_TOKEN
    from stackk_tui.sandbox.vercel_world import PRO_TEAM
    from stackk_tui.stack import Stack

    settings = load_settings(
        {
            "STACKK_HOME": str(home),
            "STACKK_TOKEN_STORE": "memory",
            "STACKK_VERCEL_API_URL": url,
            "STACKK_ALLOW_HTTP_LOOPBACK": "1",
        }
    )
    stack = await Stack.open(settings, clock=lambda: NOW)
    await stack.use_memory()
    signed = await stack.sign_in("vercel", "token", Secret(FULL_TOKEN))
    (view,) = await stack.connect(signed.account.id, [PRO_TEAM])
    await stack.sync()  # everything that is imported once is imported
    counted = _counted()
    before = _peak_mb()
    late: list[tuple[float, float]] = []
    ticking = asyncio.create_task(_tick(late))
    began = time.perf_counter()
    (outcome,) = await stack.refresh()
    took = time.perf_counter() - began
    ticking.cancel()
    if outcome.how != "fetched":
        raise RuntimeError(f"it was not read: {outcome}")
    view = await stack.service(view.service.id)
    assert view.month.cost.value is not None
    await stack.close()
    own, wall = sorted(min(pair) for pair in late), max(wall for wall, _ in late)
    return {
        **counted,
        "seconds": took,
        "grew_mb": _peak_mb() - before,
        "max_ms": own[-1] * 1000,
        "p99_ms": own[int(len(own) * 0.99)] * 1000,
        "wall_max_ms": wall * 1000,
        "cost": float(view.month.cost.value.amount),
    }


async def _tick(late: list[tuple[float, float]]) -> None:
    """Notes how much later than asked for each tick came (what a key press would have waited), and how long
    this program, all its threads, was at work meanwhile: the rest is what else the machine did."""
    while True:
        asked, worked = time.perf_counter() + _TICK, time.process_time()
        await asyncio.sleep(_TICK)
        late.append((max(0.0, time.perf_counter() - asked), time.process_time() - worked))


def _counted() -> dict[str, int]:
    """Counts lines and bytes where they are taken, without keeping any."""
    from stackk_tui.providers.vercel.charges import Charges

    counted = {"rows": 0, "bytes": 0}
    take = Charges.take

    def counting(charges: Charges, line: bytes) -> None:
        counted["rows"] += 1
        counted["bytes"] += len(line) + 1
        take(charges, line)

    Charges.take = counting  # type: ignore[method-assign]
    return counted


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(packed=sys.argv[2] == "gzip")
    else:
        print(json.dumps(asyncio.run(read(sys.argv[2], Path(sys.argv[3])))))

"""A bill of 15 MB, read in a process of its own: little memory, a screen that goes on, and the true sum."""

from decimal import Decimal
from pathlib import Path

from benchmarks import stream

from stackk_tui.sandbox.vercel import VercelSandbox


def truth() -> tuple[Decimal, int]:
    import json

    books = VercelSandbox(lambda: stream.NOW).books
    books.bulk_bytes = stream.BYTES
    begin, _ = books.world.cycle(stream.NOW)
    report = b"".join(books.lines(begin, stream.NOW, stream.NOW))
    rows = [json.loads(line, parse_float=Decimal) for line in report.split(b"\n") if line]
    names = {"Pro": "EffectiveCost"}
    return sum(Decimal(r[names.get(r["ServiceName"], "BilledCost")]) for r in rows), len(rows)


def test_a_long_bill_is_light_and_never_freezes_the_screen(tmp_path: Path) -> None:
    """Packed, which is the harder way: a piece that arrives may be a hundred times as long unpacked."""
    found = stream.measure(tmp_path, packed=True)
    total, rows = truth()
    assert found["rows"] == rows > 20_000
    assert found["bytes"] > 14_000_000
    assert found["grew_mb"] < stream.MOST_MB
    assert found["max_ms"] < stream.MOST_MS
    assert found["cost"] == float(total)

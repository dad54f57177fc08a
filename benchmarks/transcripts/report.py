"""The figures as tables: times, ratios to the fastest peer with their targets, distances from the floors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.transcripts.contestants import CCUSAGE, GREP, OURS, PYTHON, RIPGREP, STAT

if TYPE_CHECKING:
    from benchmarks.transcripts.run import Results

TARGETS = {
    ("cold", 1000): 0.45,
    ("cold", 100): 0.8,
    ("warm", 1000): 0.06,
    ("warm", 100): 0.4,
    ("one file grown", 1000): 0.1,
    ("peak memory, cold", 1000): 1.0,
    ("peak memory, cold", 100): 1.0,
}
"""At most this many times ccusage's, by scenario and megabytes."""
_FLOORS = {
    "cold": (GREP, RIPGREP, PYTHON),
    "warm": (STAT, PYTHON),
    "one file grown": (STAT, PYTHON),
}


def show(results: Results, megabytes: int) -> None:
    """Prints everything about one corpus."""
    corpus = results.corpus
    print(
        f"transcripts, {corpus.size / 1e6:,.0f} MB in {corpus.files:,} files,"
        f" {corpus.usage_lines:,} lines with usage, {corpus.calls:,} calls"
    )
    print("  medians, interleaved; the files are in the page cache for everybody; cold: its first run ever")
    for scenario, medians in results.medians.items():
        print(f"  {scenario}")
        for name, value in medians.items():
            cpu = results.cpu.get(scenario, {}).get(name)
            used = "" if cpu is None else f"  cpu {cpu * 1000:7.1f}"
            print(
                f"    {name:18} {_shown(scenario, value)}{used}{_ratio(scenario, name, medians, megabytes)}"
            )
    print("  floors")
    for name, value in results.floors.items():
        print(f"    {name:18} {value * 1000:9.1f} ms")
    print(f"  how far {OURS} is from the floors")
    for scenario, names in _FLOORS.items():
        ours = results.medians[scenario][OURS]
        known = [f"× {ours / results.floors[name]:.2f} {name}" for name in names if name in results.floors]
        print(f"    {scenario:18} {', '.join(known)}")
    for note in results.notes:
        print(f"  {note}")


def _shown(scenario: str, value: float) -> str:
    return f"{value / 1e6:9.1f} MB" if "memory" in scenario else f"{value * 1000:9.1f} ms"


def _ratio(scenario: str, name: str, medians: dict[str, float], megabytes: int) -> str:
    if CCUSAGE not in medians or name == CCUSAGE:
        return ""
    ratio = medians[name] / medians[CCUSAGE]
    text = f"   × {ratio:.3f} {CCUSAGE}"
    target = TARGETS.get((scenario, megabytes))
    if name != OURS or target is None:
        return text
    return f"{text}   target: at most {target}: {'reached' if ratio <= target else 'missed'}"

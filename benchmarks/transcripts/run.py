"""Cold, warm and one file grown: everybody in turn, several rounds, medians (`README.md`)."""

import json
import os
import shutil
import statistics
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.transcripts.contestants import CCUSAGE, OURS, Contestant, contestants, floors
from benchmarks.transcripts.corpus import Corpus, make
from benchmarks.transcripts.measure import CAN_SEE_MEMORY, Failed, Took, peak_bytes, run_once
from benchmarks.transcripts.report import show

CORPUS_FOLDER, SIZES = "STACKK_BENCH_CORPUS", "STACKK_BENCH_MEGABYTES"
ROUNDS = 7
COLD, WARM, GROWN, MEMORY = "cold", "warm", "one file grown", "peak memory, cold"


@dataclass(slots=True)
class Results:
    """Medians: wall seconds by scenario and contestant (bytes for the memory), and the floors' seconds."""

    corpus: Corpus
    medians: dict[str, dict[str, float]] = field(default_factory=dict)
    cpu: dict[str, dict[str, float]] = field(default_factory=dict)
    """The processors' seconds: these hardly change when others are at work, too."""
    floors: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def run(folder: Path) -> None:
    """Measures on 100 MB and on 1 GB, or on `STACKK_BENCH_MEGABYTES` (`100,1000`)."""
    cache = Path(os.environ.get(CORPUS_FOLDER) or Path(tempfile.gettempdir()) / "stackk-bench-corpus")
    for megabytes in map(int, os.environ.get(SIZES, "100,1000").split(",")):
        corpus = make(cache / f"{megabytes}mb", megabytes * 1_000_000)
        show(measure(corpus, folder / f"transcripts-{megabytes}"), megabytes)


def measure(corpus: Corpus, folder: Path) -> Results:
    """Runs all contestants and floors in turn, round by round; the first round only warms up."""
    folder.mkdir(parents=True)
    tree, grown = _copy(corpus, folder / "tree")
    who, notes = contestants(folder / "homes")
    who = [each for each in who if _is_able(each, tree, folder, notes)]
    below = floors(tree, folder)
    times: dict[tuple[str, str], list[Took]] = defaultdict(list)
    load = [os.getloadavg()[0]]
    for number in range(ROUNDS + 1):
        turn = number % len(who)
        for each in (*who[turn:], *who[:turn]):
            command = each.command(tree, folder)
            each.forget()
            found = {COLD: run_once(command), WARM: run_once(command)}
            _grow(grown, number, each.name)
            found[GROWN] = run_once(command)
            if number:
                for scenario, took in found.items():
                    times[scenario, each.name].append(took)
        for name, floor in below.items():
            took = run_once(floor)
            if number:
                times["floor", name].append(took)
    load.append(os.getloadavg()[0])
    notes.append(f"Load of this machine with {os.cpu_count()} processors: {load[0]:.1f} to {load[1]:.1f}.")
    results = Results(corpus, notes=notes)
    for (scenario, name), all_times in times.items():
        kept = results.floors if scenario == "floor" else results.medians.setdefault(scenario, {})
        kept[name] = statistics.median(took.wall for took in all_times)
        if scenario != "floor":
            results.cpu.setdefault(scenario, {})[name] = statistics.median(took.cpu for took in all_times)
    _weigh(results, who, tree, folder)
    _compare(results, who, tree, folder)
    return results


def _is_able(contestant: Contestant, tree: Path, folder: Path, notes: list[str]) -> bool:
    """Says whether it runs here at all; a peer that does not is left out, with its words. Raises Failed."""
    contestant.forget()
    try:
        run_once(contestant.command(tree, folder))
    except (Failed, OSError) as error:
        if contestant.name == OURS:
            raise
        notes.append(f"{contestant.name} does not run here, and is left out: {error}")
        return False
    return True


def _weigh(results: Results, who: list[Contestant], tree: Path, folder: Path) -> None:
    if not CAN_SEE_MEMORY:
        results.notes.append("Memory is looked at on Linux only: left out.")
        return
    peaks: dict[str, list[float]] = defaultdict(list)
    for _ in range(3):
        for each in who:
            each.forget()
            peaks[each.name].append(peak_bytes(each.command(tree, folder)))
    results.medians[MEMORY] = {name: statistics.median(all_peaks) for name, all_peaks in peaks.items()}


def _compare(results: Results, who: list[Contestant], tree: Path, folder: Path) -> None:
    """Says whether we and the peer saw the same tokens: a fast wrong answer is worth nothing."""
    answers = {}
    for each in who:
        if each.name in (OURS, CCUSAGE):
            command = each.command(tree, folder)
            run_once(command)
            answers[each.name] = _tokens(json.loads(command.out.read_text()))
    if len(answers) == 2:
        ours, theirs = answers[OURS], answers[CCUSAGE]
        same = "the same" if ours == theirs else f"{ours - theirs:+,} to {CCUSAGE}'s {theirs:,}"
        results.notes.append(f"Tokens in all: {ours:,}, {same}.")


def _tokens(answer: dict[str, dict[str, object]]) -> int:
    totals = answer["totals"]
    tokens = totals.get("tokens")
    found = tokens["total"] if isinstance(tokens, dict) else totals["totalTokens"]
    return int(str(found))


def _copy(corpus: Corpus, tree: Path) -> tuple[Path, Path]:
    """Gives the tree by hard links, where the file in the middle by size is a copy that may grow."""
    shutil.copytree(corpus.folder, tree, copy_function=_link)
    files = sorted(tree.rglob("*.jsonl"), key=lambda path: (path.stat().st_size, str(path)))
    grown = files[len(files) // 2]
    content = grown.read_bytes()
    grown.unlink()
    grown.write_bytes(content)
    return tree, grown


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)


def _grow(path: Path, number: int, name: str) -> None:
    """Appends a new call of one line, about 1 KB, as Claude Code does."""
    last = next(line for line in reversed(path.read_bytes().splitlines()) if b'"usage":{' in line)
    call = json.loads(last)
    told = call["data"]["message"] if call["type"] == "progress" else call
    told["message"] |= {"id": f"msg_grown_{number}_{name}", "content": [{"type": "text", "text": "…" * 300}]}
    told["requestId"] = f"req_grown_{number}_{name}"
    with path.open("ab") as file:
        file.write(json.dumps(call, separators=(",", ":")).encode() + b"\n")

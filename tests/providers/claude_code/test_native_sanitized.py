"""Under sanitizers the compiled reader never looks outside what is its own, whatever is in a file.

`STACKK_SEEDS=10000` is a night of fuzzing; the files are those of `mutations.py`.
"""

import random
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackk_tui.providers.claude_code import native
from stackk_tui.providers.claude_code.slots import Shapes
from stackk_tui.providers.claude_code.together import Together
from tests.providers.claude_code.generator import text
from tests.providers.claude_code.mutations import files, mutated
from tests.providers.claude_code.readers import needs_the_program
from tests.providers.claude_code.test_property_agreement import seeds
from tests.providers.claude_code.test_together import AGENTS, line

if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.slots import Slots
    from stackk_tui.providers.claude_code.worker import Job, Result

pytestmark = needs_the_program

SOURCES = sorted(str(path) for path in Path(native.PROGRAM).parent.glob("*.c"))
CHECKS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
BUILDS = {
    "checked": ("-g", "-O1", *CHECKS),
    "checked, without SSE": ("-g", "-O1", "-U__SSE2__", *CHECKS),
    "without SSE": ("-O2", "-U__SSE2__"),
}


@pytest.mark.parametrize("flags", BUILDS.values(), ids=BUILDS)
def test_it_says_the_same_however_it_is_built_and_breaks_nowhere(
    flags: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = []
    for seed in seeds(16, first=430_000):
        chance = random.Random(seed)
        for number, whole in enumerate(files(seed)):
            for times in (0, 1, 2, 6):
                path = tmp_path / f"{seed}-{number}-{times}"
                path.write_bytes(mutated(chance, whole, times))
                jobs.append((len(jobs), str(path), "-slug", "home", 0, path.stat().st_size, None))
    crowded = []
    chance = random.Random(1)
    for number in range(120):
        path = tmp_path / f"crowded-{number}"
        path.write_bytes(text(*(line(chance) for _ in range(chance.randrange(12)))))
        crowded.append((number, str(path), "-slug", "s1", 0, 1, chance.choice(AGENTS)))
    known, all_known = told(jobs), told_together(crowded)
    assert len(known) > len(jobs) // 4
    assert all_known is not None
    monkeypatch.setattr(native, "PROGRAM", built(flags, tmp_path))
    assert told(jobs) == known
    assert told_together(crowded) == all_known
    assert told_together(jobs) is None  # some are odd; what is left out is told of each
    assert (tmp_path / "log").read_text() == 5 * "ended with 0\n"


def told(jobs: "list[Job]") -> "list[Result]":
    return sorted(native.read(jobs, Shapes()), key=lambda result: result[0])


def told_together(jobs: "list[Job]") -> "Slots | None":
    together = Together({number: number // 2 for number, *_ in jobs})
    alone = {result[0]: result for result in told(jobs)}
    for result in list(native.read(jobs, Shapes(), together=together)):
        outline = result[9]()
        assert outline is None or (*result[:9], *outline) == alone[result[0]]
        assert (outline is None) == (together.slots is not None)
    return together.slots


def built(flags: tuple[str, ...], folder: Path) -> str:
    """Gives a script that runs such a program, and writes down how it ended and what it complained about."""
    from tests.providers.claude_code.readers import COMPILER

    program, log = folder / "program", folder / "log"
    command = [COMPILER or "cc", "-std=c11", "-pthread", *flags, "-o", str(program), *SOURCES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode and "sanitize" in done.stderr + " ".join(flags) and sys.platform != "linux":
        pytest.skip(f"this compiler has no sanitizers: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    script = folder / "script"
    script.write_text(
        "#!/bin/sh\n"
        f"ASAN_OPTIONS=detect_leaks=0 {shlex.quote(str(program))} 2>>{shlex.quote(str(log))}\n"
        f"echo ended with $? >>{shlex.quote(str(log))}\n"
    )
    script.chmod(0o755)
    return str(script)

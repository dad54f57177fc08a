"""However the transcripts came to be as they are, and whenever they were looked at, the answers are the same.

Files come in any order, end at any byte, grow while they are read, are forked, replaced and deleted; the plain
reader remembers every content that was looked at. More seeds and every single byte: `STACKK_SEEDS=1000`.
"""

import os
import threading
from pathlib import Path

import pytest

from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.generator import call, progress, text, usage
from tests.providers.claude_code.test_property_agreement import seeds
from tests.providers.claude_code.worlds import FILES, World, put, world, write

LONG_RUN = "STACKK_SEEDS" in os.environ
QUESTIONS = 12


@pytest.mark.parametrize("seed", seeds(8, first=10_000))
def test_files_in_any_order_looked_at_between(seed: int, tmp_path: Path) -> None:
    machine, made = Machine.make(tmp_path), world(seed)
    order = made.chance.sample(list(made.files), len(made.files))
    put(machine.projects, made, order, between=machine.scan)
    machine.check(made.chance, QUESTIONS)


def test_a_file_that_is_first_read_up_to_any_byte(tmp_path: Path) -> None:
    """At each byte around each line's end and in each line's middle; in a long run at each byte there is."""
    lines = [
        text(call("m1", "r1", used=usage(10, 1), uuid="a")),
        text(call("m1", "r1", used=usage(10, 57, 4, speed="fast"), uuid="b")),
        b"\n",
        text(call(None, None, cwd="/größer")),
        text(progress(call("m2", "r2", side=True))),
        b"\0" * 5 + b"\n",
        text(call("m1", "r9", side=True)).strip() + b"\r\n",
        text(call("m3", None)).strip(),
    ]
    whole = b"".join(lines)
    ends = [len(b"".join(lines[:place])) for place in range(1, len(lines) + 1)]
    near = {end + by for end in ends for by in (-2, -1, 0, 1, 200) if 0 <= end + by <= len(whole)}
    for place in range(len(whole) + 1) if LONG_RUN else sorted(near):
        machine = Machine.make(tmp_path / str(place))
        path = machine.projects / FILES[0]
        write(path, whole[:place])
        machine.scan()
        write(path, whole)
        report = machine.scan()
        assert (report.totals.requests, report.skipped_lines) == (4, 0), place
        assert report.totals.tokens.total == 71 + 3 * 30, place


@pytest.mark.parametrize("seed", seeds(10, first=20_000))
def test_all_files_growing_by_pieces_that_end_anywhere(seed: int, tmp_path: Path) -> None:
    machine, made = Machine.make(tmp_path), world(seed)
    chance = made.chance
    left = {name: made.content(name) for name in made.files}
    ends = dict.fromkeys(left, 0)
    while any(ends[name] < len(left[name]) for name in left):
        name = chance.choice(list(left))
        ends[name] += chance.choice((1, 90, 400, 2_000, 10_000))
        write(machine.projects / name, left[name][: ends[name]], FILES.index(name))
        if chance.random() < 0.3:
            machine.scan()
    put(machine.projects, made)
    machine.check(chance, QUESTIONS)


@pytest.mark.parametrize("seed", seeds(3, first=30_000))
def test_appended_while_it_is_read(seed: int, tmp_path: Path) -> None:
    """Another thread writes, without any agreement, until it has written everything."""
    machine, made = Machine.make(tmp_path), world(seed, lines=60)
    writer = threading.Thread(target=_write_in_pieces, args=(machine.projects, made))
    writer.start()
    looked = 0
    while writer.is_alive() or not looked:
        machine.scan()
        looked += 1
    writer.join()
    put(machine.projects, made)
    machine.check(made.chance, QUESTIONS)


def _write_in_pieces(projects: Path, made: World) -> None:
    for name in made.files:
        content = made.content(name)
        path = projects / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            for start in range(0, len(content), 97):
                file.write(content[start : start + 97])


@pytest.mark.parametrize("seed", seeds(14, first=40_000))
def test_deleted_replaced_cut_off_and_forked(seed: int, tmp_path: Path) -> None:
    """Usage stays when its file goes or is written over; nothing counts twice when it comes again."""
    machine, made = Machine.make(tmp_path), world(seed)
    chance = made.chance
    put(machine.projects, made)
    machine.scan()
    for turn in range(1, 6):
        name = chance.choice(list(made.files))
        path, content = machine.projects / name, made.content(name)
        what = chance.choice(("delete", "replace", "rewrite", "put before", "cut off", "come back", "fork"))
        if what == "delete":
            path.unlink(missing_ok=True)
        elif what == "replace" and path.exists():  # by another file, as an editor does
            fresh = path.with_suffix(".new")
            fresh.write_bytes(b"".join(world(seed + turn).files.get(name, [content])))
            fresh.replace(path)
        elif what == "rewrite":  # in place
            path.write_bytes(b"".join(chance.sample(made.files[name], len(made.files[name]))))
        elif what == "put before":  # in place, and longer: its beginning is not what it was
            path.write_bytes(b'{"type":"summary"}\n' + content)
        elif what == "cut off" and path.exists():
            os.truncate(path, chance.randrange(path.stat().st_size + 1))
        elif what == "come back":
            path.write_bytes(content)
        elif what == "fork":
            path = machine.projects / f"-a/fork{turn}.jsonl"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content.replace(b'"sessionId":"s1"', b'"sessionId":"fork"'))
        if path.exists():
            os.utime(path, (2_000 + 10 * turn, 2_000 + 10 * turn))
        report = machine.scan()
        assert report.files == sum(each.is_file() for each in machine.projects.rglob("*.jsonl"))
    machine.check(chance, QUESTIONS)

"""The compiled reader says what the plain one says, or leaves a file to it (`native.py`).

Files with one thing wrong or a few are made by `mutations.py`. The truth above both readers is `reference.py`.
`STACKK_SEEDS=10000` asks for more, `STACKK_SEED=17` for one. What such files must not do to the program itself
is tried outside the tests, under sanitizers: SECURITY.md.
"""

import os
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackk_tui.model.text import clean
from stackk_tui.providers.claude_code import native, packing, worker
from stackk_tui.providers.claude_code.keys import key_of
from stackk_tui.providers.claude_code.prices import PriceBook
from stackk_tui.providers.claude_code.reader import Reader
from stackk_tui.providers.claude_code.slots import Shapes
from tests.providers.claude_code import reference
from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.generator import FORK, HAIKU, MAIN, call, progress, text, usage
from tests.providers.claude_code.mutations import files, mutated, ordinary
from tests.providers.claude_code.readers import COMPILED, needs_the_program, read_with
from tests.providers.claude_code.test_property_agreement import seeds

if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.worker import Job, Result

pytestmark = needs_the_program

PIECES = (1 << 18, 1 << 19)
"""The program reads a file by pieces; these are the sizes at which something may be cut."""
SLUG, HOME = "-slug", "home"


class Folder:
    """Files to read, and what is said of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.jobs: list[Job] = []
        self.contents: list[bytes] = []

    def put(self, content: bytes, offset: int = 0, agent: str | None = None) -> None:
        path = self.path / str(len(self.jobs))
        path.write_bytes(content)
        self.jobs.append((len(self.jobs), str(path), SLUG, HOME, offset, len(content), agent))
        self.contents.append(content)

    def compare(self) -> set[int]:
        """Asserts that the program is right of each file it answers; gives the numbers of these."""
        shapes = Shapes(dict(PriceBook().shapes()))
        told = {result[0]: result for result in native.read(self.jobs, shapes)}
        reader = Reader()
        for number, result in told.items():
            job = self.jobs[number]
            known = worker.work(reader, job, shapes)
            assert as_told(result) == as_told(known), (
                self.contents[number] if number < len(self.contents) else job
            )
        return set(told)


def as_told(result: "Result") -> list[object]:
    """Rows, keys and marks have no order, and marks may be there twice."""
    if len(result) == 3:
        return list(result)
    *facts, packed, marks, keys, main, side, doubtful, slots = result
    rows = packing.unpack(packed)
    assert [row[0] for row in rows] == list(keys)
    return [
        *facts,
        *(type(fact) for fact in facts),
        sorted(map(repr, rows)),
        {marks[at : at + 4] for at in range(0, len(marks), 4)},
        *map(sorted, (keys, main, side, doubtful)),
        slots,
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    assert native.is_built(), "there is a C compiler, but the program was not built: python hatch_build.py"
    return Folder(tmp_path)


@pytest.mark.parametrize("seed", seeds(12, first=400_000))
def test_it_is_right_or_silent_about_files_with_things_wrong(seed: int, folder: Folder) -> None:
    chance = random.Random(seed)
    for whole in files(seed):
        for times in (0, 1, 1, 1, 2, 3, 6, 12):
            content = mutated(chance, whole, times)
            ends = [place + 1 for place, byte in enumerate(content) if byte == 10]
            offset = chance.choice(ends) if ends and chance.random() < 0.2 else 0
            folder.put(content, offset, chance.choice((None, None, "", "Plan")))
    answered = folder.compare()
    assert len(answered) > len(folder.jobs) // 4


@pytest.mark.parametrize("seed", seeds(6, first=410_000))
def test_what_it_says_is_the_truth(seed: int, folder: Folder) -> None:
    chance = random.Random(seed)
    for whole in files(seed):
        for times in (0, 0, 1, 2, 3):
            folder.put(mutated(chance, whole, times))
    told = list(native.read(folder.jobs, Shapes({})))
    assert len(told) > len(folder.jobs) // 4
    for result in told:
        path, content = Path(folder.jobs[result[0]][1]), folder.contents[result[0]]
        rows, broken = truth(path, content)
        assert result[2] + result[3] == broken, content
        assert sorted(map(repr, packing.unpack(result[7]))) == rows, content


def truth(path: Path, content: bytes) -> tuple[list[str], int]:
    """Gives a file's rows, as they are kept, by the plain reader of `reference.py`, and its broken lines."""
    parsed = reference.parsed(reference.Transcript(path, (SLUG, HOME + ".jsonl"), [content], 0), content)
    groups = defaultdict(list)
    for row in filter(None, parsed):
        prompt = (row["input"], row["w5"] + row["w1"], row["read"])
        key = key_of(row["id"], row["request"], row["uuid"], prompt, str(path), row["offset"])
        groups[key, row["side"]].append(row)
    rows = []
    for (key, side), group in groups.items():
        best = min(group, key=reference.preference)
        first = min(group, key=lambda row: (row["ts"], row["offset"]))
        how, who = [
            tuple(clean(row[name], 1024) if row[name] else None for name in names)
            for row, names in ((best, ("model", "speed", "tier", "geo")), (first, ("project", "session")))
        ]
        counts = [best[name] for name in ("input", "output", "w5", "w1", "read", "web")]
        facts = [best["recorded"], best["steps"], best["advisors"] or None, first["ts"], first["offset"], who]
        rows.append([key, side, best["ts"], best["offset"], how, *counts, *facts])
    return sorted(map(repr, rows)), sum(row is None for row in parsed)


@pytest.mark.parametrize("seed", seeds(6, first=420_000))
def test_every_answer_of_usage_is_the_truth(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions, forks, sub-agents and replays, all of them answered by the program: nobody else reads."""
    read_with(COMPILED, monkeypatch)
    monkeypatch.setattr(Reader, "read", lambda *_: pytest.fail("the plain reader was asked"))
    machine, chance = Machine.make(tmp_path), random.Random(seed)
    names = (MAIN, FORK, "-a/s1/subagents/agent-a1.jsonl", "-b/agent-aside_question-0a1b.jsonl", "s9.jsonl")
    for turn in range(2):  # the second time they have grown
        for name in names:
            path = machine.projects / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(ordinary(chance) + b"\n")
        machine.check(chance, 12 + 30 * turn)


def test_nothing_that_claude_code_writes_is_left_to_the_plain_reader(folder: Folder) -> None:
    """Without this, the tests above could be true of a program that says nothing."""
    for number in range(400):
        folder.put(ordinary(random.Random(number)))
    assert folder.compare() == set(range(400))


def used(**more: object) -> bytes:
    return text(call(used=usage(1, 2, 3, 4, **more)))


def told(**more: object) -> bytes:
    return text(call(**more))  # type: ignore[arg-type]


def _twins(one: dict[str, object], other: dict[str, object]) -> bytes:
    """Lines of one call that are as large, in either order, earlier and later."""
    lines = []
    for number, (first, second) in enumerate(((one, other), (other, one))):
        for early, late in (("01", "02"), ("02", "01"), ("01", "01")):
            for used, second_of_it in ((first, early), (second, late)):
                at = f"2026-11-18T09:00:{second_of_it}.000Z"
                lines.append(
                    told(id=f"m{number}{early}{late}", at=at, cwd=f"/{len(lines)}", used=usage(1, 2, **used))
                )
    return b"".join(lines)


NO_TEXT = (b"\x80", b"\xbf", b"\xc0\x80", b"\xc0\xaf", b"\xc1\xbf", b"\xc2", b"\xc2\x7f", b"\xc2\xc0", b"\xe0\x80\x80",
           b"\xe0\x9f\xbf", b"\xe1\x80", b"\xe1\x80\xc0", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf",
           b"\xf1\x80\x80", b"\xf1\x80\x80\x7f", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"\xff", b"\xfe")  # fmt: skip
TEXT = (
    0x7F,
    0x80,
    0x7FF,
    0x800,
    0xFFF,
    0x1000,
    0xD7FF,
    0xE000,
    0xFFFD,
    0xFFFF,
    0x10000,
    0x3FFFF,
    0x40000,
    0xFFFFF,
    0x10FFFF,
)
ANSWERED = {
    "nothing at all": b"",
    "no line feed at the end": told().strip(),
    "cut": told()[:-30],
    "blank lines": b"\n\n  \n" + told() + b"\r\n\n",
    "CRLF": told().replace(b"\n", b"\r\n"),
    "spaces after the marker": told().replace(b'"usage":{', b'"usage":   {'),
    "spaces between tokens": told().replace(b'":', b'" : ').replace(b'"usage" :', b'"usage":').replace(b",", b" ,\t"),
    "NUL bytes before": b"\0" * 700 + told() + told(id="m2"),
    "NUL bytes in a line": told()[:50] + b"\0\0" + told()[50:],
    "bytes that are no text": told(cwd="X").replace(b"X", b"\xff\xfe") + told(cwd="X").replace(b"X", b"\xed\xa0\x80"),
    "bytes that are no text, each in its own way": b"".join(
        told(id=f"m{number}", cwd="X").replace(b"X", wrong) for number, wrong in enumerate(NO_TEXT)
    ),
    "bytes that are text, the least and the most of each length": b"".join(
        told(id=f"m{number}", cwd="X").replace(b"X", chr(code).encode()) for number, code in enumerate(TEXT)
    ),
    "as large, and one has steps": _twins({"iterations": [{}]}, {}),
    "as large, and one has a speed": _twins({"speed": "standard"}, {}),
    "as large, and both have one of them": _twins({"speed": "fast"}, {"iterations": [{}]}),
    "as large, and the same": _twins({}, {}),
    "prompts around where they cost more": b"".join(
        told(id=f"m{prompt}", model=HAIKU, used=usage(prompt, 5)) for prompt in (99_999, 100_000, 100_001, 200_000, 200_001)
    ),
    "a folder with escapes": told(cwd='/a\\b"c\u202e/ü\n') + told(id="m2", cwd="/a\x7f"),
    "a folder in UTF-8": told(cwd="X").replace(b"X", "/größe/😀".encode()),
    "a lone surrogate as session": told(session="\ud800"),
    "a very long folder": told(cwd="/x" * 5000),
    "an id of 200": told(id="m" * 200),
    "content with anything in it": told(content=[{"é": ["\\", '"usage":{', {"usage": {"input_tokens": 9}}, None, -1.5e3]}]),
    "content that is deep": told(content=[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]]),
    "empty and null": text(call(None, "", model="", session="", cwd=None, uuid="u")) + used(speed="", service_tier=None),
    "steps that are its own": used(iterations=[{"type": "message"}, {}, None]),
    "no count": text(call(used={"input_tokens": 0, "x": 1})),
    "the largest count": text(call(used=usage(10**15, 0, 0))),
    "a leap day": told(at="2024-02-29T00:00:00.000Z"),
    "the first and the last year": told(at="1971-01-01T00:00:00.000Z") + told(id="m2", at="9998-12-31T23:59:59.999Z"),
    "a fork": told(forkedFrom={"sessionId": "s0"}) + told(id="m2", forkedFrom=None),
    "costUSD is null": told(costUSD=None),
    "a summary of a task": text({"type": "user", "toolUseResult": {"usage": usage(9)}}),
    "synthetic": told(model="<synthetic>"),
    "a sub-agent's progress": text(progress(call(side=True))),
    "its data before its type": text(dict(reversed(progress(call(side=True)).items()))),
    "progress of something else": text({**progress(call()), "data": {"type": "hook_progress", "x": {"usage": {}}}}),
    "one key on both chains": told() + told(side=True) + told(id="m2"),
    "a replay": told() + told(request="r9", side=True) + told(id="m2", side=True),
    "hundreds on both chains, and replays": b"".join(
        told(id=f"m{number}") + told(id=f"m{number * 7 % 900}", request=f"r{number % 3}", side=True) for number in range(600)
    ),
    "1000 folders": b"".join(told(cwd=f"/{number}") for number in range(1000)),
}  # fmt: skip
LEFT = {
    "a byte order mark": b"\xef\xbb\xbf" + told(),
    "a key twice": told().replace(b'"cwd":', b'"cwd":"/other","cwd":'),
    "a key with an escape": told().replace(b'"cwd":', b'"\\u0063wd":'),
    "an id with an escape": told(id="m\\"),
    "an id with DEL": told(id="X").replace(b"X", b"\x7f"),
    "an id with DEL as an escape": told(id="\x7f"),
    "an id of 201": told(id="m" * 201),
    "no id at all": told(id=None),
    "a recorded cost": told(costUSD=0.1),
    "an advisor": used(iterations=[{"type": "advisor_message", "model": "x"}]),
    "a count as a float": used().replace(b":2,", b":2.0,"),
    "below nothing": text(call(used=usage(-1))),
    "minus nothing": used().replace(b":2,", b":-0,"),
    "beyond the largest count": text(call(used=usage(10**15 + 1))),
    "together beyond the largest count": text(call(used=usage(10**15, 1))),
    "sums beyond 2**62": b"".join(told(id=f"m{number}", used=usage(10**15, 0, 0)) for number in range(4612)),
    "searches beyond 2**62": b"".join(
        told(id=f"m{number}", used=usage(0, 0, 0, server_tool_use={"web_search_requests": 10**15})) for number in range(4612)
    ),
    "a leap second": told(at="2026-06-30T23:59:60.000Z"),
    "no such day": told(at="2026-02-29T00:00:00.000Z"),
    "nine decimals": told(at="2026-11-18T09:00:00.123456789Z"),
    "another zone": told(at="2026-11-18T09:00:00.000+05:30"),
    "before 1971": told(at="1970-12-31T23:59:59.999Z"),
    "no time": told(at=None),
    "NaN": told(content=float("nan")),
    "infinities": told(content=float("inf")),
    "infinities below nothing": told(content=float("-inf")),
    "a type with an escape": told().replace(b'"assistant","is', b'"\\u0061ssistant","is'),
    "a type that is taken back": told().replace(b'"type":"assistant","is', b'"type":"user","type":null,"is'),
    "a number beyond reason": told(content=10**400),
    "an exponent beyond reason": told().replace(b'"content":[]', b'"content":1e99999'),
    "deep": told().replace(b'"content":[]', b'"content":' + b"[" * 70 + b"]" * 70),
    "deep beyond reason": told().replace(b'"content":[]', b'"content":' + b"[" * 90_000 + b"]" * 90_000),
    "a list": b"[" + told().strip() + b"]\n",
    "beyond 1024 folders": b"".join(told(cwd=f"/{number}") for number in range(1025)),
}  # fmt: skip
AMID = text(call("other", "r")) + b"%b" + text(call("another", "r"))


@pytest.mark.parametrize("content", ANSWERED.values(), ids=ANSWERED)
def test_what_it_answers(content: bytes, folder: Folder) -> None:
    folder.put(content)
    folder.put(AMID % content)
    assert folder.compare() == {0, 1}


@pytest.mark.parametrize("content", LEFT.values(), ids=LEFT)
def test_what_it_leaves(content: bytes, folder: Folder) -> None:
    """An odd line leaves the whole file, wherever it stands: its calls could be of one with others."""
    folder.put(content)
    folder.put(AMID % content)
    assert folder.compare() == set()


def test_a_signed_copy_is_left(folder: Folder) -> None:
    """By its first line; the same further on says nothing."""
    folder.put(b'{"_audit_hmac":"x"}\n' + told())
    folder.put(told() + b'{"_audit_hmac":"x"}\n')
    assert folder.compare() == {1}


@pytest.mark.parametrize("piece", PIECES)
def test_a_marker_and_a_line_may_be_cut_anywhere_by_the_pieces_of_a_file(piece: int, folder: Folder) -> None:
    line = told(id="cut").replace(b'"usage":{', b'"usage":  {')
    marker = line.index(b'"usage"')
    for by in (*range(-2, 14), 200, len(line) - marker - 1, len(line) - marker, len(line) - marker + 1):
        before = told(id="m1", content="x" * 1000)
        filler = b"x" * (piece - by - len(before) - marker - 6) + b"\n"
        folder.put(before + b"{}   " + filler + line + told(id="m3"))
    assert folder.compare() == set(range(len(folder.jobs)))


def test_lines_longer_than_a_piece(folder: Folder) -> None:
    for size in (*PIECES, 3 * PIECES[-1], 5 * PIECES[-1] + 1):
        line = told(id="long", content="x" * size)
        folder.put(told() + line + told(id="m2"))
        folder.put(line.strip())
        folder.put(line[:-9])
    assert folder.compare() == set(range(len(folder.jobs)))


def test_a_file_that_has_grown_is_read_on(folder: Folder) -> None:
    lines = [told(id=f"m{number % 5}", used=usage(1, number)) for number in range(40)]
    for number in range(41):
        folder.put(b"".join(lines), offset=len(b"".join(lines[:number])))
        folder.put(b"".join(lines)[:-7], offset=len(b"".join(lines[:number])))
    folder.put(told(), offset=10**6)  # it has shrunk since it was listed
    assert folder.compare() == set(range(len(folder.jobs)))


def test_what_cannot_be_read_is_said_with_the_system_s_own_words(folder: Folder) -> None:
    folder.put(told())
    paths = [folder.path / "nowhere", folder.path, Path("/proc/self/mem"), Path("/etc/passwd/x")]
    names = [str(path) for path in paths] + [str(folder.path / "ü\udcff"), "/" + "n" * 5000]
    folder.jobs += [(number, name, SLUG, HOME, 0, 10, None) for number, name in enumerate(names, 1)]
    folder.put(told(id="m2"))
    assert folder.compare() == set(range(len(folder.jobs)))


def test_many_at_once_and_each_one_once(folder: Folder) -> None:
    """More answers than a frame holds, from several threads."""
    for number in range(300):
        folder.put(b"".join(told(id=f"m{number}-{each}") for each in range(40)))
    results = list(native.read(folder.jobs, Shapes({})))
    assert sorted(result[0] for result in results) == list(range(300))
    assert folder.compare() == set(range(300))


def test_names_are_bytes_to_it(folder: Folder) -> None:
    names: Sequence[bytes] = (b"line\nfeed", b"\xff\xfe", b"-rf", b" ", b'"quo\\te"')
    for name in names:
        path = os.path.join(os.fsencode(folder.path), name)  # noqa: PTH118  # a name that is not text
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(told())
        folder.jobs.append((len(folder.jobs), os.fsdecode(path), SLUG, HOME, 0, len(told()), None))
    assert folder.compare() == set(range(len(names)))

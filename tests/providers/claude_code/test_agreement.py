"""The indexed reader agrees with the plain one, on small cases that shrink to the smallest that does not.

`test_property_*.py` ask more, of richer machines, from seeds.
"""

import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.generator import (
    AGENT,
    FORK,
    HAIKU,
    MAIN,
    OPUS,
    Line,
    call,
    cut,
    progress,
    text,
    usage,
)
from tests.providers.claude_code.readers import READERS, read_with

FILES = (MAIN, FORK, AGENT, "-other/s3.jsonl")
JUNK = (b"", b"\0" * 9, b"{not json", cut(call()), b'{"type":"summary"}', b"\xff" + text(call()).strip())


@st.composite
def lines(draw: st.DrawFn) -> Line | bytes:
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(JUNK))
    used = usage(
        draw(st.sampled_from((1, 2))),
        draw(st.integers(0, 3)),
        draw(st.sampled_from((0, 4))),
        draw(st.sampled_from((0, 100_000))),
        speed=draw(st.sampled_from((None, "standard", "fast"))),
        cache_creation=draw(st.sampled_from((None, {"ephemeral_1h_input_tokens": 3}))),
        iterations=draw(
            st.sampled_from(
                ([], [{"type": "message"}], [{"type": "advisor_message", "model": HAIKU, **usage(7)}])
            )
        ),
    )
    line = call(
        draw(st.sampled_from((None, "m1", "m2", "m3"))),
        draw(st.sampled_from((None, "r1", "r2"))),
        used=used,
        at=f"2026-11-18T09:0{draw(st.integers(0, 9))}:00.{draw(st.integers(0, 999)):03}Z",
        model=draw(st.sampled_from((OPUS, HAIKU, "mystery"))),
        session=draw(st.sampled_from(("s1", "s2", "s3"))),
        cwd=draw(st.sampled_from(("/a", "/b"))),
        side=draw(st.booleans()),
        **draw(st.sampled_from(({}, {"uuid": "u1"}))),
    )
    return progress(line) if draw(st.integers(0, 7)) == 0 else line


contents = st.lists(st.lists(lines(), max_size=8), min_size=len(FILES), max_size=len(FILES))
cuts = st.lists(st.tuples(st.sampled_from(FILES), st.floats(0, 1)), max_size=5)


def put(machine: Machine, name: str, content: bytes) -> None:
    path = machine.projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content[path.stat().st_size :])
    os.utime(path, (1_000 + FILES.index(name), 1_000 + FILES.index(name)))


@pytest.fixture(autouse=True, scope="module", params=READERS)
def reader(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        read_with(request.param, monkeypatch)
        yield


def agree(machine: Machine) -> None:
    machine.check(random.Random(0), some=3)


@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents, cuts, st.permutations(FILES))
def test_appended_while_reading_in_any_order(
    contents: list[list[Line | bytes]], cuts: list[tuple[str, float]], order: list[str]
) -> None:
    """Files grow by pieces that end at any byte, and are read between; at the end they are whole."""
    whole = {name: text(*each) for name, each in zip(FILES, contents, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine.make(Path(folder))
        for name, place in sorted(cuts, key=lambda cut: cut[1]):
            put(machine, name, whole[name][: int(place * len(whole[name]))])
            machine.scan()
        for name in order:
            put(machine, name, whole[name])
        agree(machine)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents, st.lists(st.sampled_from(FILES), unique=True), st.permutations(FILES))
def test_deleted_transcripts_still_count(
    contents: list[list[Line | bytes]], deleted: list[str], order: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine.make(Path(folder))
        for name in order:
            put(machine, name, text(*contents[FILES.index(name)]))
            machine.scan()
        for name in deleted:
            (machine.projects / name).unlink()
        agree(machine)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents)
def test_written_over_with_the_same_is_the_same(contents: list[list[Line | bytes]]) -> None:
    """A file that is replaced is read again from its beginning and counts once."""
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine.make(Path(folder))
        for name, each in zip(FILES, contents, strict=True):
            put(machine, name, text(*each))
        before = machine.scan()
        for name in FILES:
            path = machine.projects / name
            copy = path.with_suffix(".new")
            copy.write_bytes(path.read_bytes())
            copy.replace(path)
            os.utime(path, (1_000 + FILES.index(name), 1_000 + FILES.index(name)))
        assert machine.scan() == before
        agree(machine)

"""The indexed reader agrees with the plain one, whatever is written, in whatever order it is read."""

import os
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stackk_tui.config import load_settings
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code.index import with_index
from stackk_tui.providers.claude_code.roots import find_roots
from stackk_tui.providers.claude_code.scan import scan
from stackk_tui.providers.claude_code.usage import answer
from tests.providers.claude_code import reference
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


def calls_of(home: Path) -> Counter[tuple[object, ...]]:
    """What the index gives, as plain tuples."""
    settings = load_settings({"HOME": str(home), "STACKK_HOME": str(home / "stackk")})
    roots = find_roots(settings)
    chosen, _ = with_index(
        settings.paths.claude_code_index,
        lambda index: (scan(index, roots), list(index.calls(roots.known)))[1],
    )
    return Counter(
        (call[0], *call[2:8], call[9], call.advisors, project, session)
        for call, project, session, _ in chosen
    )


def truth(projects: Path) -> Counter[tuple[object, ...]]:
    names = ("ts", "model", "input", "output", "w5", "w1", "read", "speed", "advisors", "project", "session")
    return Counter(tuple(row[name] for name in names) for row in reference.read_all(projects))


def put(projects: Path, name: str, content: bytes) -> None:
    path = projects / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content[path.stat().st_size :])
    os.utime(path, (1_000 + FILES.index(name), 1_000 + FILES.index(name)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents, cuts, st.permutations(FILES))
def test_appended_while_reading_in_any_order(
    contents: list[list[Line | bytes]], cuts: list[tuple[str, float]], order: list[str]
) -> None:
    """Files grow by pieces that end at any byte, and are read between; at the end they are whole."""
    whole = {name: text(*each) for name, each in zip(FILES, contents, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        projects = home / ".claude/projects"
        for name, place in sorted(cuts, key=lambda cut: cut[1]):
            put(projects, name, whole[name][: int(place * len(whole[name]))])
            calls_of(home)
        for name in order:
            put(projects, name, whole[name])
        assert calls_of(home) == truth(projects)
        settings = load_settings({"HOME": str(home), "STACKK_HOME": str(home / "stackk"), "TZ": "UTC"})
        report = answer(settings, UsageQuery(cost_mode="calculate"))
        costs = [cost for row in reference.read_all(projects) for cost in reference.costs(row)]
        assert (report.totals.cost or 0) == sum((cost for cost in costs if cost is not None), Decimal(0))
        assert report.skipped_lines == reference.broken(projects)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents, st.lists(st.sampled_from(FILES), unique=True), st.permutations(FILES))
def test_deleted_transcripts_still_count(
    contents: list[list[Line | bytes]], deleted: list[str], order: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        projects = home / ".claude/projects"
        projects.mkdir(parents=True)
        for name in order:
            put(projects, name, text(*contents[FILES.index(name)]))
            calls_of(home)
        expected = truth(projects)
        for name in deleted:
            (projects / name).unlink()
        assert calls_of(home) == expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contents)
def test_written_over_with_the_same_is_the_same(contents: list[list[Line | bytes]]) -> None:
    """A file that is replaced is read again from its beginning and counts once."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        projects = home / ".claude/projects"
        for name, each in zip(FILES, contents, strict=True):
            put(projects, name, text(*each))
        before = calls_of(home)
        for name in FILES:
            path = projects / name
            copy = path.with_suffix(".new")
            copy.write_bytes(path.read_bytes())
            copy.replace(path)
            os.utime(path, (1_000 + FILES.index(name), 1_000 + FILES.index(name)))
        assert calls_of(home) == before == truth(projects)

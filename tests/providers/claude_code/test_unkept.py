"""Where no index can be kept, transcripts are read all the same, and it is said that this is forgotten."""

import os

import pytest

from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code import unkept
from stackk_tui.providers.claude_code.usage import answer
from tests.providers.claude_code.conftest import Machine
from tests.providers.claude_code.generator import call, text
from tests.providers.claude_code.unwritable import NOBODY, read_only

FORGOTTEN = "What was read is not remembered: nothing can be written in "


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unkept, "_in_memory", {})


@pytest.fixture
def machine(machine: Machine) -> Machine:
    put(machine, "a", "b")
    answer(
        machine.settings, UsageQuery(by="session")
    )  # all that is needed is imported while root may read it
    for path in machine.settings.paths.data.iterdir():
        path.unlink()
    return machine


def put(machine: Machine, *names: str) -> None:
    for name in names:
        path = machine.projects / f"p/{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text(call(name, session=name)))


def test_a_folder_nobody_may_write_in(machine: Machine) -> None:
    with read_only(machine.settings.paths.data):
        for _ in range(2):
            report = machine.usage(by="session")
            assert {row.key for row in report.rows} == {"a", "b"}
            assert [each for each in report.warnings if each.startswith(FORGOTTEN)]
        put_in_memory = len(unkept._in_memory)
    assert put_in_memory == 1
    assert list(machine.settings.paths.data.iterdir()) == []


def test_what_only_the_index_knows_is_not_missing(machine: Machine) -> None:
    assert machine.usage().warnings == ()
    (machine.projects / "p/a.jsonl").unlink()
    with read_only(machine.settings.paths.data):
        report = machine.usage(by="session")
        assert {row.key for row in report.rows} == {"a", "b"}
        assert report.files == 1
        assert len(report.warnings) == 1
    assert machine.usage().warnings == ()


def test_what_comes_meanwhile_is_seen(machine: Machine) -> None:
    with read_only(machine.settings.paths.data):
        assert machine.usage().totals.requests == 2
        if os.geteuid() == NOBODY:
            os.seteuid(0)
        put(machine, "c")
        (machine.projects / "p/b.jsonl").open("ab").write(text(call("b2", session="b")))
        if os.getuid() == 0:
            os.seteuid(NOBODY)
        assert machine.usage().totals.requests == 4

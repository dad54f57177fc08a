"""The compiled program adds up all files of an account as `views.build` does, or says nothing of them together.

Machines here are small and crowded on purpose: few ids, moments, sizes, sessions and agents, so that every rule of
§3 decides something. `STACKK_SEEDS=10000` asks for more of them.
"""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackk_tui.providers.claude_code import native, worker
from stackk_tui.providers.claude_code.dedupe import FileFacts
from stackk_tui.providers.claude_code.packing import Outline, unpack_some
from stackk_tui.providers.claude_code.prices import PriceBook
from stackk_tui.providers.claude_code.reader import Reader
from stackk_tui.providers.claude_code.slots import Shapes
from stackk_tui.providers.claude_code.together import Together
from stackk_tui.providers.claude_code.views import build
from tests.providers.claude_code.generator import Line, call, progress, split, text, usage
from tests.providers.claude_code.readers import needs_the_program
from tests.providers.claude_code.test_property_agreement import seeds

if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.slots import Slots

pytestmark = needs_the_program

AGENTS = (None, None, None, "", "Explore", "Plan", "sub-agent", "größe")
SPEEDS = (None, "standard", "fast")
MODELS = ("claude-opus-5-5", "claude-sonnet-4-5", "claude-haiku-5-5", "gpt-5", "")


class Account:
    """Files of one account: `put` adds one; `both` gives what either way says of all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[tuple[Path, str, str | None]] = []

    def put(
        self, name: str, *lines: Line | bytes, home: str = "s1", agent: str | None = None, mtime: int = 1
    ) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text(*lines))
        os.utime(path, ns=(mtime, mtime))
        self.files.append((path, home, agent))

    def both(self) -> "tuple[Slots | None, Slots]":
        shapes = Shapes(dict(PriceBook().shapes()))
        jobs = [
            (number, str(path), "-slug", home, 0, path.stat().st_size, agent)
            for number, (path, home, agent) in enumerate(self.files)
        ]
        together = Together({number: self._mtime(number) for number, *_ in jobs})
        assert len(list(native.read(jobs, shapes, together=together))) <= len(jobs)
        results = {job[0]: worker.work(Reader(), job, shapes) for job in jobs}
        facts = [
            (
                number,
                Outline(*result[9:14]),
                FileFacts(
                    os.fsencode(jobs[number][1]),
                    jobs[number][3],
                    jobs[number][6],
                    result[4],
                    self._mtime(number),
                ),
            )
            for number, result in results.items()
        ]
        plain = build(
            facts, lambda number, keys, wanted: unpack_some(results[number][7], keys, wanted), shapes
        )
        return together.slots, {key: sums for key, sums in plain.items() if any(sums)}

    def _mtime(self, number: int) -> int:
        return self.files[number][0].stat().st_mtime_ns


@pytest.fixture
def account(tmp_path: Path) -> Account:
    assert native.is_built(), "there is a C compiler, but the program was not built: python hatch_build.py"
    return Account(tmp_path)


@pytest.mark.parametrize("seed", seeds(150, first=500_000))
def test_crowded_machines(seed: int, account: Account) -> None:
    chance = random.Random(seed)
    for number in range(chance.randrange(1, 7)):
        lines = [line(chance) for _ in range(chance.randrange(12))]
        name = chance.choice(("a", "b", "a/x", "a-", "ä")) + f"/{number}.jsonl"
        home = chance.choice(("s1", "s2", "s3"))
        account.put(name, *lines, home=home, agent=chance.choice(AGENTS), mtime=chance.randrange(1, 3))
    together, plain = account.both()
    assert together == plain


def line(chance: random.Random) -> Line:
    """One of a few calls, each in a few shapes; nothing in it is odd to the program."""
    used = usage(
        chance.choice((0, 5, 10)),
        chance.choice((1, 20, 20, 30)),
        chance.choice((0, 0, 4, 250_000)),
        chance.choice((0, 7)),
        speed=chance.choice(SPEEDS),
        service_tier=chance.choice((None, "standard", "batch")),
        iterations=chance.choice((None, [], [{"type": "message"}])),
        server_tool_use={"web_search_requests": chance.choice((0, 0, 2))},
    )
    if chance.random() < 0.3:
        used["cache_creation"] = split(chance.choice((0, 3)), chance.choice((0, 1, 9)))
    moment = f"2026-11-18T09:{chance.choice((0, 14, 15))}:0{chance.randrange(3)}.000Z".replace(":0:", ":00:")
    made = call(
        chance.choice(("m1", "m2", "m3", "", None)),
        chance.choice(("r1", "r2", None)),
        used=used,
        at=moment,
        model=chance.choice(MODELS),
        session=chance.choice(("s1", "s2", "s3", None)),
        cwd=chance.choice(("/a", "/größe", 'C:\\b"', None)),
        side=chance.random() < 0.4,
        uuid=chance.choice(("u1", "u2", "u3")),
    )
    if chance.random() < 0.3:
        made = progress(made, session=chance.choice(("s1", "s2")), at=moment)
        made["data"]["message"]["uuid"] = chance.choice(("u1", "u4"))
    elif chance.random() < 0.1:
        made["forkedFrom"] = {"sessionId": chance.choice(("s1", "s3"))}
    return made


ONE = call("m1", "r1")
UNTOLD: dict[str, Callable[[Account], None]] = {
    "a line only the plain reader understands": lambda a: a.put("a.jsonl", ONE, call("m2", "r2", costUSD=1)),
    "a file only it understands": lambda a: a.put("a.jsonl", b'{"_audit_hmac":"x"}', ONE),
    "an agent called like the main chain": lambda a: a.put("a.jsonl", ONE, agent="main"),
    "sums too large": lambda a: a.put(
        "a.jsonl", *(call(f"m{number}", "r", used=usage(10**15, 0, 0)) for number in range(4700))
    ),
}


@pytest.mark.parametrize("put", UNTOLD.values(), ids=UNTOLD)
def test_what_it_cannot_tell_for_sure_it_does_not_tell(
    put: Callable[[Account], None], account: Account
) -> None:
    account.put("b.jsonl", call("m9", "r9"))
    put(account)
    assert account.both()[0] is None


@pytest.mark.parametrize("session", ["s\\u0031", "größe", "s" * 1025, "s\x7f"])
def test_a_session_that_may_look_otherwise_when_it_decides(session: str, account: Account) -> None:
    """Two files begin with the same line at the same moment; whose session it is, decides."""
    escaped = text(call("m1", "r1", session="@")).replace(b'"@"', f'"{session}"'.encode()).rstrip(b"\n")
    account.put("a.jsonl", escaped, home="s1")
    account.put("b.jsonl", call("m1", "r1", session="s2"), home="s2")
    together, plain = account.both()
    assert together in (None, plain)


def test_a_file_that_is_gone_takes_nothing_from_the_others(account: Account) -> None:
    account.put("a.jsonl", ONE)
    account.put("b.jsonl", call("m2", "r2"))
    _, plain = account.both()
    account.files.append((account.folder, "s1", None))  # a folder: the system lets nobody read it
    together = Together(dict.fromkeys(range(3), 1))
    jobs = [
        (number, str(path), "-slug", home, 0, 1, agent)
        for number, (path, home, agent) in enumerate(account.files)
    ]
    results = list(native.read(jobs, Shapes(dict(PriceBook().shapes())), together=together))
    assert sorted(len(result) for result in results) == [3, 10, 10]
    assert together.slots == plain

"""A stream's lines: whole, one at a time, and never so many at once that nothing else has its turn."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from stackk_tui.net.lines import AT_A_TIME, TooLarge, each_line

pytestmark = pytest.mark.anyio


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("cut", [1, 3, AT_A_TIME - 1, AT_A_TIME, 10 * AT_A_TIME])
async def test_lines_are_whole_however_they_arrive(cut: int) -> None:
    lines = [b"x" * (n % 300) for n in range(900 if cut < 10 else 9000)]
    text = b"\r\n".join(lines)
    found: list[bytes] = []
    parts = [text[n : n + cut] for n in range(0, len(text), cut)]
    await each_line(pieces(*parts), found.append, most=len(text))
    assert found == [line for line in lines if line]


async def test_a_piece_of_megabytes_lets_everything_else_go_on() -> None:
    turns: list[int] = []
    taken: list[bytes] = []

    async def others() -> None:
        while True:
            turns.append(len(taken))
            await asyncio.sleep(0)

    going = asyncio.create_task(others())
    await each_line(pieces((b"y" * 99 + b"\n") * 50_000), taken.append, most=1 << 24)
    going.cancel()
    assert len(taken) == 50_000
    steps = [b - a for a, b in itertools.pairwise(turns)]
    assert max(steps) <= AT_A_TIME // 100 + 1


@pytest.mark.parametrize("parts", [(b"z" * 2_000_000,), (b"z" * 500_000,) * 4, (b"a\n" * 600,)])
async def test_what_no_vendor_sends_is_refused(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(TooLarge):
        await each_line(pieces(*parts), lambda line: None, most=1000 if len(parts[0]) < 2000 else 1 << 24)

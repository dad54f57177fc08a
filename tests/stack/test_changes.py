"""Whoever wants to know of changes among the logs of this machine hears of each, whoever else listens."""

import asyncio
import time
from pathlib import Path

import pytest

from stackk_tui.demo import demo_settings
from stackk_tui.model.events import ServiceRefreshed
from stackk_tui.stack import Stack
from tests.conftest import NOW
from tests.tui.usage_driving import days_ago, write_call

pytestmark = pytest.mark.anyio


@pytest.fixture
async def stack(tmp_path: Path):
    (tmp_path / "claude" / "projects").mkdir(parents=True)
    write_call(tmp_path, days_ago(1))
    opened = await Stack.open(demo_settings(tmp_path), clock=lambda: NOW)
    yield opened
    await opened.close()


async def watching(stack: Stack, number: int) -> list["asyncio.Task[int]"]:
    """Waits of `number` listeners, once the first look was taken."""
    seen = await stack.logs_changed(None)
    tasks = [asyncio.create_task(stack.logs_changed(seen)) for _ in range(number)]
    await asyncio.sleep(0.4)
    return tasks


async def test_all_who_wait_hear_within_two_seconds(stack: Stack, tmp_path: Path) -> None:
    tasks = await watching(stack, 2)
    assert not any(task.done() for task in tasks)
    began = time.monotonic()
    write_call(tmp_path, days_ago(0.5), number=2)
    counts = await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert time.monotonic() - began < 2
    assert counts[0] == counts[1]


async def test_what_changes_between_two_waits_is_not_missed(stack: Stack, tmp_path: Path) -> None:
    (task,) = await watching(stack, 1)
    write_call(tmp_path, days_ago(0.5), number=2)
    seen = await asyncio.wait_for(task, 5)
    write_call(tmp_path, days_ago(0.4), number=3)
    assert await asyncio.wait_for(stack.logs_changed(seen), 5) > seen


async def test_who_stops_waiting_leaves_the_others_their_watching_and_the_last_one_ends_it(
    stack: Stack, tmp_path: Path
) -> None:
    one, other = await watching(stack, 2)
    before = len(asyncio.all_tasks())
    one.cancel()
    await asyncio.wait([one])
    write_call(tmp_path, days_ago(0.5), number=2)
    await asyncio.wait_for(other, 5)
    (last,) = await watching(stack, 1)
    last.cancel()
    await asyncio.wait([last])
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) < before


async def test_a_service_is_followed_while_somebody_else_watches(stack: Stack, tmp_path: Path) -> None:
    signed = await stack.sign_in("claude-code", "local")
    (view,) = await stack.connect(signed.account.id)
    await stack.refresh()
    told: list[object] = []
    stop = stack.listen(told.append)
    follow = asyncio.create_task(stack.follow())
    (task,) = await watching(stack, 1)
    write_call(tmp_path, NOW.replace(hour=9), number=2)
    began = time.monotonic()
    await asyncio.wait_for(task, 5)
    while ServiceRefreshed(view.service.id) not in told and time.monotonic() - began < 5:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert ServiceRefreshed(view.service.id) in told
    assert time.monotonic() - began < 2.5
    after = await stack.service(view.service.id)
    assert after.tokens_today
    stop()
    follow.cancel()
    await asyncio.wait([follow])

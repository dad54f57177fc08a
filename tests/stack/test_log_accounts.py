"""Several accounts of one machine's logs: each service shows its own, whatever is read first and in whatever zone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from stackk_tui.config import Settings, load_settings
from stackk_tui.stack import Stack
from tests.providers.claude_code.generator import MAIN, call, text, usage

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


def write(folder: Path, *lines: object) -> None:
    path = folder / "projects" / MAIN
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(*lines))  # type: ignore[arg-type]


@pytest.fixture
def two(tmp_path: Path) -> Callable[..., Settings]:
    """Gives settings with an own folder of 1 call and one labelled `work` of 2."""
    late = "2026-11-20T23:30:00.000Z"
    write(tmp_path / "own", call("a", "1", used=usage(100), at=late))
    write(tmp_path / "work", *(call("b", str(n), used=usage(n), at=late) for n in (10, 20)))
    config = tmp_path / "config.toml"
    config.write_text(f'[[claude_code.accounts]]\nlabel = "work"\nroots = ["{tmp_path / "work"}"]\n')

    def make(zone: str = "UTC") -> Settings:
        return load_settings(
            {
                "STACKK_HOME": str(tmp_path / "stackk"),
                "STACKK_CONFIG": str(config),
                "CLAUDE_CONFIG_DIR": str(tmp_path / "own"),
                "HOME": str(tmp_path),
                "STACKK_TOKEN_STORE": "memory",
                "TZ": zone,
            }
        )

    return make


async def inputs(settings: Settings, *, add: bool = False) -> dict[str, dict[date, int]]:
    stack = await Stack.open(settings, clock=lambda: NOW)
    try:
        if add:
            await stack.connect((await stack.sign_in("claude-code", "local")).account.id)
        await stack.refresh()
        found: dict[str, dict[date, int]] = {}
        for view in await stack.services():
            assert view.month.tokens.value is not None
            history = await stack.history(view.service.id, 30)
            days = {u.day: u.tokens.input for u in history.usage if u.tokens}
            assert sum(days.values()) == view.month.tokens.value.input
            found[view.service.workspace.name] = days
        return found
    finally:
        await stack.close()


async def test_each_account_shows_its_own(two: Callable[..., Settings]) -> None:
    day = date(2026, 11, 20)
    assert await inputs(two(), add=True) == {"this machine": {day: 100}, "work": {day: 30}}
    assert await inputs(two()) == {"this machine": {day: 100}, "work": {day: 30}}


async def test_another_zone_moves_the_days_and_leaves_none_behind(two: Callable[..., Settings]) -> None:
    await inputs(two(), add=True)
    day = date(2026, 11, 21)
    assert await inputs(two("Europe/Berlin")) == {"this machine": {day: 100}, "work": {day: 30}}

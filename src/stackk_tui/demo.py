"""`stackk-tui --demo`: the real screens on the sandbox, in a folder that is gone afterwards.

`seed_demo` is also what the screenshots and the end-to-end tests stand on.
"""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from stackk_tui.config import Settings, load_settings
from stackk_tui.demo_budgets import set_budgets
from stackk_tui.folders import private_folder
from stackk_tui.model.clock import Clock, utc_now
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import Door, ProviderInfo
from stackk_tui.sandbox import claude_plan
from stackk_tui.sandbox.anthropic import AnthropicSandbox
from stackk_tui.sandbox.claude_bin import write_fake_claude
from stackk_tui.sandbox.hosts import Hosts
from stackk_tui.sandbox.openrouter import OpenRouterSandbox
from stackk_tui.sandbox.supabase import TOKEN as SUPABASE_TOKEN
from stackk_tui.sandbox.supabase import SupabaseSandbox
from stackk_tui.sandbox.transcripts import DAYS, write_runaway, write_transcripts
from stackk_tui.sandbox.vercel import VercelSandbox
from stackk_tui.sandbox.vercel_world import PRO_TEAM
from stackk_tui.sandbox.world import IDS, Cell, Loop, key_id
from stackk_tui.stack import Stack
from stackk_tui.storage.pushed_windows import Window, WindowStore

WORK_DAYS = 30
NOTE = "demo – nothing here is real"
KEYS = {"admin-key": "sk-ant-admin01-demo", "api-key": "sk-ant-api03-demo"}
"""Keys that work in the demo and nowhere else, short enough to type, by sign-in method of Anthropic."""
OTHER_KEYS = {
    ("supabase", "token"): "sbp_demo",
    ("vercel", "token"): "vcp_demo",
    ("openrouter", "api-key"): "sk-or-demo",
}
"""The same, by provider and sign-in method."""
RUNAWAY_TOKENS = (4_000_000, 3_600_000, 100_000_000, 0, 0)
"""What the key that ran wild used: some $108."""
PUSHED_DAYS = 7
SEEN_DAYS = 12
"""How long a key has been looked at daily whose vendor tells no past days."""

_SCRUBBED = ("STACKK_", "ANTHROPIC_", "CLAUDE_")


def run_demo(*, theme: str | None, mouse: bool, plain: bool) -> int:
    """Opens the screens on the sandbox and gives their exit code."""
    with demo_home() as home:
        return asyncio.run(_run(home, theme=theme, mouse=mouse, plain=plain))


async def _run(home: Path, *, theme: str | None, mouse: bool, plain: bool) -> int:
    from stackk_tui.tui.app import StackkApp

    for number in (signal.SIGHUP, signal.SIGTERM):  # until the app takes SIGTERM over
        asyncio.get_running_loop().add_signal_handler(number, _gone, home, number)
    await asyncio.to_thread(write_runaway, home / "claude", utc_now())
    stack = await open_demo(home, runaway=True)
    await seed_demo(stack, utc_now().date())

    async def give() -> Stack:
        return stack

    app = StackkApp(await stack.board(), give, theme=theme, plain=plain, note=NOTE)
    await app.run_async(mouse=mouse)
    return app.return_code or 0


@contextmanager
def demo_home() -> Iterator[Path]:
    """Gives a folder only this user can enter, and deletes it at the end."""
    home = Path(mkdtemp(prefix="stackk-demo-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _gone(home: Path, number: int) -> None:
    """The terminal is gone, or somebody wants us gone: there is nothing to keep."""
    shutil.rmtree(home, ignore_errors=True)
    os._exit(128 + number)


class DemoStack(Stack):
    """The stack, with the keys that work in the demo written where a person looks for them."""

    moved: "MovedClock"

    def providers(self) -> tuple[ProviderInfo, ...]:
        return tuple(
            replace(info, doors=tuple(_hinted(info, door) for door in info.doors))
            for info in super().providers()
        )


class MovedClock:
    """A clock that can be set back for a while, to look at what was then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ago = timedelta(0)

    def __call__(self) -> datetime:
        return self._clock() - self.ago


def _hinted(info: ProviderInfo, door: Door) -> Door:
    key = OTHER_KEYS.get((info.id, door.method)) or (KEYS.get(door.method) if info.id == "anthropic" else "")
    return replace(door, secret_hint=f"In this demo, type: {key}") if key and door.secret_label else door


async def open_demo(home: Path, clock: Clock = utc_now, *, days: int = DAYS, runaway: bool = False) -> Stack:
    """Opens a stack on the sandbox under `home`, with `days` of transcripts and no services yet.

    `runaway`: one of the organization's keys ran wild some days ago."""
    import httpx

    moved = MovedClock(clock)
    await asyncio.to_thread(_write_second_account, home, clock(), min(days, WORK_DAYS))
    settings = demo_settings(home)
    await asyncio.to_thread(write_transcripts, home / "claude", clock(), days=days)
    await asyncio.to_thread(_write_plan, settings, None if clock is utc_now else clock(), clock())
    transport = httpx.ASGITransport(app=_servers(clock, moved, runaway=runaway))
    stack = await DemoStack.open(settings, clock=moved, transport=transport)
    assert isinstance(stack, DemoStack)
    stack.moved = moved
    return stack


def _servers(clock: Clock, moved: Clock, *, runaway: bool) -> Hosts:
    """Gives the pretend servers. Only the one whose past is looked at goes by the clock that moves."""
    anthropic, supabase = AnthropicSandbox(clock=clock), SupabaseSandbox(clock=clock)
    vercel, openrouter = VercelSandbox(clock=clock), OpenRouterSandbox(clock=moved)
    if runaway:
        wild = Cell(IDS["production"], "claude-opus-5-5", RUNAWAY_TOKENS, key=key_id("ProdWorker"))
        anthropic.world.loops.append(Loop(anthropic.world.anchor - timedelta(days=3), wild))
    anthropic.keys.update({KEYS["admin-key"]: "admin", KEYS["api-key"]: "ordinary"})
    supabase.tokens[OTHER_KEYS["supabase", "token"]] = supabase.tokens[SUPABASE_TOKEN]
    vercel.tokens[OTHER_KEYS["vercel", "token"]] = "full"
    openrouter.keys[OTHER_KEYS["openrouter", "api-key"]] = "plain"
    return Hosts(
        {
            "api.anthropic.com": anthropic,
            "api.supabase.com": supabase,
            "api.vercel.com": vercel,
            "openrouter.ai": openrouter,
        }
    )


def _write_second_account(home: Path, now: datetime, days: int) -> None:
    """Writes what was done with the organization's key, in folders of its own: it can be held against the
    organization's report, which the plan's work cannot."""
    write_transcripts(home / "claude-work", now, seed=21, days=days)
    config = home / "stackk" / "config"
    private_folder(config)
    roots = json.dumps([str(home / "claude-work")])
    (config / "config.toml").write_text(f'[[claude_code.accounts]]\nlabel = "work"\nroots = {roots}\n')


def demo_settings(home: Path) -> Settings:
    """Gives settings that see nothing of this person's own accounts, keys and transcripts."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_SCRUBBED)}
    return load_settings(
        {
            **env,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "STACKK_HOME": str(home / "stackk"),
            "STACKK_TOKEN_STORE": "memory",
            "CLAUDE_CONFIG_DIR": str(home / "claude"),
            "STACKK_CLAUDE_BIN": str(home / "bin" / "claude"),
        }
    )


def _write_plan(settings: Settings, stopped: datetime | None, now: datetime) -> None:
    """Writes a `claude` for the same developer, and a week of what its status line would have told."""
    stands = {"now": stopped.isoformat()} if stopped else {}
    write_fake_claude(Path(settings.env["STACKK_CLAUDE_BIN"]), **stands)
    folder = Path(settings.env["CLAUDE_CONFIG_DIR"])
    (folder / ".claude.json").write_text(json.dumps({"oauthAccount": claude_plan.oauth_account()}))
    private_folder(settings.paths.data)
    with WindowStore(settings.paths.pushed_windows) as store:
        for ago in (*range(PUSHED_DAYS * 1440, 1440, -60), *range(1440, 60, -30), 60, 45, 30, 15):
            at = now - timedelta(minutes=ago)
            told = {
                "five_hour": claude_plan.five_hour(at),
                "seven_day": claude_plan.seven_day(at),
                "seven_day_fable": claude_plan.seven_day_model(at),
            }
            windows = {name: Window(used / 100, resets_at) for name, (used, resets_at) in told.items()}
            store.push(os.path.realpath(folder), windows, at)


async def seed_demo(stack: Stack, today: date, *, refresh: bool = True) -> None:
    """Tracks what a developer's stack looks like: a plan, an organization and two of its workspaces, this
    machine's transcripts, a database, a host, a router's key, two subscriptions typed in; then reads their
    figures."""
    signed = await stack.sign_in("anthropic", "local")
    await stack.connect(signed.account.id)
    signed = await stack.sign_in("anthropic", "admin-key", Secret(KEYS["admin-key"]))
    whole = [c.workspace.id for c in await stack.workspaces(signed.account.id) if c.workspace.whole_account]
    await stack.connect(signed.account.id, [*whole, IDS["production"], IDS["claude-code"]])
    signed = await stack.sign_in("claude-code", "local")
    await stack.connect(signed.account.id)
    await _track_others(stack, refresh=refresh)
    for form in _subscriptions(today):
        signed = await stack.sign_in("custom", "manual", None, form)
        await stack.connect(signed.account.id)
    if refresh:
        await stack.refresh()
        await set_budgets(stack)


async def _track_others(stack: Stack, *, refresh: bool) -> None:
    async def sign_in(provider: str, method: str) -> str:
        signed = await stack.sign_in(provider, method, Secret(OTHER_KEYS[provider, method]))
        return signed.account.id

    await stack.connect(await sign_in("supabase", "token"), ["nimbus-api"])
    await stack.connect(await sign_in("vercel", "token"), [PRO_TEAM], "Vercel")
    (router,) = await stack.connect(await sign_in("openrouter", "api-key"))
    if refresh and isinstance(stack, DemoStack):
        try:
            for ago in range(SEEN_DAYS, 0, -1):
                stack.moved.ago = timedelta(days=ago)
                await stack.refresh([router.service.id])
        finally:
            stack.moved.ago = timedelta(0)


def _subscriptions(today: date) -> tuple[dict[str, str], ...]:
    return (
        {
            "name": "GitHub Team",
            "price": "20.00",
            "currency": "USD",
            "cycle": "monthly",
            "next_payment": (today + timedelta(days=11)).isoformat(),
            "category": "Development",
            "color": "#8250df",
        },
        {
            "name": "Figma",
            "price": "180.00",
            "currency": "USD",
            "cycle": "yearly",
            "next_payment": (today + timedelta(days=96)).isoformat(),
            "category": "Design",
            "color": "#f24e1e",
        },
    )

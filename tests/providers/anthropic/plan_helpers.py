"""A plan behind the pretend `claude`, as the stack would hold it between two fetches."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from stackk_tui.config import Settings
from stackk_tui.folders import private_folder
from stackk_tui.model.service import Account, Service
from stackk_tui.model.snapshot import Limit, Snapshot
from stackk_tui.providers.anthropic.plan import PlanReader
from stackk_tui.providers.anthropic.plan_binary import Patience
from stackk_tui.providers.base import Fetched, Identity, Known, Session
from stackk_tui.sandbox.claude_bin import set_fake_claude, write_fake_claude
from stackk_tui.storage.pushed_windows import Window, push

QUICK = Patience(whole=8.0, end=0.3)


@dataclass(slots=True)
class PlanWorld:
    """One person's machine. `says(scenario)` changes its `claude`; `fetch` is one refresh, kept as a ledger would."""

    settings: Settings
    now: datetime
    path: Path
    log: Path
    patience: Patience = QUICK
    known: Known = field(default_factory=Known)
    session: Session | None = None
    services: list[Service] = field(default_factory=list)
    _reader: PlanReader | None = None

    def says(self, scenario: str, **ways: Any) -> None:
        set_fake_claude(self.path, scenario, **{"log": str(self.log), "now": self.now.isoformat(), **ways})

    @property
    def reader(self) -> PlanReader:
        if self._reader is None:
            self._reader = PlanReader(self.settings, lambda: self.now, self.patience)
        return self._reader

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def asked(self) -> list[str]:
        """What it was started for, in order."""
        kinds = {"--version": "version", "auth": "status", "-p": "usage"}
        return [kinds[call["words"][0]] for call in self.calls]

    def remembers(self, **account: Any) -> None:
        """Writes `.claude.json` with this `oauthAccount`."""
        home = Path(self.settings.env["HOME"])
        home.mkdir(exist_ok=True)
        (home / ".claude.json").write_text(json.dumps({"oauthAccount": account, "primaryApiKey": "no"}))

    def pushes(self, ago: timedelta, **windows: tuple[float, datetime | None]) -> None:
        """The status line told so long ago how full windows are (share, reset)."""
        private_folder(self.settings.paths.data)
        source = str(Path(self.settings.env["HOME"]) / ".claude")
        told = {name: Window(used, resets_at) for name, (used, resets_at) in windows.items()}
        push(self.settings.paths.pushed_windows, source, told, self.now - ago)

    async def sign_in(self) -> Identity:
        identity = await self.reader.identify()
        account = Account(
            id="acc_plan",
            provider="anthropic",
            method=identity.method,
            label=identity.label,
            billing_scope=identity.billing_scope,
            created_at=self.now,
        )
        self.session = Session(account, None)
        workspace = self.reader.workspace(self.session)
        self.services = [
            Service(
                id="svc_plan",
                account_id=account.id,
                provider="anthropic",
                name="Claude plan",
                workspace=workspace,
                category="AI & ML",
                color="#d97757",
                connected_at=self.now,
            )
        ]
        return identity

    async def fetch(self, *, light: bool = False) -> Fetched:
        assert self.session is not None
        fetched = await self.reader.fetch(self.session, self.services, self.known, light=light)
        self.known = Known(snapshots={**self.known.snapshots, **fetched.snapshots})
        return fetched

    async def hear(self) -> Fetched:
        assert self.session is not None
        fetched = await self.reader.heard(self.session, self.services, self.known)
        self.known = Known(snapshots={**self.known.snapshots, **fetched.snapshots})
        return fetched

    @property
    def snapshot(self) -> Snapshot:
        return self.known.snapshots["plan"]

    def limit(self, limit_id: str) -> Limit | None:
        return next((limit for limit in self.snapshot.limits if limit.id == limit_id), None)


def make_world(settings: Settings, now: datetime, folder: Path, scenario: str = "max_20x") -> PlanWorld:
    world = PlanWorld(settings, now, folder / "claude", folder / "calls.jsonl")
    write_fake_claude(world.path, scenario)
    world.says(scenario)
    return world


async def all_gone(pids: list[int], seconds: float = 5.0) -> bool:
    """Whether none of these processes is there any more, waiting a little for the system to notice."""
    until = asyncio.get_running_loop().time() + seconds
    while any(_is_there(pid) for pid in pids):
        if asyncio.get_running_loop().time() > until:
            return False
        await asyncio.sleep(0.02)
    return True


def _is_there(pid: int) -> bool:
    """A zombie counts: it would have been left behind."""
    return Path(f"/proc/{pid}").exists()

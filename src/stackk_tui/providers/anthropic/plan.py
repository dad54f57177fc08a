"""The Claude plan and its windows, from the user's own `claude` (`api/anthropic.md` §4.3, §7)."""

import asyncio
import os
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import SignInNeeded, StackkError, TimedOut, Unavailable
from stackk_tui.model.service import Service, Workspace
from stackk_tui.model.snapshot import Snapshot
from stackk_tui.providers.anthropic.plan_account import remembered
from stackk_tui.providers.anthropic.plan_binary import (
    LAST_ONES,
    PATIENCE,
    Claude,
    Patience,
    config_folder,
    program,
)
from stackk_tui.providers.anthropic.plan_pushed import Watch, begun, merged
from stackk_tui.providers.anthropic.plan_snapshot import snapshot_of
from stackk_tui.providers.anthropic.plan_tiers import label_of_account
from stackk_tui.providers.anthropic.plan_wire import CLAUDE_AI, Login
from stackk_tui.providers.base import Fetched, Finding, Identity, Known, Session
from stackk_tui.providers.claude_code.roots import find_roots

LOCAL = "local"
NAME = "Claude plan"
INTERVAL = timedelta(minutes=5)
"""`claude` asks its server for the windows no more often than this, unless a person insists."""
LONGEST = timedelta(hours=6)

_ON_THE_WAY = timedelta(seconds=2)
"""A fetch asks a moment after it may begin; the next one, `INTERVAL` later, is not to come too early."""

_ASKED, _FAILED, _PROGRAM = "asked", "failed", "program"
_LOGIN = "Run claude and type /login."
_NOTHING_KEPT = "Nothing was added."
_LATER = "It is asked again by itself later; to insist: stackk-tui refresh --force."


class PlanReader:
    """Asks `claude`, and hears what its status line told us."""

    def __init__(self, settings: Settings, clock: Clock, patience: Patience = PATIENCE) -> None:
        self._settings = settings
        self._clock = clock
        self._patience = patience
        self._claude = Claude(settings, patience)
        self._watch = Watch(settings)

    def findings(self) -> list[Finding]:
        """Says whether there is a `claude`, and of which plan; the program is not run for it."""
        env = self._settings.env
        if (path := program(env)) is None:
            return []
        account = remembered(env)
        label = (
            label_of_account(account.organization_type, account.rate_limit_tier, account.seat)
            if account
            else ""
        )
        detail = f"{label}, by your own claude" if label else _short(path, env)
        return [Finding(NAME, detail, method=LOCAL, key="p", action="track the plan and its limits")]

    async def identify(self) -> Identity:
        """Raises SignInNeeded (signed out, no plan in this login), Unavailable, TimedOut, ProtocolError."""
        try:
            async with asyncio.timeout(self._patience.whole):
                login = await self._claude.login()
            _must_have_a_plan(login)
        except TimeoutError:
            raise self._timed_out("who is signed in", means=_NOTHING_KEPT) from None
        except StackkError as error:
            error.means = _NOTHING_KEPT
            raise
        return Identity(
            key=f"{login.org_id}|{login.email.casefold()}",
            label=login.email or login.org_name or NAME,
            method=LOCAL,
            billing_scope=_scope(login),
            note="`claude` itself is asked, at most every 5 minutes; nothing of its sign-in is read or kept.",
            service_name=NAME,
        )

    def workspace(self, session: Session) -> Workspace:
        """Gives the one thing to track: the plan, called by whose it is."""
        return Workspace(id="plan", name=session.account.label, kind="subscription", whole_account=True)

    async def fetch(
        self, session: Session, services: Sequence[Service], known: Known, *, light: bool
    ) -> Fetched:
        """Gives the plan and its windows, for all services of the account. Never raises a StackkError.

        Light: the windows are not asked for again if they were within `INTERVAL`.
        """
        old = next(iter(known.snapshots.values()), None)
        carried = dict(old.carried) if old else {}
        login, usage = None, None
        began = self._clock()
        failure: StackkError | None = None
        due = not light or self._is_due(carried)
        try:
            async with asyncio.timeout(self._patience.whole):
                login = await self._login_of(session, carried.get(_PROGRAM, ""))
                if due:
                    usage = await self._claude.usage()
        except TimeoutError:
            failure = self._timed_out("how full the plan is" if login else "who is signed in")
        except StackkError as error:
            failure = error
        if login is None:
            assert failure is not None
            return await self._failed(services, old, failure)
        if usage is not None and usage.available and not usage.read:
            failure = Unavailable(
                "`claude` could not read the plan's limits from Anthropic just now.",
                f"It is offline, or it was asked too often. {LAST_ONES}",
                _LATER,
            )
        if due:
            carried = self._after(carried, failure, began)
        carried[_PROGRAM] = self._claude.checked
        account = await asyncio.to_thread(remembered, self._settings.env)
        if account is not None and not account.is_of(login.org_id, login.email):
            account = None
        snapshot = snapshot_of(
            login,
            usage,
            account,
            old,
            self._clock(),
            unknown_question=due and failure is None and usage is None,
            carried=carried,
            explained_by=await asyncio.to_thread(_whose_transcripts, self._settings, login.projects),
        )
        heard = await asyncio.to_thread(merged, self._settings, snapshot)
        return Fetched(
            snapshots={s.workspace.id: begun(heard.snapshot) for s in services},
            samples={s.workspace.id: heard.samples for s in services} if heard.samples else {},
            failures={s.workspace.id: failure for s in services} if failure else {},
        )

    async def changed(self) -> None:
        await self._watch.changed()

    async def heard(self, session: Session, services: Sequence[Service], known: Known) -> Fetched:
        """Gives the last snapshots with what the status line told since; asks nobody."""
        fetched = Fetched()
        for service in services:
            old = known.snapshots.get(service.workspace.id)
            if old is None:
                continue
            ours = await asyncio.to_thread(self._is_signed_in, session)
            heard = await asyncio.to_thread(merged, self._settings, old, ours=ours)
            if heard.news:
                fetched.snapshots[service.workspace.id] = heard.snapshot
                fetched.samples[service.workspace.id] = heard.samples
        return fetched

    async def _login_of(self, session: Session, known_good: str) -> Login:
        """Raises SignInNeeded when it is nobody's, has no plan, or is somebody else's."""
        login = await self._claude.login(known_good)
        _must_have_a_plan(login)
        if not _is_same(session, login):
            raise SignInNeeded(
                f"`claude` is signed in to another account now than {session.account.label}.",
                "Its last good figures stay; nothing of the other one is shown under its name.",
                f"Sign in to {session.account.label} again with /login, or add the other one.",
            )
        return login

    async def _failed(
        self, services: Sequence[Service], old: Snapshot | None, failure: StackkError
    ) -> Fetched:
        """Nothing was learned. What was pushed is taken in, unless somebody else is signed in."""
        fetched = Fetched(failures={s.workspace.id: failure for s in services})
        if old is not None:
            ours = not isinstance(failure, SignInNeeded)
            heard = await asyncio.to_thread(merged, self._settings, old, ours=ours)
            if heard.news:
                fetched.snapshots = {s.workspace.id: heard.snapshot for s in services}
                fetched.samples = {s.workspace.id: heard.samples for s in services}
        return fetched

    def _is_due(self, carried: Mapping[str, str]) -> bool:
        asked = _moment(carried.get(_ASKED, ""))
        return asked is None or not asked <= self._clock() < asked + INTERVAL - _ON_THE_WAY

    def _after(self, carried: dict[str, str], failure: StackkError | None, began: datetime) -> dict[str, str]:
        """Notes when it was asked; after each failure in a row it is asked half as often, up to `LONGEST`."""
        carried = {**carried, _ASKED: began.isoformat()}
        if failure is None:
            carried.pop(_FAILED, None)
            return carried
        times = min(10, int(carried.get(_FAILED, "0")) if carried.get(_FAILED, "0").isdigit() else 0)
        pause = min(INTERVAL * 2**times, LONGEST / 1.2) * random.uniform(1.0, 1.2)  # noqa: S311
        failure.retry_at = self._clock() + pause
        return {**carried, _FAILED: str(times + 1)}

    def _is_signed_in(self, session: Session) -> bool:
        """Whether Claude Code remembers this account as the one signed in, as far as it says. Blocking."""
        account = remembered(self._settings.env)
        if account is None or not (account.org_id or account.email):
            return True
        return _is_same(session, Login(True, CLAUDE_AI, email=account.email, org_id=account.org_id))

    def _timed_out(self, what: str, *, means: str = LAST_ONES) -> TimedOut:
        return TimedOut(
            f"`claude` did not say {what} within {self._patience.whole:g} seconds.",
            means,
            "Run claude yourself to see why.",
        )


def _whose_transcripts(settings: Settings, projects: str) -> str:
    """Gives the label under which the transcripts of this login are counted; empty is this machine's own."""
    folder = os.path.realpath(projects or config_folder(settings.env) / "projects")
    return next((a.label for a in find_roots(settings).accounts if folder in a.known), "")


def _must_have_a_plan(login: Login) -> None:
    """Raises SignInNeeded."""
    if not login.logged_in:
        raise SignInNeeded("`claude` is not signed in.", LAST_ONES, _LOGIN)
    if login.method == CLAUDE_AI:
        return
    if login.provider not in ("", "firstParty"):
        what = "`claude` uses its models through a cloud provider, which has no plan."
    elif login.method == "oauth_token":
        what = "`claude` is signed in by a token from setup-token, which does not say its plan."
    else:
        what = "`claude` is signed in with an API key, which has no plan."
    raise SignInNeeded(what, LAST_ONES, f"To track a plan, sign in to it. {_LOGIN}")


def _scope(login: Login) -> str:
    return f"claude:org:{login.org_id}" if login.org_id else f"claude:account:{login.email.casefold()}"


def _is_same(session: Session, login: Login) -> bool:
    """The same organization and, in it, the same person."""
    account = session.account
    if login.email and "@" in account.label and account.label.casefold() != login.email.casefold():
        return False
    return account.billing_scope in (_scope(login), f"claude:account:{login.email.casefold()}") or not (
        login.org_id or login.email
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _short(path: str, env: Mapping[str, str]) -> str:
    home = env.get("HOME") or str(Path.home())
    return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path

"""What takes longer than the line may take: the plan from the ledger, today's value from the transcripts."""

import json
import sqlite3
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.model.clock import utc_now
from stackk_tui.providers.anthropic.plan_account import Remembered, remembered
from stackk_tui.providers.claude_code.statusline.facts import AROUND
from stackk_tui.providers.claude_code.statusline.quick_json import parse
from stackk_tui.providers.claude_code.statusline.where import Places, claude_folder, source_of
from stackk_tui.providers.claude_code.today import kept_today
from stackk_tui.providers.claude_code.zone import local_zone
from stackk_tui.storage.pushed_windows import WindowStore

_PLANS = """
    SELECT account.body, snapshot.body, snapshot.fetched_at FROM service
    JOIN account ON account.id = service.account_id
    JOIN snapshot ON snapshot.service_id = service.id
    WHERE service.connected AND account.provider = 'anthropic'
"""
_SCOPE = "claude:"
"""How the billing scope of a plan's account begins."""


def refresh(settings: Settings) -> None:
    """Reads what is new in the transcripts, then looks around and keeps that. Raises StackkError."""
    from stackk_tui.providers.claude_code.live import live_usage

    live_usage(settings, utc_now())
    now = utc_now()
    name = f"{AROUND}:{source_of(claude_folder(settings.env, Places(settings.env).home))}"
    with WindowStore(settings.paths.pushed_windows) as store:
        before, _ = store.notes().get(name, ("", now))
        store.put_note(name, around(settings, before, now, counted=True), now)


def around(settings: Settings, before: str, now: datetime, *, counted: bool = False) -> str:
    """Gives what is known elsewhere, as JSON for `facts.Around`: the plan and its windows as the ledger has
    them, what today is worth as the last scan counted it, and since when it has been the same login here.
    `before` is what this gave the last time, empty for the first; `counted`: a scan has just ended."""
    signed_in = remembered(settings.env)
    plan, windows = _plan_of(settings.paths.ledger, signed_in)
    who = _mark_of(signed_in)
    last = parse(before.encode())
    since = last.get("since") if last.get("who", who) == who else now.timestamp()
    today = _today(settings, now, now if counted else None)
    return json.dumps({"plan": plan, "windows": windows, "today": today, "who": who, "since": since})


def _mark_of(signed_in: Remembered | None) -> str:
    """Gives what tells one login from another, and does not tell whose it is."""
    said = f"{signed_in.org_id}|{signed_in.email}" if signed_in else ""
    return sha256(said.encode()).hexdigest()[:16]


def _today(settings: Settings, now: datetime, counted_at: datetime | None) -> dict[str, object] | None:
    today = kept_today(settings, now)
    if today is None or today.cost is None:
        return None
    zone = local_zone(settings)[0]
    until = datetime.combine(today.day + timedelta(days=1), time(), zone)
    return {
        "dollars": str(today.cost),
        "at": int((counted_at or today.as_of).timestamp()),
        "until": int(until.timestamp()),
        "partly": today.unpriced_tokens > 0,
    }


def _plan_of(ledger: Path, signed_in: Remembered | None) -> tuple[str | None, dict[str, dict[str, object]]]:
    """Gives the plan's name and its windows; nothing when it is not sure that it is the plan of who is signed
    in here."""
    found = [row for row in _rows(ledger) if _is_plan_of(row[0], signed_in)]
    if len(found) != 1:
        return None, {}
    _, body, fetched_at = found[0]
    plan = body.get("plan")
    value = plan.get("value") if isinstance(plan, dict) else None
    label = value.get("label") if isinstance(value, dict) else None
    windows: dict[str, dict[str, object]] = {}
    for limit in _limits(body):
        at = _seconds(limit.get("as_of")) or _seconds(fetched_at)
        if isinstance(limit.get("used"), int | float) and at:
            resets_at = _seconds(limit.get("resets_at"))
            windows[str(limit.get("id"))] = {"used": limit["used"], "at": at, "resets_at": resets_at}
    return (label if isinstance(label, str) else None), windows


def _rows(ledger: Path) -> list[tuple[dict[str, object], dict[str, object], object]]:
    """Gives the account, the snapshot and its time of every service of the vendor."""
    if not ledger.exists():
        return []
    try:
        connection = sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=0.5)
        try:
            rows = connection.execute(_PLANS).fetchall()
        finally:
            connection.close()
        read = [(json.loads(account), json.loads(body), at) for account, body, at in rows]
        return [row for row in read if isinstance(row[0], dict) and isinstance(row[1], dict)]
    except (sqlite3.Error, ValueError, RecursionError):  # who opens the ledger to use it says what is wrong
        return []


def _is_plan_of(account: dict[str, object], signed_in: Remembered | None) -> bool:
    scope, label = str(account.get("billing_scope", "")), str(account.get("label", ""))
    if not scope.startswith(_SCOPE):
        return False
    if signed_in is None or not (signed_in.org_id or signed_in.email):
        return True
    email = signed_in.email.casefold()
    if email and "@" in label and label.casefold() != email:
        return False
    return scope in (f"{_SCOPE}org:{signed_in.org_id}", f"{_SCOPE}account:{email}")


def _limits(body: dict[str, object]) -> list[dict[str, object]]:
    limits = body.get("limits")
    return [limit for limit in limits if isinstance(limit, dict)] if isinstance(limits, list) else []


def _seconds(text: object) -> int | None:
    try:
        return int(datetime.fromisoformat(str(text)).astimezone(UTC).timestamp())
    except ValueError:
        return None

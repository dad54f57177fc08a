"""What Claude Code remembers of its account in `.claude.json` (`api/anthropic.md` §5.1).

Only the object `oauthAccount` is taken, which holds no secret; the rest of the file is let go unseen. It is
not documented, so every figure from it is an estimate. The credentials file is never opened.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from stackk_tui.insight.days import next_occurrence
from stackk_tui.model.text import clean
from stackk_tui.providers.anthropic.plan_binary import config_folder

_MOST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Remembered:
    """Empty where nothing is said."""

    org_id: str = ""
    email: str = ""
    organization_type: str = ""
    rate_limit_tier: str = ""
    seat: str = ""
    subscribed_at: datetime | None = None

    def is_of(self, org_id: str, email: str) -> bool:
        """Whether it speaks of this account, not of one that was signed in before."""
        if org_id and self.org_id:
            return org_id == self.org_id
        return bool(email) and email.casefold() == self.email.casefold()

    def next_payment(self, today: date) -> date | None:
        """Gives the day of the month on which the plan began, from today on: a guess at the next payment."""
        return next_occurrence(self.subscribed_at.date(), "monthly", today) if self.subscribed_at else None


def remembered(env: Mapping[str, str]) -> Remembered | None:
    """Gives what is remembered, or None. Blocking: reads one file."""
    own = env.get("CLAUDE_CONFIG_DIR", "").strip()
    home = Path(env["HOME"]) if env.get("HOME") else Path.home()
    told = _account(config_folder(env) / ".claude.json" if own else home / ".claude.json")
    if told is None:
        return None
    return Remembered(
        org_id=_text(told.get("organizationUuid")),
        email=_text(told.get("emailAddress")),
        organization_type=_text(told.get("organizationType")),
        rate_limit_tier=_text(told.get("organizationRateLimitTier")),
        seat=_text(told.get("seatTier")),
        subscribed_at=_moment(told.get("subscriptionCreatedAt")),
    )


def _account(path: Path) -> dict[str, object] | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(handle, "rb") as file:  # noqa: PTH123
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST:
                return None
            told = json.loads(file.read()).get("oauthAccount")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _text(told: object) -> str:
    return clean(told).strip() if isinstance(told, str) else ""


def _moment(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None

"""What a token and an account say of themselves: when the one ends, whether the other is paused (§1, §2)."""

from datetime import datetime, timedelta

from stackk_tui.model.snapshot import Metric
from stackk_tui.providers.vercel.wire import SoftBlock, Team, Token, User

SECTION = "Token"
ENDING_SOON = timedelta(days=14)
PAUSED, ENDS = "Vercel has paused ", "This token ends on "
Said = tuple[list[Metric], list[str]]
"""Metrics and notes."""


def paused(user: User | None, team: Team | None) -> Said:
    """Gives what stands above everything else: a soft block, of the team or of the person's own account."""
    metrics, notes = [], []
    blocks = (
        ("this team", team.soft_block if team else None),
        ("your account", user.soft_block if user else None),
    )
    for whose, block in blocks:
        if block is None:
            continue
        notes.append(_pause(whose, block))
        metrics.append(
            Metric(
                id="paused", label="Paused by Vercel", value=_reason(block), section=SECTION, headline=True
            )
        )
    return metrics[:1], notes


def ending(token: Token, now: datetime) -> Said:
    """Gives when the token ends, and says so while there is still time to make a new one."""
    ends = min((e for e in (token.expires_at, *(s.expires_at for s in token.scopes)) if e), default=None)
    value = f"{ends:%Y-%m-%d}" if ends else "never"
    metric = Metric(id="token_expires", label="Token ends", value=value, section=SECTION, as_of=now)
    if ends is None or ends - now > ENDING_SOON:
        return [metric], []
    return [metric], [f"{ENDS}{value}: create a new one before, and sign in again with it."]


def _pause(whose: str, block: SoftBlock) -> str:
    since = f" since {block.blocked_at:%Y-%m-%d}" if block.blocked_at else ""
    until = f" It goes on again on {block.unpause_at:%Y-%m-%d}." if block.unpause_at else ""
    return f"{PAUSED}{whose}{since}: {_reason(block)}.{until}"


def _reason(block: SoftBlock) -> str:
    return (block.reason or "no reason given").replace("_", " ").lower()

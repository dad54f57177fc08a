"""Errors as they are kept beside a service, and back again."""

from datetime import datetime

from stackk_tui.model.errors import (
    Forbidden,
    NetworkError,
    OperationCancelled,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    SpendLimitReached,
    StackkError,
    TimedOut,
    Unavailable,
    VaultLocked,
)
from stackk_tui.model.service import ErrorNote

_KINDS = (
    Forbidden,
    NetworkError,
    OperationCancelled,
    ProtocolError,
    RateLimited,
    SignInNeeded,
    SpendLimitReached,
    TimedOut,
    Unavailable,
    VaultLocked,
)


def note_of(error: StackkError, now: datetime) -> ErrorNote:
    """Gives an error as it is kept beside a service."""
    return ErrorNote(
        code=error.code,
        message=error.what,
        lines=tuple(error.lines()),
        request_id=error.request_id,
        retry_at=error.retry_at,
        happened_at=now,
    )


def error_of(note: ErrorNote) -> StackkError:
    """Gives the error that a note was made of: its code, its words and when to come back."""
    kind = next((kind for kind in _KINDS if kind.code == note.code), Unavailable)
    what, means, next_step = (*note.lines, "", "", "")[:3]
    return kind(what or note.message, means, next_step, request_id=note.request_id, retry_at=note.retry_at)

"""A process that pushes windows until it is killed or has pushed `times`: PATH SOURCE TIMES."""

import sqlite3
import sys
from datetime import UTC, datetime, timedelta

from stackk_tui.model.errors import StorageError
from stackk_tui.storage.pushed_windows import Window, push

path, source, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
BEGIN = datetime(2026, 11, 22, 15, tzinfo=UTC)


def insist(windows: dict[str, Window], moment: datetime) -> None:
    """Pushes until it is this one's turn: among writers that never pause, no wait is long enough for all."""
    while True:
        try:
            return push(path, source, windows, moment)
        except StorageError as error:
            if not is_busy(error.__cause__):
                raise


def is_busy(cause: BaseException | None) -> bool:
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode == sqlite3.SQLITE_BUSY


for number in range(times):
    moment = BEGIN + timedelta(seconds=number)
    windows = {
        "five_hour": Window(number / 1000, BEGIN + timedelta(hours=3)),
        "seven_day": Window(number / 1000),
    }
    insist(windows, moment)
    if number == 0:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

"""A process that pushes windows until it is killed or has pushed `times`: PATH SOURCE TIMES."""

import sys
from datetime import UTC, datetime, timedelta

from stackk_tui.storage.pushed_windows import Window, push

path, source, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
BEGIN = datetime(2026, 11, 22, 15, tzinfo=UTC)
for number in range(times):
    moment = BEGIN + timedelta(seconds=number)
    windows = {
        "five_hour": Window(number / 1000, BEGIN + timedelta(hours=3)),
        "seven_day": Window(number / 1000),
    }
    push(path, source, windows, moment)
    if number == 0:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

"""Runs all benchmarks: `python -m benchmarks [start|idle|refresh|transcripts|statusline|backtest|pace|…]`."""

import sys
import tempfile
from pathlib import Path

from benchmarks import alerts, backtest, idle, pace, refresh, start, statusline, stream, watching
from benchmarks.transcripts import run as transcripts

ALL = {
    "start": start.run,
    "idle": idle.run,
    "refresh": refresh.run,
    "transcripts": transcripts.run,
    "statusline": statusline.run,
    "backtest": backtest.run,
    "pace": pace.run,
    "stream": stream.run,
    "alerts": alerts.run,
    "watching": watching.run,
}

with tempfile.TemporaryDirectory() as folder:
    for name in sys.argv[1:] or list(ALL):
        ALL[name](Path(folder))

"""Runs all benchmarks: `python -m benchmarks [start|idle|refresh]`."""

import sys
import tempfile
from pathlib import Path

from benchmarks import idle, refresh, start

ALL = {"start": start.run, "idle": idle.run, "refresh": refresh.run}

with tempfile.TemporaryDirectory() as folder:
    for name in sys.argv[1:] or list(ALL):
        ALL[name](Path(folder))

"""Whatever stands in the transcripts, every answer is the plain reader's: to the token, to the last decimal.

Each seed is a machine of its own (`worlds.py`). `STACKK_SEEDS=5000` asks for more of them; `STACKK_SEED=17` for
one. README.md says which test holds which trap of `claude-code-logs.md` §10.
"""

import os
from pathlib import Path

import pytest

from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.worlds import put, world


def seeds(usual: int, first: int = 0) -> list[int]:
    one = os.environ.get("STACKK_SEED")
    return [int(one)] if one else list(range(first, first + int(os.environ.get("STACKK_SEEDS", usual))))


@pytest.mark.parametrize("seed", seeds(32))
def test_every_grouping_zone_mode_and_filter(seed: int, tmp_path: Path) -> None:
    machine, made = Machine.make(tmp_path), world(seed)
    put(machine.projects, made)
    machine.check(made.chance)

"""The two readers of transcripts, either of which must say the same: the plain one and the compiled one."""

import os
import shlex
import shutil

import pytest

from stackk_tui.providers.claude_code import native, pool

COMPILER = shutil.which(shlex.split(os.environ.get("CC", "") or "cc")[0]) if os.name == "posix" else None
"""Where there is one, an installation builds the program, and it is a mistake if it is not there."""
needs_the_program = pytest.mark.skipif(
    COMPILER is None and not native.is_built(),
    reason="no C compiler on this machine: the program cannot be built",
)
PLAIN, COMPILED = "plain", "compiled"
READERS = (PLAIN, pytest.param(COMPILED, marks=needs_the_program))


def read_with(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets one of the readers look at everything first, however little it is."""
    if reader == COMPILED:
        assert native.is_built(), (
            "there is a C compiler, but the program was not built: python hatch_build.py"
        )
    monkeypatch.setattr(pool, "NATIVE", -1 if reader == COMPILED else 1 << 60)

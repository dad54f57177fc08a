"""Builds the compiled reader of transcripts, where there is a C compiler.

The program is optional (`providers/claude_code/native.py`), so nothing that goes wrong here stops an
installation; it is said, and that is all.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src/stackk_tui/providers/claude_code/compiled")
PROGRAM = FOLDER / "read-transcripts"
PLAIN = ["-std=c11", "-O3", "-pthread"]
HARDENED = ["-fPIE", "-pie", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-Wl,-z,relro,-z,now"]


class CompiledReader(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if build(root):
            build_data["artifacts"].append(f"/{PROGRAM}")
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
        else:
            self.app.display_warning("No C compiler: transcripts will be read by the plain reader.")

    def clean(self, versions: list[str]) -> None:
        (Path(self.root) / PROGRAM).unlink(missing_ok=True)


def build(root: Path) -> bool:
    """Compiles the program, and says whether it is there now. Never leaves an older one."""
    target = root / PROGRAM
    target.unlink(missing_ok=True)
    words = shlex.split(os.environ.get("CC", "") or "cc")
    if os.name != "posix" or not shutil.which(words[0]):
        return False
    sources = sorted(str(path) for path in (root / FOLDER).glob("*.c"))
    made = target.with_suffix(".new")
    for flags in ([*PLAIN, *HARDENED], PLAIN):  # not every compiler knows all of them
        command = [*words, *flags, "-o", str(made), *sources]
        try:
            done = subprocess.run(command, capture_output=True, check=False, timeout=300)
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode == 0:
            made.chmod(0o755)
            made.replace(target)
            return True
    return False


if __name__ == "__main__":
    sys.exit(not build(Path(__file__).parent))

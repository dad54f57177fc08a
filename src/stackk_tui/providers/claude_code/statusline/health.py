"""Whether the status line is in place and heard of, for `doctor`."""

import os
import shlex
import shutil
from datetime import datetime
from pathlib import Path

from stackk_tui.config import Settings
from stackk_tui.model.errors import StorageError
from stackk_tui.providers.claude_code.statusline.install import installed_command
from stackk_tui.providers.claude_code.statusline.line import age
from stackk_tui.providers.claude_code.statusline.settings_file import SettingsFile
from stackk_tui.providers.claude_code.statusline.where import Places, claude_folder, source_of
from stackk_tui.storage.pushed_windows import latest


def health(settings: Settings, now: datetime) -> tuple[str, bool] | None:
    """Gives a sentence and whether it is worth a look; None where Claude Code has no folder. Blocking."""
    folder = claude_folder(settings.env, Places(settings.env).home)
    if not os.path.isdir(folder):
        return None
    try:
        command = installed_command(SettingsFile(Path(folder)))
        heard = latest(settings.paths.pushed_windows, source_of(folder))
    except StorageError as error:
        return error.what, True
    if command is None:
        return "not installed; stackk-tui statusline --install puts it there", False
    if not _is_there(command, settings.env.get("PATH", os.defpath)):
        return "installed, but its program is gone; run: stackk-tui statusline --install", True
    if not heard:
        return "installed; no window was heard of yet", False
    last = max(window.at for window in heard.values())
    return f"installed; windows last heard of {age(now - last)} ago", False


def _is_there(command: str, path: str) -> bool:
    try:
        return shutil.which(shlex.split(command)[0], path=path) is not None
    except (ValueError, IndexError):
        return True  # written in a way of its own: the shell knows

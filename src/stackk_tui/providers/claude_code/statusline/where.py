"""Where things are and how the line is to look, without `config`, which takes longer to import than the line
may take. A test holds that both say the same."""

import os
import sys
from collections.abc import Mapping

APP = "stackk-tui"


class Places:
    """`data` is the folder of windows.db, `config_file` the path of config.toml, `home` the person's."""

    __slots__ = ("config_file", "data", "home")

    def __init__(self, env: Mapping[str, str]) -> None:
        self.home = env.get("HOME") or os.path.expanduser("~")
        if root := env.get("STACKK_HOME"):
            root = os.path.abspath(os.path.expanduser(root))
            config, self.data = os.path.join(root, "config"), os.path.join(root, "data")
        else:
            config, self.data = _usual(env, self.home)
        named = env.get("STACKK_CONFIG")
        self.config_file = os.path.expanduser(named) if named else os.path.join(config, "config.toml")

    @property
    def windows(self) -> str:
        return os.path.join(self.data, "windows.db")

    @property
    def lock(self) -> str:
        return os.path.join(self.data, "statusline.lock")


def _usual(env: Mapping[str, str], home: str) -> tuple[str, str]:
    """Gives the folders of settings and of data, as platformdirs does."""
    android = hasattr(sys, "getandroidapilevel") or "ANDROID_ROOT" in env
    if sys.platform not in ("linux", "darwin") or android:
        from stackk_tui.config import load_settings

        paths = load_settings({k: v for k, v in env.items() if k != "STACKK_CONFIG"}).paths
        return str(paths.config_file.parent), str(paths.data)
    if sys.platform == "darwin":
        config = data = os.path.join(home, "Library", "Application Support")
    else:
        config, data = os.path.join(home, ".config"), os.path.join(home, ".local", "share")
    named_config, named_data = env.get("XDG_CONFIG_HOME", ""), env.get("XDG_DATA_HOME", "")
    config = named_config if named_config.startswith("/") else config
    data = named_data if named_data.startswith("/") else data
    return os.path.join(config, APP), os.path.join(data, APP)


def claude_folder(env: Mapping[str, str], home: str) -> str:
    """Gives Claude Code's folder: the first entry of `CLAUDE_CONFIG_DIR`, else `~/.claude`."""
    named = env.get("CLAUDE_CONFIG_DIR", "").partition(",")[0].strip()
    if named == "~" or named.startswith("~/"):
        return home + named[1:]
    return os.path.abspath(named) if named else os.path.join(home, ".claude")


def source_of(folder: str) -> str:
    """Gives the name under which the windows of a folder's login are kept: its real path."""
    return os.path.realpath(folder)

"""The quick way to the folders leads where the thorough one does."""

import itertools
from pathlib import Path

import pytest

from stackk_tui.config import load_settings
from stackk_tui.providers.anthropic.plan_binary import config_folder
from stackk_tui.providers.claude_code.statusline.where import Places, claude_folder

VARIABLES = ("STACKK_HOME", "STACKK_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
VALUES = (None, "", "/abs/folder", "relative/folder", "~/under home")


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", VALUES)
def test_the_folders_are_those_of_the_settings(
    variable: str, value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"HOME": str(tmp_path)} | ({} if value is None else {variable: value})
    for name in (*VARIABLES, "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, said in env.items():  # platformdirs asks the process
        monkeypatch.setenv(name, said)
    paths, places = load_settings(env).paths, Places(env)
    assert places.windows == str(paths.pushed_windows)
    assert places.config_file == str(paths.config_file)


@pytest.mark.parametrize("named", [None, "", "  ", "/one", "/one, /two", "~/one,~/two", "~", "rel/ative"])
def test_the_folder_of_claude_code_is_the_one_the_plan_is_read_from(
    named: str | None, tmp_path: Path
) -> None:
    env = {"HOME": str(tmp_path)} | ({} if named is None else {"CLAUDE_CONFIG_DIR": named})
    if named == "~":  # of a folder of that name nobody has heard
        assert claude_folder(env, env["HOME"]) == str(tmp_path)
        return
    assert claude_folder(env, env["HOME"]) == str(config_folder(env))


def test_every_combination_of_xdg_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for config, data in itertools.product(("/c", ""), ("/d", "")):
        env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": config, "XDG_DATA_HOME": data}
        monkeypatch.delenv("STACKK_HOME", raising=False)
        for name, said in env.items():
            monkeypatch.setenv(name, said)
        paths, places = load_settings(env).paths, Places(env)
        assert (places.windows, places.config_file) == (str(paths.pushed_windows), str(paths.config_file))

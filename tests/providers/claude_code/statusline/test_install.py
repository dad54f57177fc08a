"""Claude Code's settings.json: what is written, what is not touched, and what is put back."""

import json
import os
import shlex
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.model.errors import StorageError
from stackk_tui.providers.claude_code.statusline.install import install, installed_command, uninstall
from stackk_tui.providers.claude_code.statusline.settings_file import SettingsFile

PROGRAM = ["/opt/my tools/stackk-tui"]
OURS = "'/opt/my tools/stackk-tui' statusline"
OLD = "~/.claude/line.sh \"a b\" | sed 's/x/$HOME/'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".claude"


@pytest.fixture
def path(folder: Path) -> Path:
    folder.mkdir()
    return folder / "settings.json"


def put_in(folder: Path, **options: str) -> Path | None:
    return install(SettingsFile(folder), PROGRAM, {f"--{k}": v for k, v in options.items()}).write()


def take_out(folder: Path) -> Path | None:
    return uninstall(SettingsFile(folder)).write()


def entry(folder: Path) -> Any:
    return json.loads((folder / "settings.json").read_text()).get("statusLine")


def backups(folder: Path) -> list[Path]:
    return sorted(folder.glob("settings.json.*.bak"))


def test_without_a_file_one_is_made(folder: Path) -> None:
    assert put_in(folder) is None
    assert (folder / "settings.json").read_text() == (
        '{\n  "statusLine": {\n    "type": "command",\n    "command": "' + OURS + '"\n  }\n}\n'
    )
    assert stat.S_IMODE((folder / "settings.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    take_out(folder)
    assert (folder / "settings.json").read_text() == "{}\n"


def test_the_command_before_is_handed_on_to_and_comes_back(path: Path, folder: Path) -> None:
    before = json.dumps(
        {"model": "opus", "statusLine": {"type": "command", "command": OLD, "padding": 0}}, indent=4
    )
    path.write_text(before)
    put_in(folder)
    assert entry(folder) == {"type": "command", "command": f"{OURS} --chain {shlex.quote(OLD)}", "padding": 0}
    assert shlex.split(entry(folder)["command"])[-1] == OLD
    take_out(folder)
    assert path.read_text() == before


def test_a_shell_gives_the_old_command_back_unchanged(path: Path, folder: Path, tmp_path: Path) -> None:
    program = tmp_path / "stackk-tui"
    program.write_text('#!/bin/sh\nprintf %s "$3"\n')
    program.chmod(0o755)
    path.write_text(json.dumps({"statusLine": {"type": "command", "command": OLD}}))
    install(SettingsFile(folder), [str(program)], {}).write()
    done = subprocess.run(["sh", "-c", entry(folder)["command"]], capture_output=True, text=True, check=True)
    assert done.stdout == OLD


def test_twice_is_once(path: Path, folder: Path) -> None:
    path.write_text(json.dumps({"statusLine": {"type": "command", "command": OLD}}))
    put_in(folder)
    first = path.read_text()
    assert not install(SettingsFile(folder), PROGRAM, {}).needed
    change = install(SettingsFile(folder), ["/new/place/stackk-tui"], {})
    change.write()
    assert entry(folder)["command"] == f"/new/place/stackk-tui statusline --chain {shlex.quote(OLD)}"
    put_in(folder)
    assert path.read_text() == first


def test_options_are_kept_until_they_are_given_again(path: Path, folder: Path) -> None:
    put_in(folder, format="{week}")
    put_in(folder, chain="mine")
    assert shlex.split(entry(folder)["command"])[1:] == [
        "statusline",
        "--format",
        "{week}",
        "--chain",
        "mine",
    ]
    put_in(folder, format="{five_hour}")
    assert "{five_hour}" in entry(folder)["command"]
    take_out(folder)
    assert entry(folder) == {"type": "command", "command": "mine"}


def test_a_status_line_is_not_dropped_for_another_one(path: Path, folder: Path) -> None:
    path.write_text(json.dumps({"statusLine": {"type": "command", "command": OLD}}))
    with pytest.raises(StorageError, match="a status line already"):
        put_in(folder, chain="mine")
    put_in(folder, chain=OLD)
    assert shlex.split(entry(folder)["command"])[-1] == OLD


def test_what_was_edited_meanwhile_stays(path: Path, folder: Path) -> None:
    path.write_text('{\n  "statusLine": {"type": "command", "command": "old"}\n}\n')
    put_in(folder)
    edited = path.read_text().replace("{\n", '{\n  "model": "opus",\n  "n": 1.00,\n', 1)
    path.write_text(edited)
    take_out(folder)
    assert path.read_text() == (
        '{\n  "model": "opus",\n  "n": 1.00,\n  "statusLine": {"type": "command", "command": "old"}\n}\n'
    )


def test_the_python_way_is_ours_too(path: Path, folder: Path) -> None:
    install(SettingsFile(folder), ["/usr/bin/python3", "-P", "-m", "stackk_tui"], {"--chain": "old"}).write()
    assert (
        installed_command(SettingsFile(folder)) == "/usr/bin/python3 -P -m stackk_tui statusline --chain old"
    )
    put_in(folder)
    assert entry(folder)["command"] == f"{OURS} --chain old"


def test_nothing_of_ours_is_nothing_to_take_out(path: Path, folder: Path) -> None:
    assert not uninstall(SettingsFile(folder)).needed
    path.write_text(json.dumps({"statusLine": {"type": "command", "command": OLD}}))
    assert not uninstall(SettingsFile(folder)).needed
    assert installed_command(SettingsFile(folder)) is None


@pytest.mark.parametrize("nothing", ["null", "{}"])
def test_an_entry_without_anything_is_replaced(path: Path, folder: Path, nothing: str) -> None:
    path.write_text('{"statusLine": ' + nothing + "}")
    put_in(folder)
    assert entry(folder)["command"] == OURS


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"model": "opus", // mine\n}', "not valid JSON"),
        ('{"model": "opus",}', "not valid JSON"),
        ("", "not valid JSON"),
        ("[]", "no object"),
        ('{"statusLine": 5}', "of a kind"),
        ('{"statusLine": {"type": "image", "command": "x"}}', "of a kind"),
        ('{"statusLine": {"type": "command"}}', "of a kind"),
        ('{"statusLine": {"type": "command", "command": ["x"]}}', "of a kind"),
        ('{"statusLine": {}, "statusLine": {}}', "twice"),
        ('{"statusLine": {"command": "a", "command": "b"}}', "twice"),
        ('{"statusLine": {"command": "NO_COLOR=1 stackk-tui statusline"}}', "a way of its own"),
        ('{"statusLine": {"command": "stackk-tui statusline | head -1"}}', "a way of its own"),
    ],
    ids=range(12),
)
def test_what_cannot_be_changed_for_certain_is_not_touched(
    path: Path, folder: Path, content: str, says: str
) -> None:
    path.write_text(content)
    with pytest.raises(StorageError) as caught:
        put_in(folder)
    assert says in caught.value.what
    assert "Nothing was changed" in caught.value.means
    assert path.read_text() == content
    assert [found.name for found in folder.iterdir()] == ["settings.json"]


def test_a_byte_order_mark_is_understood_and_stays(path: Path, folder: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf{"model": "opus"}')
    put_in(folder)
    assert path.read_bytes().startswith(b'\xef\xbb\xbf{"model": "opus"')
    assert "statusLine" in json.loads(path.read_text(encoding="utf-8-sig"))
    take_out(folder)
    assert path.read_bytes() == b'\xef\xbb\xbf{"model": "opus"}'


def test_bytes_that_are_no_text_are_refused(path: Path, folder: Path) -> None:
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(StorageError, match="UTF-8"):
        put_in(folder)


def test_a_backup_of_its_own_every_time(path: Path, folder: Path) -> None:
    path.write_text('{"a": 1}')
    path.chmod(0o644)
    first = put_in(folder)
    second = take_out(folder)
    third = put_in(folder)
    assert len({first, second, third}) == 3
    assert first is not None
    assert first.read_text() == '{"a": 1}'
    assert stat.S_IMODE(first.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_mode_and_owner_stay(path: Path, folder: Path, mode: int) -> None:
    path.write_text("{}")
    path.chmod(mode)
    put_in(folder)
    found = path.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (mode, os.geteuid(), os.getegid())


def test_a_link_stays_a_link(folder: Path, path: Path, tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "claude-settings.json"
    real.write_text('{"model": "opus"}')
    path.symlink_to("../dotfiles/claude-settings.json")
    backup = put_in(folder)
    assert path.is_symlink()
    assert path.readlink() == Path("../dotfiles/claude-settings.json")
    assert json.loads(real.read_text())["statusLine"]["command"] == OURS
    assert backup is not None
    assert backup.parent == dotfiles


def test_a_link_in_a_circle_is_refused(path: Path, folder: Path) -> None:
    path.symlink_to(path)
    with pytest.raises(StorageError, match="cannot be used"):
        put_in(folder)


def test_something_else_under_that_name_is_refused(path: Path, folder: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(StorageError, match="not a settings file"):
        put_in(folder)


def test_a_change_by_another_in_between_stands(path: Path, folder: Path) -> None:
    path.write_text('{"a": 1}')
    change = install(SettingsFile(folder), PROGRAM, {})
    path.write_text('{"a": 2}')
    with pytest.raises(StorageError, match="changed by another program"):
        change.write()
    assert path.read_text() == '{"a": 2}'
    assert not list(folder.glob(".settings-*"))


def test_a_file_that_another_makes_in_between_stands(folder: Path) -> None:
    change = install(SettingsFile(folder), PROGRAM, {})
    folder.mkdir()
    (folder / "settings.json").write_text('{"a": 2}')
    with pytest.raises(StorageError, match="changed by another program"):
        change.write()
    assert (folder / "settings.json").read_text() == '{"a": 2}'


def test_a_link_to_a_file_that_is_not_there_is_refused(path: Path, folder: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "unmounted" / "settings.json")
    with pytest.raises(StorageError, match="that is not there"):
        put_in(folder)
    assert not (tmp_path / "unmounted").exists()


def test_a_place_that_cannot_be_written(folder: Path) -> None:
    folder.write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="Not a directory"):
        put_in(folder)


def test_the_diff_shows_one_member_and_nothing_else(path: Path, folder: Path) -> None:
    secret = {
        "env": {"ANTHROPIC_API_KEY": "sk-ant-secret"},
        "statusLine": {"type": "command", "command": "old"},
    }
    for indent in (None, 2):
        path.write_text(json.dumps(secret, indent=indent))
        shown = install(SettingsFile(folder), PROGRAM, {}).diff()
        assert "sk-ant" not in "".join(shown)
        assert shown[0] == f"--- {path}"
        assert any(line.startswith("-") and '"old"' in line for line in shown)
        assert any(line.startswith("+") and OURS in line for line in shown)


def test_hooks_that_are_off_are_noticed(path: Path, folder: Path) -> None:
    path.write_text('{"disableAllHooks": true}')
    assert install(SettingsFile(folder), PROGRAM, {}).hooks_off

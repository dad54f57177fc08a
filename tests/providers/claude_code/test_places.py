"""Where transcripts are looked for (`claude-code-logs.md` §1)."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from stackk_tui.config import Settings
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code.listing import list_transcripts
from stackk_tui.providers.claude_code.roots import find_roots
from stackk_tui.providers.claude_code.usage import answer
from tests.providers.claude_code.generator import call, text

MakeSettings = Callable[..., Settings]


def put(config_dir: Path, number: int, slug: str = "-p") -> Path:
    path = config_dir / "projects" / slug / f"s{number}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text(call(f"m{number}", f"r{number}", session=f"s{number}")))
    return path


def sessions(settings: Settings) -> set[str]:
    return {row.key for row in answer(settings, UsageQuery(by="session")).rows}


def test_both_default_places_are_read(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    put(tmp_path / "home/.config/claude", 2)
    assert sessions(settings()) == {"s1", "s2"}


def test_xdg_config_home_moves_one_of_them(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.config/claude", 1)
    put(tmp_path / "xdg/claude", 2)
    assert sessions(settings(XDG_CONFIG_HOME=str(tmp_path / "xdg"))) == {"s2"}


def test_claude_config_dir_is_a_list_and_stands_alone(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    put(tmp_path / "a", 2)
    put(tmp_path / "home/b", 3)
    assert sessions(settings(CLAUDE_CONFIG_DIR=f" {tmp_path}/a , ~/b/projects,, {tmp_path}/nowhere")) == {
        "s2",
        "s3",
    }


def test_what_another_place_gave_is_not_mixed_in(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "a", 1)
    put(tmp_path / "b", 2)
    assert sessions(settings(CLAUDE_CONFIG_DIR=str(tmp_path / "a"))) == {"s1"}
    assert sessions(settings(CLAUDE_CONFIG_DIR=str(tmp_path / "b"))) == {"s2"}
    assert sessions(settings(CLAUDE_CONFIG_DIR=f"{tmp_path}/a,{tmp_path}/b")) == {"s1", "s2"}


def test_claude_config_dir_without_any_folder_is_said(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    wrong = settings(CLAUDE_CONFIG_DIR=str(tmp_path / "nowhere"))
    report = answer(wrong, UsageQuery())
    assert report.rows == ()
    assert "CLAUDE_CONFIG_DIR is set" in report.warnings[0]
    assert "nowhere" in report.warnings[0]


def test_an_empty_claude_config_dir_is_unset(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    assert sessions(settings(CLAUDE_CONFIG_DIR=" ")) == {"s1"}


def test_one_folder_through_a_link_is_read_once(tmp_path: Path, settings: MakeSettings) -> None:
    real = put(tmp_path / "a", 1)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    found = find_roots(
        settings(CLAUDE_CONFIG_DIR=f"{tmp_path}/link,{tmp_path}/a,{tmp_path}/a/projects")
    ).found
    assert found == (real.parent.parent,)


def test_links_inside_are_followed_without_a_circle(tmp_path: Path) -> None:
    path = put(tmp_path / "a", 1)
    elsewhere = put(tmp_path / "b", 2)
    (path.parent / "up").symlink_to(path.parent.parent)
    (path.parent.parent / "-linked").symlink_to(elsewhere.parent)
    (path.parent / "twice.jsonl").symlink_to(path)
    (path.parent / "broken.jsonl").symlink_to(tmp_path / "nothing")
    (path.parent / "folder.jsonl").mkdir()
    (path.parent / "notes.txt").write_text("x")
    assert [found.parts for found in list_transcripts([tmp_path / "a/projects"])] == [
        ("-linked", "s2.jsonl"),
        ("-p", "s1.jsonl"),
    ]


def test_roots_of_config_toml_are_added(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    put(tmp_path / "work", 2)
    file = settings().paths.config_file
    file.parent.mkdir(parents=True)
    file.write_text(f'[claude_code]\nroots = ["{tmp_path}/work", "{tmp_path}/gone"]\n')
    report = answer(settings(), UsageQuery(by="session"))
    assert {row.key for row in report.rows} == {"s1", "s2"}
    assert "gone" in report.warnings[0]


@pytest.mark.parametrize("wrong", ['"one"', "[1]", "true"])
def test_roots_that_are_no_list_are_said(wrong: str, tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    file = settings().paths.config_file
    file.parent.mkdir(parents=True)
    file.write_text(f"[claude_code]\nroots = {wrong}\n")
    report = answer(settings(), UsageQuery())
    assert "must be a list" in report.warnings[0]
    assert report.totals.requests == 1


def test_the_desktop_apps_audit_files_are_left_out(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    audit = tmp_path / "home/.claude/projects/-p/audit.jsonl"
    audit.write_bytes(text({"_audit_hmac": "x"}, call("m9", "r9", session="s9")))
    assert sessions(settings()) == {"s1"}
    with audit.open("ab") as file:
        file.write(text(call("m8", "r8", session="s8")))
    assert sessions(settings()) == {"s1"}


def test_a_folder_that_moved_behind_a_link_keeps_its_history(tmp_path: Path, settings: MakeSettings) -> None:
    put(tmp_path / "home/.claude", 1)
    gone = put(tmp_path / "home/.claude", 2)
    assert sessions(settings()) == {"s1", "s2"}
    gone.unlink()
    (tmp_path / "home/.claude").rename(tmp_path / "dotfiles")
    (tmp_path / "home/.claude").symlink_to(tmp_path / "dotfiles")
    report = answer(settings(), UsageQuery(by="session"))
    assert {row.key: row.requests for row in report.rows} == {"s1": 1, "s2": 1}


def test_a_transcript_that_may_not_be_read_is_said(
    tmp_path: Path, settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "home/.claude", 1)
    locked = put(tmp_path / "home/.claude", 2)
    real_open = os.open

    def refuse(path: str, *args: int, **kwargs: int) -> int:  # root may read everything
        if path == str(locked):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    report = answer(settings(), UsageQuery())
    assert report.totals.requests == 1
    assert "s2.jsonl: Permission denied" in report.warnings[0]

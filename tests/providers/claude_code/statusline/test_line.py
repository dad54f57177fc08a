"""What the line says, from stdin to the text: known figures, unknown ones, old ones, and those that are over."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.providers.claude_code.statusline.facts import AROUND
from stackk_tui.providers.claude_code.statusline.line import (
    DEFAULT,
    NOTHING,
    PLACEHOLDERS,
    age,
    dollars,
    percent,
)
from stackk_tui.providers.claude_code.statusline.run import Line
from stackk_tui.storage.pushed_windows import Window, WindowStore
from tests.providers.claude_code.statusline.conftest import NOW, RESET, WEEK_RESET, minutes, said, stdin

PLAIN = ["--no-color"]


def rates(five: float | None = 37, week: float | None = 61, resets_at: datetime = RESET) -> dict[str, Any]:
    """Windows as Claude Code says them; None leaves one out."""
    both = {"five_hour": (five, resets_at), "seven_day": (week, WEEK_RESET)}
    return {
        name: {"used_percentage": used, "resets_at": int(resets.timestamp())}
        for name, (used, resets) in both.items()
        if used is not None
    }


def line(env: dict[str, str], words: list[str], data: bytes = b"", now: datetime = NOW) -> str:
    shown = Line(words, env, data, now)
    assert "\n" not in shown.text
    return shown.text


def form(env: dict[str, str], template: str, data: bytes = b"", now: datetime = NOW) -> str:
    return line(env, [*PLAIN, "--format", template], data, now)


@pytest.fixture
def store(env: dict[str, str]) -> WindowStore:
    return WindowStore(Path(env["STACKK_HOME"]) / "data" / "windows.db")


@pytest.fixture
def looked(env: dict[str, str], store: WindowStore) -> Any:
    """Keeps what a look around would have found; the line is then drawn without another process."""
    del env["STACKK_NO_BACKGROUND"]
    source = str((Path(env["HOME"]) / ".claude").resolve())

    def keep(at: datetime = NOW, **found: Any) -> None:
        with store:
            store.put_note(f"{AROUND}:{source}", json.dumps(found), at)

    return keep


TODAY = {
    "dollars": "4.1",
    "at": int(NOW.timestamp()),
    "until": int((NOW + timedelta(hours=14)).timestamp()),
    "partly": False,
}


def test_the_whole_line(env: dict[str, str], looked: Any) -> None:
    looked(plan="Max 20x", today=TODAY)
    assert line(env, PLAIN, stdin()) == (
        "Max 20x · 5h 37% ▼-3 · week 61% · ≈ $4.10 today · opus-5-5 · context 2%"
    )


def test_a_key_has_no_windows_and_nothing_stands_for_them(env: dict[str, str]) -> None:
    data = json.dumps(said("statusline_stdin_api_key_user.json")).encode()
    assert line(env, PLAIN, data) == "sonnet-5-5"


def test_nothing_known_is_one_line_too(env: dict[str, str]) -> None:
    assert line(env, PLAIN) == NOTHING
    assert form(env, "{week} {model} · {context}", b"garbage") == NOTHING


# what was kept


def test_a_window_that_is_absent_keeps_its_value(env: dict[str, str]) -> None:
    form(env, DEFAULT, stdin())
    assert form(env, "{five_hour} · {week}", stdin(rate_limits=rates(week=None))) == "5h 37% · week 61%"
    assert form(env, "{five_hour} · {week}", stdin(rate_limits=None)) == "5h 37% · week 61%"
    assert form(env, "{five_hour} · {week}", b"") == "5h 37% · week 61%"


def test_an_old_value_says_its_age_and_has_no_pace(env: dict[str, str]) -> None:
    both = "{five_hour} {pace}"
    assert form(env, both, stdin()) == "5h 37% ▼-3"
    assert form(env, both, b"", NOW + minutes(10)) == "5h 37% ▼-3"
    assert form(env, both, b"", NOW + minutes(11)) == "5h 37% (11m ago)"
    assert form(env, both, b"", NOW + minutes(150)) == "5h 37% (2h ago)"


def test_nothing_is_shown_of_a_window_that_was_reset(env: dict[str, str]) -> None:
    form(env, DEFAULT, stdin())
    assert form(env, "{five_hour} · {week}", b"", RESET - timedelta(seconds=1)).startswith("5h 37% (")
    assert form(env, "{five_hour} · {week}", b"", RESET) == "week 61% (3h ago)"
    assert form(env, "{five_hour} · {week}", b"", WEEK_RESET) == NOTHING


def test_without_a_reset_a_value_lasts_as_long_as_its_window(env: dict[str, str]) -> None:
    form(env, DEFAULT, stdin(rate_limits={"five_hour": {"used_percentage": 37}}))
    assert form(env, "{five_hour} {pace} {five_hour_reset}") == "5h 37%"
    assert form(env, "{five_hour}", b"", NOW + minutes(299)) == "5h 37% (4h ago)"
    assert form(env, "{five_hour}", b"", NOW + minutes(300)) == NOTHING


def test_a_session_that_slept_does_not_bring_back_what_it_once_heard(env: dict[str, str]) -> None:
    """Claude Code redraws an idle session with the windows of its last answer."""
    idle = stdin(session_id="idle")
    form(env, DEFAULT, idle)
    busy = stdin(session_id="busy", rate_limits=rates(five=52))
    assert form(env, "{five_hour}", busy, NOW + minutes(20)) == "5h 52%"
    assert form(env, "{five_hour}", idle, NOW + minutes(25)) == "5h 52%"
    assert form(env, "{five_hour}", idle, NOW + minutes(40)) == "5h 52% (20m ago)"
    assert form(env, "{five_hour}", stdin(session_id="other"), NOW + minutes(41)) == "5h 52% (21m ago)"


def test_another_folder_is_another_login(env: dict[str, str]) -> None:
    form(env, DEFAULT, stdin())
    other = env | {"CLAUDE_CONFIG_DIR": "~/work, ~/.claude"}
    assert form(other, "{five_hour}") == NOTHING
    assert form(other, "{five_hour}", stdin(rate_limits=rates(five=5))) == "5h 5%"
    assert form(env, "{five_hour}") == "5h 37%"


def test_a_store_that_cannot_be_used_costs_no_figure(env: dict[str, str], store: WindowStore) -> None:
    Path(env["STACKK_HOME"]).write_text("no folder")
    shown = Line(PLAIN, env, stdin(), NOW)
    assert shown.text == "5h 37% ▼-3 · week 61% · opus-5-5 · context 2%"
    assert any("cannot be opened" in problem for problem in shown.options.problems)


def test_a_damaged_store_is_replaced_and_said(env: dict[str, str]) -> None:
    path = Path(env["STACKK_HOME"]) / "data" / "windows.db"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database " * 500)
    shown = Line(PLAIN, env, stdin(), NOW)
    assert "5h 37%" in shown.text
    assert any("was damaged" in problem for problem in shown.options.problems)
    assert line(env, PLAIN, b"") == "5h 37% ▼-3 · week 61%"


def test_a_newer_store_is_left_alone(env: dict[str, str], store: WindowStore) -> None:
    with store:
        store.push("x", {"five_hour": Window(0.5)}, NOW)
    path = Path(env["STACKK_HOME"]) / "data" / "windows.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    assert "5h 37%" in line(env, PLAIN, stdin())
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT COUNT(*) FROM sample").fetchone() == (1,)
    connection.close()


# what was read elsewhere


def test_what_was_asked_of_the_vendor_since_is_newer(env: dict[str, str], looked: Any) -> None:
    form(env, DEFAULT, stdin())
    asked = {"used": 0.5, "at": int((NOW + minutes(5)).timestamp()), "resets_at": int(RESET.timestamp())}
    looked(windows={"five_hour": asked, "seven_day": {**asked, "at": int((NOW - minutes(5)).timestamp())}})
    assert form(env, "{five_hour} · {week}", b"", NOW + minutes(6)) == "5h 50% · week 61%"


def test_todays_value_is_dated_when_old_and_gone_tomorrow(env: dict[str, str], looked: Any) -> None:
    looked(today=TODAY)
    assert form(env, "{cost_today}") == "≈ $4.10 today"
    assert form(env, "{cost_today}", b"", NOW + minutes(25)) == "≈ $4.10 today (25m ago)"
    assert form(env, "{cost_today}", b"", NOW + timedelta(hours=14)) == NOTHING
    looked(today={**TODAY, "partly": True})
    assert form(env, "{cost_today}") == "≈ $4.10+ today"


@pytest.mark.parametrize(
    "found", [{"today": 5}, {"today": {}}, {"today": {**TODAY, "dollars": None}}, {"plan": 5}, {"windows": [1]},
              {"windows": {"five_hour": {"used": "x", "at": 1}}}, {"windows": {"five_hour": None}}]
)  # fmt: skip
def test_a_note_of_another_shape_is_nothing_known(env: dict[str, str], looked: Any, found: Any) -> None:
    looked(**found)
    assert line(env, PLAIN) == NOTHING


# formats


def test_pieces_without_a_figure_go_with_their_separator(env: dict[str, str]) -> None:
    assert form(env, "{plan} · a {five_hour} b | {cost_today} x | {week} · end", stdin()) == (
        "a 5h 37% b | week 61% · end"
    )
    assert form(env, "{plan} {five_hour} {cost_today} {week}", stdin()) == "5h 37% week 61%"


def test_resets_and_paces(env: dict[str, str]) -> None:
    shown = form(env, "{five_hour_reset} · {week_reset} · {week_pace} · {five_hour_pace}", stdin())
    local = {name: f"{moment.astimezone():%H:%M}" for name, moment in (("five", RESET), ("week", WEEK_RESET))}
    assert shown == f"until {local['five']} · until {WEEK_RESET.astimezone():%a} {local['week']} · ▲+18 · ▼-3"


def test_pace_is_used_less_elapsed(env: dict[str, str]) -> None:
    """Two of five hours are gone: 40 %."""
    for used, shown in ((28, "▼-12"), (40, "on pace"), (41.9, "on pace"), (42.1, "▲+2"), (100, "▲+60")):
        assert form(env, "{pace}", stdin(rate_limits=rates(five=used), session_id=str(used))) == shown


def test_models_have_windows_of_their_own(env: dict[str, str]) -> None:
    window = {"used_percentage": 12, "resets_at": int(WEEK_RESET.timestamp())}
    data = stdin(rate_limits={"seven_day_opus": window})
    assert form(env, "{seven_day_opus} · {seven_day_sonnet}", data) == "opus week 12%"


def test_a_placeholder_that_is_none_is_said_and_the_line_printed(env: dict[str, str]) -> None:
    shown = Line([*PLAIN, "--format", "{five_hour} {color} {fun}"], env, stdin(), NOW)
    assert shown.text == "5h 37%"
    (said_,) = shown.options.problems
    assert "{color}" in said_
    assert all(name in said_ for name in PLACEHOLDERS)


@pytest.mark.parametrize(
    "template", ["{", "}", "{}", "{five_hour", "five_hour}", "{{five_hour}}", " · ", " | ", " "]
)
def test_any_format_gives_a_line(env: dict[str, str], template: str) -> None:
    assert form(env, template, stdin()).strip()


def test_no_text_can_reach_the_terminals_own_ear(env: dict[str, str], looked: Any) -> None:
    evil = "\x1b]0;owned\x07\x1b[2Jx\x9b31m\u202e\r\n"
    looked(plan=evil)
    data = stdin(model={"id": evil}, session_id=evil)
    for words in (PLAIN, ["--tmux"], ["--plain"], [*PLAIN, "--format", f"{evil}{{plan}} · {{model}}"]):
        shown = line(env, words, data)
        assert shown.isprintable(), shown
    assert "\x1b]" not in line(env, [], data)


# looks


def test_colours_by_level_and_age(env: dict[str, str]) -> None:
    def shown(used: float, now: datetime = NOW) -> str:
        data = stdin(rate_limits=rates(five=used), session_id=str(used)) if now == NOW else b""
        return line(env, ["--format", "{five_hour}"], data, now)

    assert shown(79) == "5h 79%"
    assert shown(80) == "5h \x1b[33m80%\x1b[0m"
    assert shown(95) == "5h \x1b[31m95%\x1b[0m"
    assert shown(95, NOW + minutes(30)) == "\x1b[2m5h 95% (30m ago)\x1b[0m"


@pytest.mark.parametrize("how", ["NO_COLOR", "--no-color", "--plain", "config"])
def test_without_colours(env: dict[str, str], how: str) -> None:
    config = Path(env["STACKK_HOME"]) / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    words = [how] if how.startswith("--") else []
    if how == "NO_COLOR":
        env["NO_COLOR"] = "1"
    elif how == "config":
        config.write_text("[statusline]\ncolor = false\n")
    shown = line(env, [*words, "--format", "{five_hour}"], stdin(rate_limits=rates(five=99)))
    assert shown == "5h 99%"


def test_plain_is_ascii(env: dict[str, str], looked: Any) -> None:
    looked(plan="Größer", today=TODAY)
    assert line(env, ["--plain"], stdin()) == (
        "Gr??er | 5h 37% -3 | week 61% | ~$4.10 today | opus-5-5 | context 2%"
    )


def test_tmux_has_its_own_language(env: dict[str, str]) -> None:
    data = stdin(rate_limits=rates(five=96), model={"id": "m#[fg=red]#(rm)"})
    line(env, PLAIN, data)
    assert line(env, ["--tmux", "--format", "#1 {five_hour} · {week}"]) == (
        "##1 5h #[fg=red]96%#[default] · week 61%"
    )
    assert line(env, ["--tmux", "--no-color", "--format", "{five_hour}"]) == "5h 96%"
    old = line(env, ["--tmux", "--format", "{five_hour}"], b"", NOW + minutes(30))
    assert old == "#[dim]5h 96% (30m ago)#[default]"


def test_tmux_reads_no_stdin(env: dict[str, str]) -> None:
    assert line(env, ["--tmux"], stdin()) == NOTHING


def test_the_parts_as_json(env: dict[str, str], looked: Any) -> None:
    looked(plan="Max 20x", today=TODAY)
    shown = json.loads(line(env, ["--json"], stdin()))
    assert shown["schema"] == 1
    assert shown["limits"][0] == {
        "id": "five_hour",
        "used": 0.37,
        "resets_at": "2026-11-22T13:00:00Z",
        "as_of": "2026-11-22T10:00:00Z",
        "old": False,
        "ahead": -0.03,
        "provenance": "measured",
    }
    assert shown["cost_today"] == {
        "amount": "4.1",
        "currency": "USD",
        "provenance": "estimated",
        "partly": False,
        "as_of": "2026-11-22T10:00:00Z",
    }
    assert (shown["plan"], shown["model"], shown["context"]) == ("Max 20x", "opus-5-5", 0.02)
    unknown = json.loads(line(env | {"CLAUDE_CONFIG_DIR": "/x"}, ["--json"], b""))
    assert (unknown["plan"], unknown["limits"], unknown["cost_today"], unknown["model"]) == (
        None,
        [],
        None,
        None,
    )


# settings


def test_the_config_file_says_the_format_until_the_command_line_does(env: dict[str, str]) -> None:
    config = Path(env["STACKK_HOME"]) / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[statusline]\nformat = "{week}"\n')
    assert line(env, PLAIN, stdin()) == "week 61%"
    assert form(env, "{five_hour}", stdin()) == "5h 37%"
    assert line(env, PLAIN, stdin()) == "week 61%"
    config.write_text('[statusline]\nformat = "{model}"\n')
    assert line(env, PLAIN, stdin()) == "opus-5-5"
    config.unlink()
    assert "5h 37%" in line(env, PLAIN, stdin())


@pytest.mark.parametrize(
    "content", ["= nonsense", "\xff", "statusline = 5", "[statusline]\nformat = 7\nchain_seconds = -1"]
)
def test_a_config_file_that_is_wrong_costs_no_line(env: dict[str, str], content: str) -> None:
    config = Path(env["STACKK_HOME"]) / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(content, encoding="latin-1")
    shown = Line(PLAIN, env, stdin(), NOW)
    assert "5h 37%" in shown.text
    assert all(str(config) in problem for problem in shown.options.problems)


def test_a_word_that_is_wrong_is_said_without_repeating_it(env: dict[str, str]) -> None:
    shown = Line(["sk-ant-secret", *PLAIN, "--fromat", "--format"], env, stdin(), NOW)
    assert "5h 37%" in shown.text
    assert "sk-ant" not in " ".join(shown.options.problems)
    assert "--fromat" in " ".join(shown.options.problems)


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0%"), (0.001, "<1%"), (0.61, "61%"), (0.996, "99%"), (1, "100%"), (1.03, "103%")],
)
def test_percent(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_money_and_age() -> None:
    assert [dollars(x) for x in ("0", "0.004", "4.1", "1301.2")] == ["$0.00", "<$0.01", "$4.10", "$1,301.20"]
    assert [age(minutes(x)) for x in (0, 59, 60, 2879, 2880)] == ["0m", "59m", "1h", "47h", "2d"]

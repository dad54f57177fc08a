"""`usage --json` has a short way; it says the same as the long one, and takes nothing heavy with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stackk_tui.commands import usage_quick
from stackk_tui.config import load_settings
from stackk_tui.model.usage_report import COST_MODES, GROUPINGS, UsageQuery
from stackk_tui.report.plain import document
from tests.cli.conftest import Cli, Ran
from tests.providers.claude_code.worlds import put, world


@pytest.fixture
def machine(cli: Cli, tmp_path: Path) -> Cli:
    """A machine with all traps; config.toml has a price, an account and a folder that is not there."""
    put(tmp_path / "home/.claude/projects", world(11, lines=60))
    put(tmp_path / "work/projects", world(12, lines=20))
    config = cli.home / "config/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"""
[prices."gpt-9"]
input = 1.5
output = 3

[[claude_code.accounts]]
label = "work"
roots = ["{tmp_path}/work", "{tmp_path}/nowhere"]
"""
    )
    return cli


def both_ways(machine: Cli, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[Ran, Ran]:
    short = machine("usage", *words)
    with monkeypatch.context() as patch:
        patch.setattr(usage_quick, "run", lambda words, **_: None)
        return short, machine("usage", *words)


WORDS = [
    *(["--by", by] for by in GROUPINGS),
    *([f"--cost={mode}", "--by=model"] for mode in COST_MODES),
    ["--timezone", "Asia/Kolkata"],
    ["--timezone", "America/St_Johns", "--by", "week"],
    ["--since", "2026-06-01", "--until", "2026-11-18"],
    ["--since=20261101"],
    ["--until", "2020-01-01"],
]


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_both_ways_say_the_same(machine: Cli, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    assert usage_quick.Question(usage_quick._told(["--json", *words]))  # the short way takes it
    short, long = both_ways(machine, monkeypatch, "--json", *words)
    if "block" not in words:  # it has the present moment in it
        assert short == long
    assert short.code == 0
    assert short.out == json.dumps(short.json, indent=2) + "\n"
    assert "nowhere" in short.err


@pytest.mark.parametrize("zone", [None, "", "UTC", ":Europe/Berlin", "Nowhere/Land", "EST5EDT"])
@pytest.mark.parametrize("told", ["", 'timezone = "Asia/Tokyo"\n'])
def test_the_zone_is_the_same_both_ways(
    machine: Cli, monkeypatch: pytest.MonkeyPatch, zone: str | None, told: str
) -> None:
    config = machine.home / "config/config.toml"
    config.write_text(told + config.read_text())
    machine.env.pop("TZ")
    if zone is not None:
        machine.env["TZ"] = zone
    short, long = both_ways(machine, monkeypatch, "--json")
    assert short == long


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--by", "day"],
        ["--json", "--by", "year"],
        ["--json", "--by"],
        ["--json", "--since", "yesterday"],
        ["--json", "--since", "2026-11-02", "--until", "2026-11-01"],
        ["--json", "--project", "atlas"],
        ["--json", "--help"],
        ["--json", "stray"],
        ["--json", "--cost", ""],
        ["--json", "--passphrase-fd", "3"],
    ],
    ids=" ".join,
)
def test_anything_else_is_left_to_the_long_way(words: list[str]) -> None:
    assert usage_quick.run(words) is None


def test_a_wrong_zone_and_a_wrong_config_have_the_long_ways_words(
    machine: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long = both_ways(machine, monkeypatch, "--json", "--timezone", "Nowhere/Land")
    assert (short, short.code) == (long, 2)
    (machine.home / "config/config.toml").write_text("[")
    short, long = both_ways(machine, monkeypatch, "--json")
    assert (short, short.code) == (long, 2)
    assert "not valid TOML" in short.err


@pytest.mark.parametrize(
    "env",
    [
        {"STACKK_HOME": "/somewhere"},
        {},
        {"XDG_CONFIG_HOME": "/etc/xdg", "XDG_DATA_HOME": "/var/xdg"},
        {"XDG_CONFIG_HOME": "", "XDG_DATA_HOME": " "},
        {"STACKK_HOME": "/somewhere", "STACKK_CONFIG": "/else/config.toml"},
    ],
    ids=str,
)
def test_it_looks_where_the_settings_look(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STACKK_HOME", "STACKK_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/home/nobody", **env}.items():
        monkeypatch.setenv(name, value)
    if sys.platform != "linux" and "STACKK_HOME" not in env:
        with pytest.raises(ValueError, match="platformdirs"):
            usage_quick._folders({"HOME": "/home/nobody", **env})
        return
    paths = load_settings().paths
    config, data = usage_quick._folders({"HOME": "/home/nobody", **env})
    assert (
        Path(usage_quick.Surroundings({"HOME": "/home/nobody", **env}).claude_code_index)
        == paths.claude_code_index
    )
    assert Path(data) == paths.data
    assert Path(env.get("STACKK_CONFIG", f"{config}/config.toml")) == paths.config_file


def test_the_question_has_every_field_of_the_models() -> None:
    question = usage_quick.Question({})
    plain = UsageQuery()
    assert {name: getattr(question, name) for name in UsageQuery.model_fields} == plain.model_dump()


def test_it_takes_nothing_heavy_with_it(machine: Cli) -> None:
    code = (
        "import sys\nfrom stackk_tui.cli import main\nmain(['usage', '--json'])\nprint('\\n', *sys.modules)"
    )
    machine("usage", "--json")  # the second run is the one that is made daily
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=machine.env, check=True
    )
    found = set(done.stdout.splitlines()[-1].split())
    assert not found & {
        "pydantic",
        "asyncio",
        "argparse",
        "stackk_tui.stack",
        "stackk_tui.storage.ledger",
        "logging",
    }


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(plain_values)
def test_a_document_is_what_json_makes_of_it(value: object) -> None:
    assert document(value) == json.dumps(value, indent=2)


def test_what_is_no_plain_value_has_no_place() -> None:
    with pytest.raises(TypeError):
        document({"a": 1.5})


def test_a_byte_order_mark_before_the_config_is_understood(
    machine: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = machine.home / "config/config.toml"
    config.write_bytes(b"\xef\xbb\xbf" + config.read_bytes())
    short, long = both_ways(machine, monkeypatch, "--json")
    assert (short, short.code) == (long, 0)
    assert "nowhere" in short.err

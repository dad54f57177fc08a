"""What the README promises is what there is."""

import re

from tools.make_readme import README, with_keys, with_providers

from stackk_tui.commands.main import COMMANDS
from stackk_tui.providers.registry import infos
from stackk_tui.report.csv import COLUMNS

TEXT = README.read_text(encoding="utf-8")


def test_the_keys_are_those_of_the_key_table() -> None:
    assert with_keys(TEXT) == TEXT, "run: python -m tools.make_readme"


def test_the_providers_are_those_of_the_registry() -> None:
    assert with_providers(TEXT) == TEXT, "run: python -m tools.make_readme"


def test_every_command_is_listed_and_no_other() -> None:
    section = TEXT.split("## Commands")[1].split("\n## ")[0]
    named = set(re.findall(r"(?:stackk-tui |, `)([a-z]+)", section))
    assert named == set(COMMANDS)


def test_every_way_to_sign_in_is_listed() -> None:
    for info in infos():
        for door in info.doors:
            assert f"`{door.method}`" in TEXT


def test_the_columns_of_the_csv_are_listed() -> None:
    assert ", ".join(COLUMNS) in " ".join(TEXT.split())

"""Several accounts on one machine: each is de-duplicated on its own, and together they are their sum."""

from pathlib import Path

import pytest

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.usage_report import UsageQuery
from stackk_tui.providers.claude_code.usage import answers
from tests.providers.claude_code import reference
from tests.providers.claude_code.agreement import Machine, compare
from tests.providers.claude_code.reference import Row
from tests.providers.claude_code.test_property_agreement import seeds
from tests.providers.claude_code.worlds import put, world

QUESTIONS = 16
LABELS = ("", "work", "a friend's")
"""The first is this machine's own."""


def machine_with_accounts(folder: Path) -> Machine:
    """`work` has two folders; one of the friend's is not there."""
    machine = Machine.make(folder)
    config = machine.folder / "stackk/config/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(
        f"""
[[claude_code.accounts]]
label = "work"
roots = ["{folder}/work", "{folder}/work-laptop/projects"]

[[claude_code.accounts]]
label = "a friend's"
roots = ["{folder}/friend", "{folder}/nowhere"]
"""
    )
    return machine


@pytest.mark.parametrize("seed", seeds(8, first=70_000))
def test_a_call_counts_once_in_each_account_that_has_it(seed: int, tmp_path: Path) -> None:
    machine = machine_with_accounts(tmp_path)
    folders = {
        "": [machine.projects],
        "work": [tmp_path / "work/projects", tmp_path / "work-laptop/projects"],
        "a friend's": [tmp_path / "friend/projects"],
    }
    calls: dict[str, list[Row]] = {}
    made = world(seed)
    for label, places in folders.items():
        seen: dict[Path, reference.Transcript] = {}
        for number, place in enumerate(places):
            place.mkdir(parents=True, exist_ok=True)
            put(place, world(seed + 7 * number, lines=12))  # the same ids in all of them
            reference.remember(place, seen)
        calls[label] = reference.calls(seen.values())
    for label in made.chance.sample(LABELS, len(LABELS)):
        compare(machine.settings(), calls[label], made.chance, QUESTIONS, account=label)
    everything = [call for label in LABELS for call in calls[label]]
    compare(machine.settings(), everything, made.chance, QUESTIONS, but=("block",))


@pytest.mark.parametrize("seed", seeds(4, first=75_000))
def test_folders_change_hands(seed: int, tmp_path: Path) -> None:
    """Accounts are named, renamed, joined and dissolved again; what was read stays read and counts anew."""
    machine, made = Machine.make(tmp_path), world(seed)
    chance = made.chance
    folders = [machine.projects, *(tmp_path / name for name in ("one", "two", "three"))]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True, exist_ok=True)
        put(folder, world(seed + number, lines=10))
    config = machine.folder / "stackk/config/config.toml"
    config.parent.mkdir(parents=True)
    for _ in range(5):
        whose = {folder: chance.choice(("", "work", "home")) for folder in folders[1:]}
        accounts: dict[str, list[Path]] = {"": folders[:1], "work": [], "home": []}
        for folder, label in whose.items():
            accounts[label].append(folder)
        told = [f"[claude_code]\nroots = {[str(folder) for folder in accounts[''][1:]]}\n"]
        for label in ("work", "home"):
            if accounts[label]:
                names = [str(folder) for folder in accounts[label]]
                told.append(f'[[claude_code.accounts]]\nlabel = "{label}"\nroots = {names}\n')
        config.write_text("".join(told))
        for label, places in accounts.items():
            seen: dict[Path, reference.Transcript] = {}
            for place in places:
                reference.remember(place, seen)
            if places:
                compare(machine.settings(), reference.calls(seen.values()), chance, 6, account=label)


def test_an_account_that_nobody_has_is_refused(tmp_path: Path) -> None:
    machine = machine_with_accounts(tmp_path)
    put(machine.projects, world(1))
    with pytest.raises(InvalidInput, match="no account called 'nobody'"):
        answers(machine.settings(), [UsageQuery(account="nobody")])

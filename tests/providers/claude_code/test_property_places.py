"""One machine's transcripts spread over several folders, named in any way, count as one; accounts do not mix."""

from pathlib import Path

import pytest

from tests.providers.claude_code import reference
from tests.providers.claude_code.agreement import Machine, compare
from tests.providers.claude_code.reference import Transcript
from tests.providers.claude_code.reference_report import items
from tests.providers.claude_code.test_property_agreement import seeds
from tests.providers.claude_code.worlds import FILES, World, world, write

QUESTIONS = 12


def spread(folder: Path, made: World, names: tuple[str, ...]) -> dict[Path, Transcript]:
    """Writes each file into one of some config folders; gives what the plain reader sees there."""
    seen: dict[Path, Transcript] = {}
    for name in names:
        (folder / name / "projects").mkdir(parents=True)
    for number, (name, lines) in enumerate(made.files.items()):
        config = folder / names[number % len(names)]
        write(config / "projects" / name, b"".join(lines), FILES.index(name))
    for name in names:
        reference.remember(folder / name / "projects", seen)
    return seen


@pytest.mark.parametrize("seed", seeds(6, first=50_000))
def test_several_roots_named_in_any_way(seed: int, tmp_path: Path) -> None:
    """As config folders, as their `projects`, through links, twice, with one that is not there."""
    machine, made = Machine.make(tmp_path / "machine"), world(seed)
    chance = made.chance
    names = ("a", "b", "c")[: chance.randrange(1, 4)]
    seen = spread(tmp_path, made, names)
    (tmp_path / "link").symlink_to(tmp_path / names[0])
    (tmp_path / "link-to-projects").symlink_to(tmp_path / names[-1] / "projects")
    told = [str(tmp_path / name / chance.choice(("", "projects"))) for name in names]
    told += [str(tmp_path / "link"), str(tmp_path / "link-to-projects"), str(tmp_path / "nowhere")]
    chance.shuffle(told)
    settings = machine.settings(CLAUDE_CONFIG_DIR=", ".join(told))
    compare(settings, reference.calls(seen.values()), chance, QUESTIONS)


@pytest.mark.parametrize("seed", seeds(3, first=60_000))
def test_the_same_files_after_their_root_became_a_link(seed: int, tmp_path: Path) -> None:
    """A config folder is moved to another disk, and a link is put in its place: nothing counts twice."""
    machine, made = Machine.make(tmp_path), world(seed)
    for name in made.files:  # a line without any id is known by its place: moved, it is another line
        made.files[name] = [line for line in made.files[name] if b'"uuid"' in line or b'"id":"m' in line]
        write(machine.projects / name, made.content(name), FILES.index(name))
    machine.scan()
    config = machine.projects.parent
    config.rename(tmp_path / "moved")
    config.symlink_to(tmp_path / "moved")
    calls = reference.calls(machine.seen.values())
    report = machine.scan()
    assert report.totals.requests == len(items(calls))
    assert report.files == len(made.files)

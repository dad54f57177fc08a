"""A price that is entered, changed or taken back repairs all of history, without a byte being read again."""

from pathlib import Path

import pytest

from stackk_tui.model.usage import TOKEN_KINDS
from tests.providers.claude_code import reference_report
from tests.providers.claude_code.agreement import Machine
from tests.providers.claude_code.test_property_agreement import seeds
from tests.providers.claude_code.worlds import put, world

QUESTIONS = 12
Prices = dict[str, tuple[str, int | None]]
"""By model: dollars per million tokens as in `reference_report.LIST`, and the factor of fast mode."""
ENTERED: tuple[Prices, ...] = (
    {"gpt-9": ("1.5 3 1 1 0.125", None)},
    {"gpt-9": ("2 4 1 1 0.5", 3), "claude-haiku-5-5": ("7 9 1 2 3", None)},  # the tier of its list price goes
    {"claude-opus-4-6": ("1 1 1 1 1", None), "claude-sonnet-5-5": ("9 9 9 9 9", 4)},  # all days cost the same
    {},
)


def enter(machine: Machine, prices: Prices) -> None:
    config = machine.folder / "stackk/config/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for model, (numbers, fast) in prices.items():
        lines.append(f'[prices."{model}"]')
        lines += [f"{kind} = {price}" for kind, price in zip(TOKEN_KINDS, numbers.split(), strict=True)]
        lines += [f"fast = {fast}"] if fast else []
    config.write_text("\n".join(lines))


def believe(patch: pytest.MonkeyPatch, prices: Prices) -> None:
    """Lets the plain reader have them, too. Without a factor of its own fast mode stays as listed."""
    for model, (numbers, fast) in prices.items():
        patch.setitem(reference_report.LIST, model, [("", numbers)])
        patch.delitem(reference_report.LONG, model, raising=False)
        if fast:
            patch.setitem(reference_report.FAST, model, [("", fast)])


@pytest.mark.parametrize("seed", seeds(6, first=80_000))
def test_prices_that_are_entered_hold_for_all_of_history(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, made = Machine.make(tmp_path), world(seed)
    put(machine.projects, made)
    machine.check(made.chance, QUESTIONS)
    for path in machine.projects.rglob("*.jsonl"):  # what was read is remembered, not read again
        path.unlink()
    for prices in made.chance.sample(ENTERED, len(ENTERED)):
        enter(machine, prices)
        with monkeypatch.context() as patch:
            believe(patch, prices)
            machine.check(made.chance, QUESTIONS)

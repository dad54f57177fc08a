"""`python -m tools.make_readme`: writes the tables of README.md, of keys and of the ways to sign in."""

from pathlib import Path
from typing import get_args

from stackk_tui.model.capability import Capability
from stackk_tui.providers.doors import Door
from stackk_tui.providers.registry import infos
from stackk_tui.tui.keys import readme_table

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- keys: made by `python -m tools.make_readme` from src/stackk_tui/tui/keys.py -->"
END = "<!-- /keys -->"
PROVIDERS_BEGIN = (
    "<!-- providers: made by `python -m tools.make_readme` from the doors in each providers/*/info.py -->"
)
PROVIDERS_END = "<!-- /providers -->"
CAN_WORDS: dict[Capability, str] = {
    "plan": "plan",
    "price": "price",
    "cycle": "billing cycle",
    "usage": "usage",
    "series": "charts by day",
    "limits": "limits",
    "picker": "parts to pick",
    "revoke": "ending the sign-in",
}


def with_keys(text: str) -> str:
    """Gives the README with the keys as they are now. Raises ValueError without the two marks."""
    return _between(text, BEGIN, END, readme_table())


def with_providers(text: str) -> str:
    """Gives the README with a row for each way in. Raises ValueError without the two marks."""
    return _between(text, PROVIDERS_BEGIN, PROVIDERS_END, providers_table())


def providers_table() -> str:
    """Gives provider × door × what it shows × what it is good for × what no API gives."""
    rows = [
        f"| {info.name} | `{door.method}`: {_cell(door.title)} | {_cell(door.shows)} | {_can(door)} "
        f"| {_cell(door.unknown)} |"
        for info in infos()
        for door in info.doors
    ]
    head = (
        "| Provider | Sign-in | What it shows | Tells at best | What no API gives |",
        "|---|---|---|---|---|",
    )
    return "\n".join([*head, *rows]) + "\n"


def _can(door: Door) -> str:
    return ", ".join(CAN_WORDS[can] for can in get_args(Capability) if can in door.can)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _between(text: str, begin: str, end: str, made: str) -> str:
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n\n{made}\n{end}{after}"


if __name__ == "__main__":
    README.write_text(with_providers(with_keys(README.read_text(encoding="utf-8"))), encoding="utf-8")

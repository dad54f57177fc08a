"""`python -m tools.make_readme`: writes the table of keys into README.md from `tui/keys.py`."""

from pathlib import Path

from stackk_tui.tui.keys import readme_table

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- keys: made by `python -m tools.make_readme` from src/stackk_tui/tui/keys.py -->"
END = "<!-- /keys -->"


def with_keys(text: str) -> str:
    """Gives the README with the keys as they are now. Raises ValueError without the two marks."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{readme_table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_keys(README.read_text(encoding="utf-8")), encoding="utf-8")

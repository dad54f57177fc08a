"""The first line of a screen: where one is, and a dim word at the right end."""

from stackk_tui.tui.theme import Look, mark_style
from stackk_tui.tui.widgets.cells import Piece, spread, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel


class Heading(Panel):
    """` ‹ stack   ▌Acme · Production                 ● fresh`."""

    def __init__(self, title: str, *, above: str = "stack", color: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._title: list[str] = [title]
        self._above = above
        self._color = color
        self._right: tuple[tuple[str, str], ...] = ()
        self._way = False

    def show_way(self, way: list[str]) -> None:
        """Shows where one is below other places: `Usage › 21 Nov › nimbus-api`, the last one strong."""
        self._title, self._way = way, True
        self.changed()

    def say(self, right: tuple[tuple[str, str], ...]) -> None:
        """Shows these texts at the right end instead."""
        if right != self._right:
            self._right = right
            self.changed()

    def show(self, title: list[str], *, color: str = "", right: tuple[tuple[str, str], ...] = ()) -> None:
        """Shows a title of a name and dim parts. `right` are texts with their level."""
        self._title, self._color, self._right = title, color or self._color, right
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        left: list[Piece] = [(f" ‹ {self._above}   ", draw.quiet)]
        if self._color:
            left.append(("▌", mark_style(self._color)))
        name, *rest = self._title
        if self._way and rest:
            left.append(("".join(f"{part} › " for part in self._title[:-1]), draw.quiet))
            name, rest = self._title[-1], []
        left.append((name, draw.strong))
        left += [(f" · {part}", draw.quiet) for part in rest if part]
        right: list[Piece] = []
        for text, level in self._right:
            style = {"quiet": draw.quiet, "strong": draw.strong, "accent": draw.accent}.get(
                level
            ) or draw.level(level)
            right += [("   ", draw.text), (text, style)] if right else [(text, style)]
        return [spread(left, [*right, (" ", draw.text)] if right else [], width)]


class Words(Panel):
    """Sentences, wrapped. Their level is `quiet`, `text`, `strong`, `accent`, `ok`, `high` or `full`."""

    def __init__(
        self, *sentences: tuple[str, str], id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._sentences = sentences

    def say(self, *sentences: tuple[str, str]) -> None:
        """Says these instead."""
        if sentences != self._sentences:
            self._sentences = sentences
            self.changed()

    @property
    def text(self) -> str:
        """What it says, one sentence a line."""
        return "\n".join(words for words, _ in self._sentences)

    def lines(self, width: int, draw: Look) -> Lines:
        out: Lines = []
        for words, level in self._sentences:
            styles = {"quiet": draw.quiet, "strong": draw.strong, "accent": draw.accent, "text": draw.text}
            out += wrapped(words, width, styles.get(level) or draw.level(level)) or [[]]
        return out


def trouble(lines: list[str]) -> list[tuple[str, str]]:
    """Gives an error's lines as sentences: what happened in red, the rest dim."""
    first, *rest = lines or [""]
    return [(f"✖ {first}", "full"), *((line, "quiet") for line in rest)]

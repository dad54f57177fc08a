"""The groupings in one line: the one in use is marked, those that divide nothing here are left out."""

from rich.style import Style

from stackk_tui.tui.drill import TABS, Tab
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Piece, cut, width_of
from stackk_tui.tui.widgets.panel import Lines, Panel
from stackk_tui.tui.widgets.usage_words import TITLES

KEYS = {tab: "h" if tab == "year" else str(number) for number, tab in enumerate(TABS, 1)}


class UsageTabs(Panel):
    """` 1 Day  2 Week  …  h Year`. Narrow, the numbers go; narrower, only the one in use stays."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tab: Tab = "day"
        self._offered: tuple[Tab, ...] = TABS

    def show(self, tab: Tab, offered: tuple[Tab, ...]) -> None:
        """Marks a tab among those offered."""
        self._tab, self._offered = tab, offered
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        for numbers in (True, False):
            pieces = self._all(draw, numbers=numbers)
            if width_of(pieces) <= width:
                return [pieces]
        at = self._offered.index(self._tab) + 1 if self._tab in self._offered else 1
        count: Piece = (f"   {at} of {len(self._offered)}, tab for the next", draw.quiet)
        one: list[Piece] = [(" ‹ ", draw.accent), (TITLES[self._tab], draw.strong), (" ›", draw.accent)]
        return [cut([*one, count], width)]

    def _all(self, draw: Look, *, numbers: bool) -> list[Piece]:
        pieces: list[Piece] = [(" ", draw.text)]
        for place, tab in enumerate(self._offered):
            click = Style.from_meta({"@click": f"screen.tab('{tab}')"})
            chosen = tab == self._tab
            pieces += [("  " if numbers else " ", draw.text)] if place else []
            pieces += [(f"{KEYS[tab]} ", draw.accent + click)] if numbers else []
            style = draw.badge if chosen else draw.quiet
            pieces.append((TITLES[tab], style + click))
        return pieces

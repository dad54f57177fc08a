"""The first run: nothing is tracked yet. Says what was found on this machine, and the one key to press."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stackk_tui.model.text import clean
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, table, width_of, wrapped
from stackk_tui.tui.widgets.panel import Lines, Panel

if TYPE_CHECKING:
    from stackk_tui.providers.base import Finding

MARGIN = 3


class Welcome(Panel):
    """What a person sees before there is a service."""

    def __init__(self, *, in_demo: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._in_demo = in_demo
        self._findings: Sequence[Finding] | None = None
        self._providers = ""
        self._trouble: Sequence[str] = ()
        self._busy = ""

    def show(self, findings: "Sequence[Finding]", providers: Sequence[str]) -> None:
        """Shows what was found, and the names of what can be added."""
        self._findings, self._providers, self._trouble = findings, _listed(providers), ()
        self.changed()

    def say(self, trouble: Sequence[str] = (), *, busy: str = "") -> None:
        """Shows an error's lines, or what is being done."""
        self._trouble, self._busy = trouble, busy
        self.changed()

    def finding_for(self, key: str) -> "Finding | None":
        """Gives the finding that this key takes up."""
        for finding in self._findings or ():
            if finding.method and finding.key == key:
                return finding
        return None

    def lines(self, width: int, draw: Look) -> Lines:
        room = width - 2 * MARGIN
        out: Lines = [[("Nothing tracked yet.", draw.strong)], []]
        if self._findings is None:
            out.append([("looking around on this machine…", draw.quiet)])
        elif self._findings:
            out.append([("Found on this machine", draw.quiet)])
            out += self._found(room, draw)
        else:
            out += wrapped(
                "Nothing was found on this machine that could be shown without a key.", room, draw.quiet
            )
        out += [[], *self._ways(room, draw)]
        if self._busy:
            out += [[], [(self._busy, draw.accent)]]
        if self._trouble:
            first, *rest = self._trouble
            out += [[], *wrapped(f"✖ {first}", room, draw.broken)]
            for words in rest:
                out += wrapped(words, room, draw.quiet)
        return [[(" " * MARGIN, draw.text), *cut(line, room)] for line in out]

    def _found(self, room: int, draw: Look) -> Lines:
        rows: list[list[Cell]] = []
        for finding in self._findings or ():
            press: list[Piece] = []
            if finding.method and finding.key:
                press = [(finding.key, draw.accent + draw.strong), (f"  {clean(finding.action)}", draw.text)]
            title = [("  ", draw.text), (clean(finding.title), draw.strong)]
            rows.append([title, [(clean(finding.detail), draw.quiet)], press])
        natural = sum(max(width_of(row[i]) for row in rows) for i in range(3)) + 6
        if natural <= room:
            return table(rows, ("left", "left", "left"), gap=3, flex=1, width=room)
        lines: Lines = []
        for name, detail, key in rows:
            lines += [list(name), [("  ", draw.text), *detail]]
            lines += [[("  ", draw.text), *key], []] if key else [[]]
        return lines[:-1]

    def _ways(self, room: int, draw: Look) -> Lines:
        what = f"add {self._providers}" if self._providers else "add a service"
        add: list[Piece] = [("a", draw.accent + draw.strong), (f"  {what}", draw.text)]
        look_around: list[Piece] = [
            ("   or look around first: ", draw.quiet),
            ("stackk-tui --demo", draw.text),
        ]
        return [add] if self._in_demo else [add, look_around]


def _listed(names: Sequence[str]) -> str:
    """Gives `A, B or C` in the words of a sentence."""
    if len(names) < 2:
        return "".join(names)
    last = names[-1][:1].lower() + names[-1][1:]
    return f"{', '.join(names[:-1])} or {last}"

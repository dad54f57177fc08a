"""The head of the dashboard: this month's total, and what it is made of."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from stackk_tui.model.board import Board, ConvertedLine, TotalLine
from stackk_tui.report import format as f
from stackk_tui.report.conversion import original, rate_words
from stackk_tui.tui.theme import Look
from stackk_tui.tui.widgets.cells import Cell, Piece, cut, width_of
from stackk_tui.tui.widgets.panel import Lines, Panel

NAME = "stackk"
FORMS = ("full", "short", "bare")


class TotalBar(Panel):
    """` stackk   November · $397.31 measured + $220.00 list price · €20.00 typed`.

    Parts of one currency are joined by `+`, currencies are set apart; nothing is summed across kinds, but
    for the sum in the currency that a person chose, by rates they typed.
    """

    def __init__(self, board: Board, *, note: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self._board = board
        self._note = note
        self._unseen = 0

    def badge(self, unseen: int) -> None:
        """Shows how many alerts nobody has seen yet; nothing where all are."""
        if unseen != self._unseen:
            self._unseen = unseen
            self.changed()

    def show(self, board: Board) -> None:
        """Shows the totals of this board."""
        self._board = board
        self.changed()

    def lines(self, width: int, draw: Look) -> Lines:
        left: list[Piece] = [(f" {NAME}", draw.accent + draw.strong)]
        if self._note:
            left.append((f" {self._note}", draw.quiet))
        if self._unseen:
            left.append((f"  ▲ {self._unseen}", draw.look))
        room = width - width_of(left) - 4
        right = next(
            (cell for cell in self._choices(draw) if width_of(cell) <= room), None
        ) or self._as_many_as_fit(draw, room)
        gap = max(1, width - width_of(left) - width_of(right) - 1)
        return [cut([*left, (" " * gap, draw.text), *right], width)]

    def _choices(self, draw: Look) -> Iterable[Cell]:
        """Gives ways to write it, the longest first. A converted sum never stands without its original."""
        if self._board.converted is not None:
            yield from (self._converted(self._board.converted, draw, form) for form in FORMS)
        problem: list[Piece] = []
        if self._board.currency_problem:
            problem = [("  ▲ ", draw.look), ("the rates in config.toml cannot be used: $", draw.quiet)]
        if (coming := self._coming(draw)) and not problem:
            yield from ([*self._words(draw, form), *coming] for form in ("full", "short"))
        yield [*self._words(draw, "full"), *problem]
        yield from (self._words(draw, form) for form in FORMS)

    def _coming(self, draw: Look) -> list[Piece]:
        """Gives ` · ≈ $540 by 30 Nov`: what use is expected to cost, and the prices that come anyway."""
        coming = self._board.forecast
        last = f.calendar_day(coming.last) if coming else None
        if coming is None or last is None:
            return []
        end = f.round_to(Decimal(coming.expected) + Decimal(coming.fixed), 0)
        day = f.day(last, calendar_day_of(self._board))
        return [
            (" · ≈ ", draw.quiet),
            (f.money(end, coming.currency, brief=True), draw.text),
            (f" by {day}", draw.quiet),
        ]

    def _converted(self, made: ConvertedLine, draw: Look, form: str) -> list[Piece]:
        full = form == "full"
        month = f.calendar_day(self._board.month)
        pieces: list[Piece] = []
        if month and form != "bare":
            pieces.append((f"{f.month_name(month)}{' ·' if full else ''} ", draw.quiet))
        pieces += [("≈ ", draw.quiet), (f.money(made.amount, made.currency), draw.strong)]
        pieces.append((f" ({original(self._board.totals, made.rest, full=full)}", draw.quiet))
        if form != "bare":
            old = any(rate.old for rate in made.rates)
            words = rate_words(made.rates, calendar_day_of(self._board), full=full)
            pieces += [("; ", draw.quiet), (words, draw.look if old else draw.quiet)]
        pieces.append((")", draw.quiet))
        for part in made.rest:
            pieces += [(" · ", draw.quiet), *self._part(part, draw, full=full)]
        return pieces

    def _words(self, draw: Look, form: str, totals: Sequence[TotalLine] | None = None) -> list[Piece]:
        shown = self._board.totals if totals is None else totals
        month = f.calendar_day(self._board.month)
        pieces: list[Piece] = []
        if month and shown and form != "bare":
            pieces.append((f.month_name(month), draw.quiet))
        last = ""
        for part in shown:
            if last:
                joint = " + " if part.currency == last else " · "
                pieces.append((joint, draw.quiet))
            elif pieces:
                pieces.append((" · " if form == "full" else " ", draw.quiet))
            pieces += self._part(part, draw, full=form == "full")
            last = part.currency
        return pieces

    @staticmethod
    def _part(part: TotalLine, draw: Look, *, full: bool) -> list[Piece]:
        before, after = f.marks(part.provenance)
        words = f.total_words(part.provenance) if full else after
        pieces: list[Piece] = [(f"{before} ", draw.quiet)] if before else []
        pieces.append((f.money(part.amount, part.currency), draw.strong))
        return [*pieces, (f" {words}", draw.quiet)] if words else pieces

    def _as_many_as_fit(self, draw: Look, room: int) -> Cell:
        """Gives the first parts and how many more there are: an amount is never cut in the middle."""
        totals = self._board.totals
        for kept in range(len(totals) - 1, 0, -1):
            more: list[Piece] = [(f" and {len(totals) - kept} more", draw.quiet)]
            cell = [*self._words(draw, "bare", totals[:kept]), *more]
            if width_of(cell) <= room:
                return cell
        return []


def calendar_day_of(board: Board) -> date:
    """Gives the UTC day on which a board was made."""
    made = f.instant(board.made_at)
    return (made or datetime.now(UTC)).date()

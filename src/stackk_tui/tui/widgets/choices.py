"""The table of workspaces with their check marks."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from stackk_tui.report import format as f
from stackk_tui.tui.theme import Look, mark_style
from stackk_tui.tui.widgets.cells import MEASURE, Piece, cut, fit, width_of
from stackk_tui.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from stackk_tui.model.service import Workspace
    from stackk_tui.stack import WorkspaceChoice

KINDS = {
    "organization": "whole organization",
    "team": "whole team",
    "machine": "this machine",
    "workspace": "workspace",
    "project": "project",
    "subscription": "subscription",
}
SKELETON = 3
INSET = "  "
"""Before what is a part of the row above."""


class Choices(LineList):
    """Rows to tick. Without a tick, the row under the cursor is what `enter` takes."""

    has_heads: ClassVar[bool] = True

    def __init__(self, *, clock: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self._choices: list[WorkspaceChoice] | None = None
        self._ticked: set[str] = set()

    def show(self, choices: "Sequence[WorkspaceChoice]") -> None:
        """Shows the choices, the whole account first, archived and closed ones last."""
        self._choices = sorted(
            choices,
            key=lambda c: (
                not c.workspace.whole_account,
                c.workspace.closed != "",
                c.workspace.archived_at is not None,
            ),
        )
        self._ticked = set()
        self.lines_changed()

    def tick(self) -> None:
        """Ticks or unticks the row under the cursor; one that is tracked already, or closed, stays so."""
        choice = self._pointed
        if choice is None or choice.connected or choice.workspace.closed:
            return
        self._ticked ^= {choice.workspace.id}
        self.line_changed(self.cursor)

    @property
    def chosen(self) -> list[str]:
        """The ids to connect: the ticked rows in their order, else the one under the cursor."""
        if self._ticked:
            return [c.workspace.id for c in self._choices or () if c.workspace.id in self._ticked]
        choice = self._pointed
        free = choice is not None and not choice.connected and not choice.workspace.closed
        return [choice.workspace.id] if choice and free else []

    # LineList

    def count(self) -> int:
        return SKELETON if self._choices is None else len(self._choices)

    def can_point(self, index: int) -> bool:
        return self._choices is not None

    def heads(self, width: int, draw: Look) -> list[Piece] | None:
        name, aside = self._widths(width)
        return cut(
            fit([("      Name", draw.quiet)], name + 6) + fit([("  Created", draw.quiet)], aside), width
        )

    def line(self, index: int, width: int, draw: Look) -> list[Piece]:
        if self._choices is None:
            return [("      ", draw.text), (("░" if not draw.plain else "-") * (18 - 4 * index), draw.faint)]
        choice = self._choices[index]
        workspace = choice.workspace
        dim = workspace.archived_at is not None or choice.connected or workspace.closed != ""
        ticked = workspace.id in self._ticked
        box = "[·] " if choice.connected else " –  " if workspace.closed else "[x] " if ticked else "[ ] "
        name_width, _ = self._widths(width)
        inset = INSET if workspace.part_of else ""
        name: list[Piece] = [(inset + workspace.name, draw.quiet if dim else draw.strong)]
        if _is_whole(workspace):
            name.append((f"  {KINDS.get(workspace.kind, workspace.kind)}", draw.quiet))
        return cut(
            [
                ("›" if index == self.cursor else " ", draw.accent),
                (box, draw.accent if ticked else draw.quiet),
                ("▌", mark_style(workspace.color) if workspace.color else draw.faint),
                *fit(name, name_width),
                ("  ", draw.text),
                (self._aside(workspace, connected=choice.connected, brief=width < 70), draw.quiet),
            ],
            width,
        )

    @property
    def _pointed(self) -> "WorkspaceChoice | None":
        if self._choices and 0 <= self.cursor < len(self._choices):
            return self._choices[self.cursor]
        return None

    def _aside(self, workspace: "Workspace", *, connected: bool, brief: bool) -> str:
        if workspace.closed:
            return workspace.closed
        today = self._clock().date()
        parts: list[str] = []
        if brief and (connected or workspace.archived_at):
            return "already tracked" if connected else "archived"
        if workspace.created_at:
            parts.append(f.day(workspace.created_at.date(), today))
        if workspace.plan:
            parts.append(workspace.plan)
        if workspace.archived_at:
            parts.append(f"archived {f.day(workspace.archived_at.date(), today)}")
        if connected:
            parts.append("already tracked")
        return " · ".join(parts)

    def _widths(self, width: int) -> tuple[int, int]:
        names = [
            width_of([((INSET if c.workspace.part_of else "") + c.workspace.name, MEASURE)])
            + (2 + len(KINDS.get(c.workspace.kind, "")) if _is_whole(c.workspace) else 0)
            for c in self._choices or ()
        ]
        name = min(max([20, *names]), max(12, width - (42 if width >= 70 else 27)))
        return name, max(0, width - name - 7)


def _is_whole(workspace: "Workspace") -> bool:
    """Whether it has others in it."""
    holds_others = workspace.kind in ("organization", "team") and not workspace.part_of
    return workspace.whole_account or holds_others

"""Opens the screens: the last board first, everything heavy after the first paint."""

from typing import TYPE_CHECKING

from stackk_tui.commands.guard import UsageError
from stackk_tui.tui.terminal import refusal, silence_textual, use_utf8

if TYPE_CHECKING:
    from stackk_tui.stack import Stack


def open_screens(*, demo: bool, theme: str | None, mouse: bool, plain: bool) -> int:
    """Runs the screens until they are left; gives their exit code. Raises UsageError without a terminal."""
    if reason := refusal():
        raise UsageError(reason)
    use_utf8()
    silence_textual()
    if demo:
        from stackk_tui.commands.process import prepare
        from stackk_tui.demo import run_demo

        prepare()
        return run_demo(theme=theme, mouse=mouse, plain=plain)
    from stackk_tui.config import load_settings
    from stackk_tui.model.board import Board
    from stackk_tui.storage.board_cache import read_board
    from stackk_tui.tui.app import StackkApp

    settings = load_settings()
    board = read_board(settings.paths.ledger) or Board()

    async def open_stack() -> "Stack":
        from stackk_tui.commands.process import prepare
        from stackk_tui.stack import Stack

        prepare()
        return await Stack.open(settings)

    app = StackkApp(board, open_stack, theme=theme, plain=plain)
    if theme is not None and theme not in app.available_themes:
        raise UsageError("There is no such theme. There are:", ", ".join(sorted(app.available_themes)))
    app.run(mouse=mouse)
    return app.return_code or 0

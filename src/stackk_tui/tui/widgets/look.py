"""How a widget gets at the styles of the theme in use."""

from typing import TYPE_CHECKING, cast

from textual.widget import Widget

from stackk_tui.tui.theme import Look

if TYPE_CHECKING:
    from stackk_tui.tui.app import StackkApp


def house(widget: Widget) -> "StackkApp":
    """Gives the app as ours."""
    return cast("StackkApp", widget.app)


def look(widget: Widget) -> Look:
    """Gives the styles to draw with."""
    return house(widget).look

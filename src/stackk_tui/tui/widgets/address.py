"""An address to open elsewhere: wrapped from edge to edge, so that any way of selecting it gives it whole."""

from typing import ClassVar

from textual.content import Content
from textual.style import Style
from textual.widgets import Static


class Address(Static, can_focus=True):
    """Plain text that can be selected, and a link (OSC 8) where the terminal has such a thing."""

    DEFAULT_CSS: ClassVar[str] = """
    Address { width: 1fr; height: auto; text-wrap: wrap; text-overflow: fold; color: $foreground; }
    Address:focus { color: $accent-role; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)
        self.address = ""

    def show(self, address: str, *, link: bool) -> None:
        """Shows it; `link` also makes it one."""
        self.address = address
        is_page = address.startswith(("https://", "http://"))
        self.update(Content.styled(address, Style(link=address) if link and is_page else ""))

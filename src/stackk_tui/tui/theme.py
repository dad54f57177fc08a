"""The colours, by role. A theme gives each role a colour; widgets and `.tcss` files name roles only.

All colours of `stackk` and `stackk-light` are in the xterm palette, so 256 colours look as truecolor does.
Levels are blue-green, orange and red, and never speak alone: a glyph and a word stand beside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.color import Color, ColorParseError
from rich.style import Style
from textual.theme import Theme

DARK = {
    "quiet": "#8a8a8a",
    "faint": "#4e4e4e",
    "accent-role": "#5fafff",
    "ok": "#5fafaf",
    "look": "#ffaf5f",
    "broken": "#ff5f5f",
    "cursor": "#262626",
}
LIGHT = {
    "quiet": "#626262",
    "faint": "#bcbcbc",
    "accent-role": "#005faf",
    "ok": "#00875f",
    "look": "#af5f00",
    "broken": "#af0000",
    "cursor": "#e4e4e4",
}
ANSI = {
    "quiet": "ansi_bright_black",
    "faint": "ansi_bright_black",
    "accent-role": "ansi_blue",
    "ok": "ansi_cyan",
    "look": "ansi_yellow",
    "broken": "ansi_red",
    "cursor": "ansi_default",
}

HEAT_DARK = ("#3a3a3a", "#005f87", "#0087af", "#5fafd7", "#afd7ff")
HEAT_LIGHT = ("#bcbcbc", "#5fafd7", "#0087d7", "#005faf", "#00005f")
"""From nothing to much; glyphs say the same where there are no colours."""

STACKK = Theme(
    name="stackk",
    primary="#5fafff",
    secondary="#8a8a8a",
    accent="#5fafff",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    success="#5fafaf",
    warning="#ffaf5f",
    error="#ff5f5f",
    dark=True,
    variables={
        "scrollbar": "#3a3a3a",
        "scrollbar-background": "#121212",
        "scrollbar-hover": "#5fafff",
        "scrollbar-active": "#5fafff",
        "scrollbar-background-hover": "#121212",
        "scrollbar-background-active": "#121212",
        "input-selection-background": "#5fafff 35%",
    },
)
STACKK_LIGHT = Theme(
    name="stackk-light",
    primary="#005faf",
    secondary="#626262",
    accent="#005faf",
    foreground="#262626",
    background="#ffffff",
    surface="#eeeeee",
    panel="#e4e4e4",
    success="#00875f",
    warning="#af5f00",
    error="#af0000",
    dark=False,
    variables={"scrollbar": "#bcbcbc", "scrollbar-background": "#ffffff"},
)
OURS = ("stackk", "stackk-light", "ansi-dark", "ansi-light")
"""The themes that the palette offers."""


def role_colors(theme: Theme) -> Mapping[str, str]:
    """Gives each role its colour in that theme."""
    if theme.ansi:
        return ANSI
    return DARK if theme.dark else LIGHT


@dataclass(frozen=True, slots=True)
class Look:
    """The styles to draw with, and whether only ASCII may be used for bars and charts."""

    text: Style
    strong: Style
    quiet: Style
    faint: Style
    accent: Style
    ok: Style
    look: Style
    broken: Style
    cursor: Style
    badge: Style
    flat_cursor: bool
    """True where the cursor's line is drawn reversed, without any other colour (16 colours)."""
    plain: bool = False
    heat: tuple[Style, ...] = ()
    """From nothing to much, five styles."""

    def level(self, word: str) -> Style:
        """Gives the style of a level's or a status's word."""
        return {"ok": self.ok, "high": self.look, "full": self.broken}.get(word, self.text)


def look_of(theme: Theme, *, plain: bool = False) -> Look:
    """Gives the styles of a theme."""
    roles = {name: _color(color) for name, color in role_colors(theme).items()}
    flat = theme.ansi
    return Look(
        text=Style.null(),
        strong=Style(bold=True),
        quiet=Style(color=roles["quiet"]),
        faint=Style(color=roles["faint"]),
        accent=Style(color=roles["accent-role"], bold=flat),
        ok=Style(color=roles["ok"]),
        look=Style(color=roles["look"]),
        broken=Style(color=roles["broken"]),
        cursor=Style(reverse=True) if flat else Style(bgcolor=roles["cursor"]),
        badge=Style(reverse=True) if flat else Style(bgcolor=roles["cursor"], bold=True),
        flat_cursor=flat,
        plain=plain,
        heat=_heat(theme, roles),
    )


def _heat(theme: Theme, roles: Mapping[str, Color]) -> tuple[Style, ...]:
    if theme.ansi:  # one colour: the glyphs tell the levels apart
        return (Style(color=roles["faint"]), *(Style(color=roles["accent-role"]) for _ in range(4)))
    return tuple(Style(color=_color(color)) for color in (HEAT_DARK if theme.dark else HEAT_LIGHT))


def mark_style(color: str) -> Style:
    """Gives the style of a provider's mark; a colour that cannot be read leaves it plain."""
    try:
        return Style(color=Color.parse(color))
    except ColorParseError:
        return Style.null()


def _color(name: str) -> Color:
    return Color.parse(name.removeprefix("ansi_"))

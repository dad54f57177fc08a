"""Cleaning text, without loading what only odd text needs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    How = tuple[str, str | None, str | None, str | None]


def cleaned(text: str, limit: int = 1024) -> str:
    """Gives what `model.text.clean` gives."""
    if text.isascii() and text.isprintable():
        return text[:limit]
    from stackk_tui.model.text import clean

    return clean(text, limit)


UNKNOWN_MODEL = "unknown"
_KEPT = 10_000
_words: dict[str | None, str | None] = {None: None, "": None}
_hows: dict[tuple[str | None, ...], How] = {}


def word_of(text: str | None) -> str | None:
    """Gives cleaned text, None for nothing."""
    if text in _words:
        return _words[text]
    if len(_words) > _KEPT:
        _words.clear()
        _words.update({None: None, "": None})
    found = _words[text] = cleaned(text or "")
    return found


def how_of(raw: tuple[str | None, ...]) -> How:
    """Gives model, speed, tier and geo, cleaned."""
    found = _hows.get(raw)
    if found is None:
        if len(_hows) > _KEPT:
            _hows.clear()
        model, speed, tier, geo = raw
        found = word_of(model) or UNKNOWN_MODEL, word_of(speed), word_of(tier), word_of(geo)
        _hows[raw] = found
    return found

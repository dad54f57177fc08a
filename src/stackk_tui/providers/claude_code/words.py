"""Cleaning text, without loading what only odd text needs."""


def cleaned(text: str, limit: int = 1024) -> str:
    """Gives what `model.text.clean` gives."""
    if text.isascii() and text.isprintable():
        return text[:limit]
    from stackk_tui.model.text import clean

    return clean(text, limit)

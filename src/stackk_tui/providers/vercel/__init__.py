"""Vercel's teams and projects, by an access token (`api/vercel.md`)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackk_tui.providers.vercel.provider import VercelProvider

__all__ = ["VercelProvider"]


def __getattr__(name: str) -> object:
    """Loads the provider when it is first asked for: `info` alone must stay light."""
    if name == "VercelProvider":
        from stackk_tui.providers.vercel.provider import VercelProvider

        return VercelProvider
    raise AttributeError(name)

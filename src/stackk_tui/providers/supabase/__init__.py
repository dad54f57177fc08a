"""Supabase organizations and projects, by the Management API (`api/supabase.md`)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackk_tui.providers.supabase.provider import SupabaseProvider

__all__ = ["SupabaseProvider"]


def __getattr__(name: str) -> object:
    """Loads the provider when it is first asked for: `info` alone must stay light."""
    if name == "SupabaseProvider":
        from stackk_tui.providers.supabase.provider import SupabaseProvider

        return SupabaseProvider
    raise AttributeError(name)

"""What one key of OpenRouter has spent (`api/other-providers.md`)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackk_tui.providers.openrouter.provider import OpenRouterProvider

__all__ = ["OpenRouterProvider"]


def __getattr__(name: str) -> object:
    """Loads the provider when it is first asked for: `info` alone must stay light."""
    if name == "OpenRouterProvider":
        from stackk_tui.providers.openrouter.provider import OpenRouterProvider

        return OpenRouterProvider
    raise AttributeError(name)

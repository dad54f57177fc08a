"""Anthropic's Console organizations, by the Admin API (`api/anthropic.md`)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackk_tui.providers.anthropic.provider import AnthropicProvider

__all__ = ["AnthropicProvider"]


def __getattr__(name: str) -> object:
    """Loads the provider when it is first asked for: `info` alone must stay light."""
    if name == "AnthropicProvider":
        from stackk_tui.providers.anthropic.provider import AnthropicProvider

        return AnthropicProvider
    raise AttributeError(name)

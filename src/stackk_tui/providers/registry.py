"""The one list of providers: what each is, and where its code is when it is needed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from stackk_tui.model.errors import InvalidInput
from stackk_tui.providers.anthropic.info import ANTHROPIC
from stackk_tui.providers.base import Provider, ProviderContext, ProviderInfo
from stackk_tui.providers.claude_code.info import CLAUDE_CODE
from stackk_tui.providers.custom_info import CUSTOM
from stackk_tui.providers.openrouter.info import OPENROUTER
from stackk_tui.providers.supabase.info import SUPABASE
from stackk_tui.providers.vercel.info import VERCEL


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider's info and `module:factory`; the factory takes a ProviderContext."""

    info: ProviderInfo
    factory: str
    reads_logs: bool = False
    """Whether it is a `ReportsUsage`."""

    def build(self, context: ProviderContext) -> Provider:
        module, name = self.factory.split(":")
        make: Callable[[ProviderContext], Provider] = getattr(import_module(module), name)
        return make(context)


ENTRIES: tuple[Entry, ...] = (
    Entry(ANTHROPIC, "stackk_tui.providers.anthropic:AnthropicProvider"),
    Entry(CLAUDE_CODE, "stackk_tui.providers.claude_code:ClaudeCodeProvider", reads_logs=True),
    Entry(SUPABASE, "stackk_tui.providers.supabase:SupabaseProvider"),
    Entry(VERCEL, "stackk_tui.providers.vercel:VercelProvider"),
    Entry(OPENROUTER, "stackk_tui.providers.openrouter:OpenRouterProvider"),
    Entry(CUSTOM, "stackk_tui.providers.custom:CustomProvider"),
)


def infos() -> tuple[ProviderInfo, ...]:
    """Gives every provider's info, in the order of the add screen."""
    return tuple(entry.info for entry in ENTRIES)


def log_readers() -> tuple[str, ...]:
    """Gives the ids of the providers that can report usage from logs on this machine."""
    return tuple(entry.info.id for entry in ENTRIES if entry.reads_logs)


class Providers:
    """Builds a provider once, when it is first asked for."""

    def __init__(self, context: ProviderContext) -> None:
        self._context = context
        self._built: dict[str, Provider] = {}
        self._building = threading.Lock()  # built twice, one of the two would never be closed

    def get(self, provider_id: str) -> Provider:
        """Raises InvalidInput for a provider we do not know."""
        with self._building:
            if provider_id not in self._built:
                self._built[provider_id] = _entry(provider_id).build(self._context)
            return self._built[provider_id]

    async def aclose(self) -> None:
        for provider in self._built.values():
            await provider.aclose()


def _entry(provider_id: str) -> Entry:
    for entry in ENTRIES:
        if entry.info.id == provider_id:
            return entry
    known = ", ".join(entry.info.id for entry in ENTRIES)
    raise InvalidInput(
        f"There is no provider called {provider_id!r}.", next_step=f"Known providers: {known}."
    )

"""Claude Code's transcripts on this machine (`claude-code-logs.md`).

roots     where transcripts are             listing   which files are there
wire      one line → one usage record       reader    one file → its calls, each byte once
dedupe    many copies → one call            index     what has been read, in SQLite
prices    what a call costs at list price   report    calls → rows and totals
zone      the person's time zone            provider  all of it, as a provider
"""

TYPE_CHECKING = False  # `typing` takes longer to import than the status line may take
if TYPE_CHECKING:
    from stackk_tui.providers.claude_code.provider import ClaudeCodeProvider

__all__ = ["ClaudeCodeProvider"]


def __getattr__(name: str) -> object:
    if name == "ClaudeCodeProvider":
        from stackk_tui.providers.claude_code.provider import ClaudeCodeProvider

        return ClaudeCodeProvider
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""Claude Code's transcripts on this machine (`claude-code-logs.md`).

roots      where transcripts are, and whose   listing    which files are there
search     the marker in a buffer             lines      a line, typed; what is odd goes to wire
taking     lines → the calls of a file        reader     a file, each byte once
worker     reading in a process beside        pool       many files at once
keys       what tells calls apart             dedupe     many copies → one call
slots      calls → sums by quarter hour       views      what a changed file changes in them
packing    the rows of a file as one value    index      what has been read, in SQLite
scan       brings the index up to date        changes    writes what was read
sums       adds up slots, by SQL              report     sums → rows, priced
prices     what a call costs at list price    zone       the person's time zone
usage      questions → reports                live       what goes on right now
watch      whether anything changed           today      today's sums for a status line
migration  an index of version 1              provider   all of it, as a provider
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

"""Claude Code's transcripts on this machine (`claude-code-logs.md`)."""

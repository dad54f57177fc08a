"""What the add screen says of Claude Code."""

from stackk_tui.providers.base import Door, ProviderInfo

CLAUDE_CODE = ProviderInfo(
    id="claude-code",
    name="Claude Code",
    category="AI & ML",
    color="#c15f3c",
    tagline="Tokens and API-equivalent value from the transcripts on this machine",
    doors=(
        Door(
            method="local",
            title="Claude Code on this machine",
            shows="tokens by day, project, session and model; reads local files, needs no sign-in",
            can=frozenset({"usage", "series"}),
            unknown="how full the plan is, what it costs",
        ),
    ),
)

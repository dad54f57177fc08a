"""The line under Claude Code's prompt (`api/anthropic.md` §5.3): it is run after every update, so all on its
way is the part of the standard library that starts quickly. What takes longer is in `look` and `install`."""

"""Programs for the people who build stackk-tui; nothing of them is shipped."""

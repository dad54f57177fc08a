"""The headless commands, one file each. A file is imported when its command is run."""

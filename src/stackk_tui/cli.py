"""The door: `--version` at once, one headless command, or the screens. Everything else is imported late."""

import sys


def main(argv: list[str] | None = None) -> int:
    """Runs one command line and gives its exit code (DESIGN §4). Never raises, never shows a traceback."""
    words = sys.argv[1:] if argv is None else argv
    if words in (["--version"], ["-V"]):
        from stackk_tui import __version__

        try:
            if sys.stdout is not None:
                sys.stdout.write(f"stackk-tui {__version__}\n")
                sys.stdout.flush()
        except OSError:  # a full disk, or nobody reads it
            sys.stdout = None  # Python would try once more at exit
            return 1
        return 0
    if words[:1] == ["statusline"]:
        from stackk_tui.commands.statusline import quick

        if quick(words[1:], leave=argv is None):
            return 0
    from stackk_tui.commands.guard import guarded

    return guarded(lambda: _run(words, leave=argv is None))


def _run(words: list[str], *, leave: bool) -> int:
    if words[:1] == ["usage"]:
        from stackk_tui.commands.usage_quick import run as answer

        code = answer(words[1:], leave=leave)
        if code is not None:
            return code
    from stackk_tui.commands.main import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())

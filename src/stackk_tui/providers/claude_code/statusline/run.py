"""Prints the line: reads stdin, keeps what it says, shows what is known, and then does the rest.

Whatever goes wrong, there is one line: it stands under somebody's prompt.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic

from stackk_tui.providers.claude_code.statusline import line as lines
from stackk_tui.providers.claude_code.statusline.facts import AROUND, Around, Facts
from stackk_tui.providers.claude_code.statusline.options import Options, keep_section, section_of
from stackk_tui.providers.claude_code.statusline.parse import Told, read
from stackk_tui.providers.claude_code.statusline.where import Places, claude_folder, source_of
from stackk_tui.storage.pushed_windows import Pushed, WindowStore

Notes = Mapping[str, tuple[str, datetime]]
_MOST_INPUT = 4 * 1024 * 1024
_INPUT_SECONDS = 1.0


class Line:
    """One line and what is to be done after it is printed."""

    __slots__ = ("around", "data", "facts", "folder", "options", "places", "source", "text")

    def __init__(self, words: Sequence[str], env: Mapping[str, str], data: bytes, now: datetime) -> None:
        self.data = data
        self.options = Options(words, env)
        self.places = Places(env)
        self.folder = claude_folder(env, self.places.home)
        self.source = source_of(self.folder)
        told = read(b"" if self.options.tmux else data, now)
        kept, notes = self._kept(told, now)
        self.around = self._look_around(notes.get(f"{AROUND}:{self.source}"), env, now)
        self.facts = Facts(told, kept, self.around, now)
        self.text = self._text()

    def _kept(self, told: Told, now: datetime) -> tuple[dict[str, Pushed], Notes]:
        """Keeps what was told; gives what is known now, and the notes. A store that fails costs no line."""
        kept = {name: Pushed(name, w.used, w.resets_at, now) for name, w in told.windows.items()}
        notes: Notes = {}
        section: Mapping[str, object] = {}
        try:
            with WindowStore(self.places.windows, self.options.problems.append) as store:
                if told.session or told.windows:
                    store.push(self.source, told.windows, now, session=told.session, pulse=told.pulse)
                kept, notes = store.latest(self.source), store.notes()
                section, body = section_of(self.places.config_file, notes, self.options.problems)
                if body is not None:
                    keep_section(store, body, now)
        except Exception as error:  # noqa: BLE001  # naming StorageError here would import it every time
            self.options.problems.append(f"statusline: {error}")
        self.options.follow(section)
        return kept, notes

    def _look_around(
        self, note: tuple[str, datetime] | None, env: Mapping[str, str], now: datetime
    ) -> Around:
        if self.options.background:
            body, at = note or ("", None)
            return Around(body, at, now)
        try:
            from stackk_tui.config import load_settings
            from stackk_tui.providers.claude_code.statusline.look import around

            before = note[0] if note else ""
            return Around(around(load_settings(env), before, now), now, now)
        except Exception as error:  # noqa: BLE001  # whatever another file holds, the rest of the line stands
            self.options.problems.append(f"statusline: {error}")
            return Around("", None, now)

    def _text(self) -> str:
        options, unknown = self.options, list[str]()
        spans = lines.spans_of(self.facts, options.form, unknown)
        if unknown:
            options.problems.append(
                f"statusline: there is no {{{unknown[0]}}}; there are {', '.join(lines.PLACEHOLDERS)}"
            )
        if options.json:
            from stackk_tui.providers.claude_code.statusline.as_json import as_json

            return as_json(self.facts, lines.bare(spans))
        if options.plain or not _writes_unicode():
            spans = lines.ascii_only(spans)
        if options.tmux:
            return lines.tmux(spans, color=options.color)
        return lines.ansi(spans) if options.color else lines.bare(spans)


Complain = Callable[[list[str]], None]
"""Takes sentences for stderr."""


def run(words: Sequence[str], env: Mapping[str, str], complain: Complain) -> None:
    """Prints the line, then starts what brings the next one up to date, then hands stdin on to the command
    the person had before. Never raises but for a signal."""
    data, line, printed = b"", None, False
    try:
        data = b"" if "--tmux" in words else read_stdin()
        line = Line(words, env, data, datetime.now(UTC))
        printed = True
        _put(line.text)
    except Exception as error:  # noqa: BLE001  # a bug must not take away the line
        if not printed:
            _put(lines.NOTHING)
        complain([f"statusline: an internal error: {type(error).__name__}"])
    if line is None:
        return
    if line.options.problems:
        complain(line.options.problems)
    _refresh(line)
    if line.options.chain and not line.options.tmux:
        from stackk_tui.providers.claude_code.statusline.chain import hand_on

        hand_on(line.options.chain, data, line.options.chain_seconds)


def read_stdin() -> bytes:
    """Gives what is on stdin, as far as it comes within a second; nothing from a terminal."""
    try:
        handle = sys.stdin.fileno()
        if os.isatty(handle):
            return b""
    except (AttributeError, OSError, ValueError):  # there is none
        return b""
    from select import select

    data, until = bytearray(), monotonic() + _INPUT_SECONDS
    try:
        while len(data) < _MOST_INPUT and select([handle], [], [], max(0.0, until - monotonic()))[0]:
            piece = os.read(handle, 65_536)
            if not piece:
                break
            data += piece
    except OSError:  # shut while we read
        pass
    return bytes(data)


def _refresh(line: Line) -> None:
    """Lets another process look around again, when the last look is old."""
    if not line.options.background:
        return
    from stackk_tui.providers.claude_code.statusline.refresh import refresh_if_due

    refresh_if_due(line.places.lock, line.folder, line.around.at, line.facts.now, idle=line.options.tmux)


def _writes_unicode() -> bool:
    return str(getattr(sys.stdout, "encoding", "") or "").lower().startswith("utf")


def _put(text: str) -> None:
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except UnicodeEncodeError:
        sys.stdout.write(f"{text.encode('ascii', 'replace').decode('ascii')}\n")
    except (OSError, ValueError, AttributeError):  # nobody reads it, or there is no stdout
        sys.stdout = None  # Python would try once more at exit

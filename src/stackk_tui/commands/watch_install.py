"""`watch --install`: a systemd user service or a line in the crontab, shown first, and taken out again."""

import argparse
import difflib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stackk_tui.commands.guard import FAILED, GOOD, UsageError, complain, hide_keys
from stackk_tui.commands.output import put, put_json
from stackk_tui.commands.process import has_terminal
from stackk_tui.commands.watch_unit import UNIT, cron_line, is_ours_in_cron, own_folders, unit_text
from stackk_tui.config import Settings, load_settings
from stackk_tui.folders import private_folder
from stackk_tui.model.errors import StorageError
from stackk_tui.model.text import clean
from stackk_tui.storage.files import unusable

SECONDS = 30.0
"""How long systemctl and crontab may take."""
_NOTHING = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Change:
    """What would be written: a whole file's text before and after; None is no file."""

    where: str
    before: str | None
    after: str | None

    @property
    def needed(self) -> bool:
        return self.before != self.after

    def diff(self) -> list[str]:
        before, after = ([] if t is None else t.splitlines() for t in (self.before, self.after))
        what = "new" if self.before is None else "removed" if self.after is None else "changed"
        shown = difflib.unified_diff(before, after, self.where, f"{self.where} ({what})", lineterm="", n=2)
        return [hide_keys(clean(line, 2000)) for line in shown]


def run(args: argparse.Namespace) -> int:
    if args.passphrase_fd is not None or args.passphrase_command is not None:
        raise UsageError(
            "A service holds no passphrase and no command that prints one.",
            "Give the vault a key file and set STACKK_VAULT_KEY_FILE while installing.",
        )
    if args.cron and args.now:
        raise UsageError("--now is for systemd; cron begins by itself.")
    settings = load_settings()
    if args.cron:
        return _cron(args, settings)
    return _unit(args, settings)


def _unit(args: argparse.Namespace, settings: Settings) -> int:
    path = unit_path(settings)
    before = _read(path)
    change = Change(str(path), before, None if args.uninstall else unit_text(settings, this_program()))
    backup = None
    if change.needed:
        if not _agreed(change, args):
            return GOOD
        if args.uninstall and args.now:
            _systemctl("disable", "--now", UNIT)
        backup = _back_up(settings, UNIT, before)
        if args.install:
            _make_folders(settings)
        _write(path, change.after)
    code = GOOD
    if args.now:
        done = _systemctl("daemon-reload")
        if args.install:
            done = done and _systemctl("enable", "--now", UNIT)
        code = GOOD if done else FAILED
    _report(args, change, backup, _unit_words(args, change))
    return code


def _unit_words(args: argparse.Namespace, change: Change) -> list[str]:
    if args.uninstall:
        if not change.needed:
            return [f"{change.where} is not there."]
        words = [f"{change.where} is gone."]
        stop = f"systemctl --user disable --now {UNIT}"
        return words if args.now else [*words, f"If it runs: {stop}; systemctl --user daemon-reload"]
    words = [f"{change.where} {'is written' if change.needed else 'is as it should be'}."]
    if args.now:
        return [*words, f"What it does: journalctl --user -u {UNIT} -f"]
    return [
        *words,
        f"Start it: systemctl --user daemon-reload && systemctl --user enable --now {UNIT}",
        "To keep it running while you are logged out: loginctl enable-linger",
        "Undo: stackk-tui watch --uninstall --now",
    ]


def _cron(args: argparse.Namespace, settings: Settings) -> int:
    before = _crontab()
    others = [line for line in (before or "").splitlines() if not is_ours_in_cron(line)]
    wanted = others if args.uninstall else [*others, cron_line(settings, this_program())]
    after = "".join(f"{line}\n" for line in wanted)
    if args.uninstall and len(others) == len((before or "").splitlines()):
        after = before or ""
    change = Change("crontab", before or "", after)
    backup = None
    if change.needed:
        if not _agreed(change, args):
            return GOOD
        if _crontab() != before:
            raise StorageError("The crontab was changed just now.", _NOTHING, "Run this again.")
        backup = _back_up(settings, "crontab", before)
        _program(["crontab", "-"], after)
    done = "has no line of ours any more" if args.uninstall else "runs a round every five minutes"
    same = "has no line of ours" if args.uninstall else "has the line already"
    undo = [] if args.uninstall else ["Undo: stackk-tui watch --uninstall --cron"]
    _report(args, change, backup, [f"The crontab {done if change.needed else same}.", *undo])
    return GOOD


def unit_path(settings: Settings) -> Path:
    """Gives where systemd looks for a user's units."""
    base = settings.env.get("XDG_CONFIG_HOME", "")
    home = settings.env.get("HOME") or str(Path.home())
    root = Path(base) if base and Path(base).is_absolute() else Path(home) / ".config"
    return root / "systemd" / "user" / UNIT


def this_program() -> list[str]:
    """Gives how to start this program, by absolute paths; a link stays one, so that updates keep it."""
    started = Path(sys.argv[0])
    if started.name == "stackk-tui" and started.exists():
        return [str(started.absolute())]
    beside = Path(sys.executable).with_name("stackk-tui")
    return [str(beside)] if beside.exists() else [sys.executable, "-P", "-m", "stackk_tui"]


def _agreed(change: Change, args: argparse.Namespace) -> bool:
    """Shows the change and asks."""
    if not args.json:
        put("\n".join(change.diff()))
    if args.yes:
        return True
    if args.json or not has_terminal():
        raise UsageError(
            "Nobody can be asked here, so nothing was written.", "Give --yes to write this change."
        )
    sys.stderr.write("Write this change? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    put(_NOTHING)
    return False


def _report(args: argparse.Namespace, change: Change, backup: Path | None, words: Sequence[str]) -> None:
    if args.json:
        put_json(
            {
                "schema": 1,
                "changed": change.needed,
                "path": change.where,
                "backup": str(backup) if backup else None,
                "next": list(words),
            }
        )
        return
    put("\n".join([*words[:1], *([f"What it was before: {backup}"] if backup else []), *words[1:]]))


def _make_folders(settings: Settings) -> None:
    """Makes what the service may write to: systemd opens only what is there."""
    for folder in own_folders(settings):
        try:
            private_folder(folder)
        except OSError as error:
            raise unusable(folder, error) from error


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise StorageError(f"{path} is not text.", _NOTHING, "Look what is there.") from None
    except OSError as error:
        raise unusable(path, error) from error


def _write(path: Path, text: str | None) -> None:
    """Puts a whole file there, or removes it. A link is never written through."""
    try:
        if text is None:
            path.unlink(missing_ok=True)
            return
        private_folder(path.parent)
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        with fresh.open("x", encoding="utf-8") as file:
            fresh.chmod(0o600)
            file.write(text)
        fresh.replace(path)
    except OSError as error:
        raise unusable(path, error) from error


def _back_up(settings: Settings, name: str, text: str | None) -> Path | None:
    """Keeps what was there in our own folder, readable by its owner only."""
    if not text:
        return None
    folder = settings.paths.state / "backups"
    try:
        private_folder(folder)
        for number in range(1, 1000):
            path = folder / f"{name}.{number}.bak"
            if not path.exists():
                with path.open("x", encoding="utf-8") as file:
                    path.chmod(0o600)
                    file.write(text)
                return path
    except OSError as error:
        raise unusable(folder, error) from error
    raise StorageError(f"{folder} is full of backups.", _NOTHING, "Remove some of them.")


def _crontab() -> str | None:
    """Gives the crontab; None where there is none yet."""
    done = _program(["crontab", "-l"], None, may_fail=True)
    return done.stdout if done.returncode == 0 else None


def _systemctl(*words: str) -> bool:
    try:
        done = _program(["systemctl", "--user", *words], None, may_fail=True)
    except StorageError as error:
        complain(error.lines())
        return False
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        complain([f"systemctl --user {words[0]} failed: {said}", "The file is written all the same."])
    return done.returncode == 0


def _program(
    words: list[str], text: str | None, *, may_fail: bool = False
) -> "subprocess.CompletedProcess[str]":
    try:
        done = subprocess.run(
            words, input=text or "", capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise StorageError(
            f"{words[0]} cannot be run here.",
            _NOTHING,
            "Is it installed? There is also the other way: "
            + ("leave out --cron for systemd." if words[0] == "crontab" else "--cron."),
        ) from None
    if done.returncode != 0 and not may_fail:
        raise StorageError(f"{words[0]} refused.", _NOTHING, "Run it by hand to see what it says.")
    return done

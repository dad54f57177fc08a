"""What `doctor` sees without the ledger: program, terminal, locale, network, folders, variables."""

import os
import platform
import stat
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from stackk_tui import __version__
from stackk_tui.config import Settings

_COMPILED = "by the compiled reader"
_PLAIN = "by the plain reader: slower, with the same figures; none was compiled when this was installed"

State = Literal["ok", "look", "broken"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line: `state` ok, look (worth a look) or broken."""

    section: str
    id: str
    label: str
    value: str
    state: State = "ok"


def machine_checks(settings: Settings) -> list[Check]:
    return [
        *_program(),
        *_terminal(settings),
        *_locale(settings),
        *_network(settings),
        *_folders(settings),
        *_variables(settings),
    ]


def _program() -> list[Check]:
    import sqlite3

    from stackk_tui.providers.claude_code.native import answers

    old = sys.version_info < (3, 11)
    return [
        Check("program", "version", "stackk-tui", __version__),
        Check("program", "python", "Python", platform.python_version(), "broken" if old else "ok"),
        Check("program", "system", "System", f"{platform.system()} {platform.release()}"),
        Check("program", "textual", "Textual", _installed("textual")),
        Check("program", "httpx", "httpx", _installed("httpx")),
        Check("program", "sqlite", "SQLite", sqlite3.sqlite_version),
        Check("program", "transcripts", "Transcripts are read", _COMPILED if answers() else _PLAIN),
    ]


def _terminal(settings: Settings) -> list[Check]:
    env = settings.env
    term = env.get("TERM", "")
    streams = ", ".join(
        f"{name} {'yes' if stream is not None and stream.isatty() else 'no'}"
        for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr))
    )
    size = os.terminal_size((0, 0))
    for number in (0, 1, 2):
        if os.isatty(number):
            size = os.get_terminal_size(number)
            break
    small = 0 < size.columns < 40 or 0 < size.lines < 12
    shown = f"{size.columns}x{size.lines}" if size.columns else "not a terminal"
    return [
        Check("terminal", "is_terminal", "Is a terminal", streams),
        Check("terminal", "term", "TERM", term or "unset", "look" if term in ("", "dumb") else "ok"),
        Check("terminal", "colorterm", "COLORTERM", env.get("COLORTERM") or "unset"),
        Check("terminal", "colours", "Colours", colours(env.get("TERM", ""), env.get("COLORTERM", ""))),
        Check("terminal", "no_color", "NO_COLOR", _is_set(env.get("NO_COLOR"))),
        Check("terminal", "size", "Size", shown, "look" if small else "ok"),
        Check("terminal", "multiplexer", "Inside tmux or screen", _yes(env.get("TMUX") or env.get("STY"))),
        Check("terminal", "ssh", "Over SSH", _yes(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))),
    ]


def colours(term: str, colorterm: str) -> str:
    """Gives how many colours the screens will use (textual-practice §6)."""
    if term in ("", "dumb"):
        return "none"
    if colorterm.lower() in ("truecolor", "24bit"):
        return "16.7 million"
    if term.endswith("-256color") or term == "xterm-kitty":
        return "256"
    return "16"


def _locale(settings: Settings) -> list[Check]:
    env = settings.env
    name = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "unset"
    encoding = sys.stdout.encoding if sys.stdout is not None else "none"
    utf8 = encoding.lower().replace("-", "") == "utf8"
    zone = env.get("TZ") or "the system's"
    return [
        Check("locale", "locale", "Locale", name),
        Check("locale", "encoding", "Output encoding", encoding, "ok" if utf8 else "look"),
        Check("locale", "timezone", "Time zone", zone),
    ]


def _network(settings: Settings) -> list[Check]:
    """Whether https is possible at all; nothing is asked of any server."""
    proxies = [n for n in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy") if settings.env.get(n)]
    try:
        import ssl

        import certifi

        roots = len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs())
        https = Check(
            "network", "https", "https", f"possible, {ssl.OPENSSL_VERSION}, {roots} root certificates"
        )
    except (ImportError, OSError) as error:
        https = Check("network", "https", "https", f"not possible: {type(error).__name__}", "broken")
    loopback = (
        "allowed on this machine (STACKK_ALLOW_HTTP_LOOPBACK)" if settings.allow_http_loopback else "refused"
    )
    return [
        https,
        Check("network", "http", "Plain http", loopback, "look" if settings.allow_http_loopback else "ok"),
        Check("network", "proxy", "Proxy variables", ", ".join(f"{n} set" for n in proxies) or "none set"),
    ]


def _folders(settings: Settings) -> list[Check]:
    paths = settings.paths
    checks = [
        _place("config", "Settings", paths.config_file.parent),
        _place("data", "Data", paths.data),
        _place("state", "State", paths.state),
        _place("config_file", "Settings file", paths.config_file),
        _place("ledger", "Ledger", paths.ledger),
        _place("vault", "Vault", paths.vault),
    ]
    key_file = settings.vault_key_file
    if key_file is not None:
        checks.append(_place("vault_key_file", "Vault key file", key_file))
    return checks


def _place(id_: str, label: str, path: Path) -> Check:
    try:
        info = path.lstat()
    except FileNotFoundError:
        return Check("folders", id_, label, f"{path} (not there yet)")
    except OSError as error:
        return Check("folders", id_, label, f"{path}: {error.strerror}", "broken")
    mode = stat.S_IMODE(info.st_mode)
    size = f", {info.st_size:,} bytes" if stat.S_ISREG(info.st_mode) else ""
    said = f"{path} (mode {mode:04o}{size})"
    settings_only = id_ in ("config", "config_file")  # no secret is in it
    if mode & 0o077 and not (settings_only and not mode & 0o022):
        return Check("folders", id_, label, f"{said}: others can reach it; run: chmod go= {path}", "look")
    return Check("folders", id_, label, said)


def _variables(settings: Settings) -> list[Check]:
    """Which of our variables are set. Never their values: some hold a secret."""
    from stackk_tui.providers.registry import infos

    prefixes = ("STACKK_", *(f"{info.id.upper().replace('-', '_')}_" for info in infos()))
    names = sorted(name for name in settings.env if name.startswith(prefixes))
    return [Check("environment", name, name, "set") for name in names]


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _is_set(value: str | None) -> str:
    return "set" if value else "unset"


def _yes(value: str | None) -> str:
    return "yes" if value else "no"

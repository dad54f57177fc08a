"""What is installed for `watch`: a systemd unit, or a line of the crontab. No secret is in either."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from stackk_tui.config import Settings

UNIT = "stackk-tui-watch.service"
CRON_MARK = "# stackk-tui watch"
KEPT = (
    *("STACKK_HOME", "STACKK_CONFIG", "STACKK_TOKEN_STORE", "STACKK_VAULT_KEY_FILE", "STACKK_CLAUDE_BIN"),
    *("STACKK_ALLOW_HTTP_LOOPBACK", "CLAUDE_CONFIG_DIR", "TZ", "PATH"),
)
"""Settings of the environment that hold at the next login, too: places and words, never a secret."""
_ENDPOINT = re.compile(r"STACKK_[A-Z0-9_]+_(API_URL|AUTHORIZE_URL|TOKEN_URL|REVOKE_URL|ISSUER)")
"""Where keys are sent to: without these a watch would send them to another host than the app does."""

_HARDENED = """\
NoNewPrivileges=yes
PrivateUsers=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
UMask=0077
"""


def own_folders(settings: Settings) -> list[Path]:
    """Gives the folders that a watch writes to."""
    paths = settings.paths
    return list(dict.fromkeys((paths.data, paths.state, paths.config_file.absolute().parent)))


def unit_text(settings: Settings, program: Sequence[str]) -> str:
    """Gives the unit. All is read-only for it but its own folders and what `claude` renews."""
    claude = settings.env.get("CLAUDE_CONFIG_DIR", "").split(",")[0]
    writable = [*(f"-{path}" for path in own_folders(settings)), f"-{claude}" if claude else "-%h/.claude"]
    lines = [
        "[Unit]",
        "Description=stackk-tui: keeps figures fresh, and tells before a budget or a window is used up",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={_words([*program, 'watch']).replace('$', '$$')}",
        "Restart=on-failure",
        "RestartSec=60",
        "RestartPreventExitStatus=2",
        "TimeoutStopSec=5",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in _environment(settings)),
        _HARDENED.rstrip(),
        "# the sign-in of `claude` is renewed by itself in its own folder",
        f"ReadWritePaths={_words(writable, specifiers=not claude)}",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    return "\n".join(lines)


def cron_line(settings: Settings, program: Sequence[str]) -> str:
    """Gives the line for a crontab: a round every five minutes, words only where something fails."""
    given = [f"{name}={value}" for name, value in _environment(settings)]
    words = shlex.join([*(["env", *given] if given else []), *program, "watch", "--once"])
    words = words.replace("%", "\\%")  # else cron ends the line there
    return f"*/5 * * * * {words} >/dev/null {CRON_MARK}"


def is_ours_in_cron(line: str) -> bool:
    return line.rstrip().endswith(CRON_MARK)


def _environment(settings: Settings) -> list[tuple[str, str]]:
    endpoints = sorted(name for name in settings.env if _ENDPOINT.fullmatch(name))
    found = [(name, settings.env[name]) for name in (*KEPT, *endpoints) if settings.env.get(name)]
    as_is = {"PATH", *endpoints}
    return [(name, value if name in as_is else _absolute(value)) for name, value in found]


def _absolute(value: str) -> str:
    """Gives a place as seen from anywhere; a bare word stays one."""
    path = Path(value).expanduser()
    return str(path.absolute()) if "/" in value and "," not in value else value


def _words(words: Sequence[str], *, specifiers: bool = False) -> str:
    return " ".join(word if specifiers and word.startswith("-%h") else _quoted(word) for word in words)


def _quoted(word: str) -> str:
    """Gives a word as systemd reads it back: `%` doubled, quotes and backslashes escaped."""
    text = re.sub(r"[\x00-\x1f\x7f]", "", word).replace("%", "%%")
    if re.fullmatch(r"[A-Za-z0-9_./:=@%+,$-]+", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

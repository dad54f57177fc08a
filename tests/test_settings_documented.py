"""Every variable and every key of config.toml that the program reads stands in the README."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from stackk_tui.config import load_settings
from stackk_tui.net.oauth_settings import ENDPOINTS
from stackk_tui.stack.alert_settings import KEYS, alert_config

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "stackk_tui"
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = TEXT.split("\n## Settings\n")[1].split("\n## ")[0]
SYSTEMS = frozenset(
    {"HOME", "PATH", "PYTHONTZPATH", "TERM", "TERM_PROGRAM", "COLORTERM", "LANG", "LC_ALL", "LC_CTYPE", "TMUX", "STY",
     "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "DBUS_SESSION_BUS_ADDRESS",
     "XDG_CONFIG_HOME", "XDG_DATA_HOME"}
)  # fmt: skip
"""What any program finds around itself; nobody sets it for this one."""
TABLES = frozenset({"section", "table", "network", "entry"})
"""What the rooms call a table of config.toml."""


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "sandbox" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def words_looked_up(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Gives (of what, word) of `what.get("word")` and `what["word"]`; `what` is the last name of it."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and node.args
    ):
        of, word = node.func.value, node.args[0]
    elif isinstance(node, ast.Subscript):
        of, word = node.value, node.slice
    else:
        return
    if isinstance(word, ast.Constant) and isinstance(word.value, str):
        yield last_name(of), word.value


def last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def variables() -> set[str]:
    found = set()
    for _, tree in trees():
        for node in ast.walk(tree):
            found |= {word for of, word in words_looked_up(node) if of in ("env", "environ")}
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"\bSTACKK_[A-Z_]*[A-Z]\b", node.value))
    return found


def test_every_variable_is_in_the_table_of_the_environment() -> None:
    read = variables() - SYSTEMS
    assert {"STACKK_HOME", "STACKK_NO_BACKGROUND", "CLAUDE_CONFIG_DIR", "CREDENTIALS_DIRECTORY"} <= read
    told = set(re.findall(r"[A-Z][A-Z_]+", SETTINGS))
    ours = {name for name in read if not re.search(r"_(API|AUTHORIZE|TOKEN|REVOKE)_URL$|_ISSUER$", name)}
    assert ours - told - {"STACKK_P"} == set()


def test_every_name_that_is_made_for_a_provider_is_there() -> None:
    for key in (*ENDPOINTS, "issuer", "scope", "client_auth", "client_id", "client_secret"):
        assert f"_{key.upper()}" in SETTINGS, key
    assert "_OAUTH_REDIRECT_URI" in SETTINGS
    assert "STACKK_<PROVIDER>_API_URL" in SETTINGS


def test_no_variable_is_promised_that_nobody_reads() -> None:
    promised = set(re.findall(r"`(STACKK_[A-Z_]+[A-Z])`", TEXT))
    made = re.compile(r"STACKK_(ANTHROPIC|SUPABASE)_(API_URL|AUTHORIZE_URL|TOKEN_URL|REVOKE_URL|SCOPE)")
    assert {name for name in promised - variables() if not made.fullmatch(name)} == set()


def test_every_table_and_key_of_the_file_is_there() -> None:
    tables, keys = set(), set()
    for path, tree in trees():
        reads_file = "config.toml" in path.read_text(encoding="utf-8") or "section(" in path.read_text(
            encoding="utf-8"
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and last_name(node.func) == "section" and node.args:
                word = node.args[0]
                tables |= {word.value} if isinstance(word, ast.Constant) else set()
            for of, word in words_looked_up(node):
                if of == "file":
                    tables.add(word)
                elif of in TABLES and reads_file and path.name != "prices.py":
                    keys.add(word)
    assert {"alerts", "network", "vault", "token_store", "timezone"} <= tables
    assert {"proxy", "ca_file", "lock_after_minutes", "roots", "database_size"} <= keys
    for word in sorted(tables | keys | set(KEYS)):
        assert re.search(
            rf"^{word} = |^\[+(\w+\.)?{word}[\].]|`\[{word}\.<provider>\]`", TEXT, re.MULTILINE
        ), word


def test_what_the_readme_shows_of_the_file_can_be_written_into_one(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        tomllib.loads(block)
    path = tmp_path / "config" / "config.toml"
    path.parent.mkdir()
    path.write_text("\n".join(sorted(blocks, key=lambda block: block.startswith("["))), encoding="utf-8")
    settings = load_settings({"STACKK_HOME": str(tmp_path)})
    assert settings.token_store == "auto"
    assert alert_config(settings).zone_name == "Europe/Berlin"

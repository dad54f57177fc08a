"""Settings, paths and environment (DESIGN §4). Standard library only; platformdirs is imported when asked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

APP = "stackk-tui"
TOKEN_STORES = ("auto", "keyring", "vault", "memory")


class ConfigError(ValueError):
    """A setting that cannot be used; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where things live. All folders are created with mode 0700 on first use."""

    config_file: Path
    data: Path
    state: Path

    @property
    def ledger(self) -> Path:
        return self.data / "ledger.db"

    @property
    def vault(self) -> Path:
        return self.data / "vault.json"

    @property
    def pushed_windows(self) -> Path:
        return self.data / "windows.db"

    @property
    def claude_code_index(self) -> Path:
        return self.data / "claude-code.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment and the config file, read once. `env` is the whole environment of the process."""

    paths: Paths
    env: Mapping[str, str] = field(repr=False)  # may hold a client's secret
    file: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def token_store(self) -> str:
        """One of `TOKEN_STORES`. Raises ConfigError for any other word."""
        word = self.env.get("STACKK_TOKEN_STORE") or str(self.file.get("token_store", "auto"))
        if word not in TOKEN_STORES:
            raise ConfigError(f"STACKK_TOKEN_STORE is {word!r}; it can be {', '.join(TOKEN_STORES)}")
        return word

    @property
    def vault_key_file(self) -> Path | None:
        """The vault's key file: the variable's, else systemd's `$CREDENTIALS_DIRECTORY/stackk-key`."""
        if named := self.env.get("STACKK_VAULT_KEY_FILE"):
            return Path(named).expanduser()
        if folder := self.env.get("CREDENTIALS_DIRECTORY"):
            key = Path(folder) / "stackk-key"
            return key if key.exists() else None
        return None

    @property
    def allow_http_loopback(self) -> bool:
        return self.env.get("STACKK_ALLOW_HTTP_LOOPBACK") == "1"

    def endpoint(self, provider: str, what: str, default: str) -> str:
        """Gives `STACKK_<PROVIDER>_<WHAT>`, e.g. what=`API_URL`, without a trailing slash."""
        name = f"STACKK_{provider.upper().replace('-', '_')}_{what}"
        return (self.env.get(name) or default).rstrip("/")

    def section(self, name: str) -> Mapping[str, Any]:
        """Gives a table of config.toml, empty if it is not there."""
        table = self.file.get(name, {})
        return table if isinstance(table, Mapping) else {}


def load_settings(env: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment and config.toml. Raises ConfigError when the file cannot be read as TOML."""
    env = dict(os.environ if env is None else env)
    paths = _paths(env)
    return Settings(paths=paths, env=env, file=_read_toml(paths.config_file))


def _paths(env: Mapping[str, str]) -> Paths:
    if home := env.get("STACKK_HOME"):
        root = Path(home).expanduser().absolute()
        config, data, state = root / "config", root / "data", root / "state"
    else:
        from platformdirs import PlatformDirs

        dirs = PlatformDirs(APP, appauthor=False)
        config, data, state = Path(dirs.user_config_dir), Path(dirs.user_data_dir), Path(dirs.user_state_dir)
    named = env.get("STACKK_CONFIG")
    config_file = Path(named).expanduser() if named else config / "config.toml"
    return Paths(config_file=config_file, data=data, state=state)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    import tomllib

    try:
        return tomllib.loads(text.decode("utf-8-sig"))  # some editors put a byte order mark first
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error

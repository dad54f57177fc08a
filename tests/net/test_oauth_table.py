"""Where a provider's OAuth settings come from, and what a person is told about a wrong one."""

from pathlib import Path
from typing import Any

import pytest

from stackk_tui.model.errors import InvalidInput
from stackk_tui.model.secret import Secret
from stackk_tui.net.oauth_table import OAuthTable, table_from
from tests.conftest import MakeSettings
from tests.net._oauth import toml_settings

BUILT_IN = OAuthTable(
    provider="acme-cloud",
    title="Acme",
    authorize_url="https://acme.example/authorize?audience=cli",
    token_url="https://acme.example/token/",
    revoke_url="https://acme.example/revoke",
    scope="read",
)


def made(settings: MakeSettings, **env: str) -> OAuthTable:
    return table_from(settings(**env), BUILT_IN)


def test_nothing_is_configured_until_there_is_a_client_id(settings: MakeSettings) -> None:
    assert not made(settings).configured
    assert made(settings, ACME_CLOUD_CLIENT_ID="abc").configured


def test_the_environment_sets_everything_it_names(settings: MakeSettings) -> None:
    table = made(
        settings,
        ACME_CLOUD_CLIENT_ID="abc",
        ACME_CLOUD_CLIENT_SECRET="very secret",
        ACME_CLOUD_OAUTH_REDIRECT_URI="http://localhost:{port}/back",
        STACKK_ACME_CLOUD_AUTHORIZE_URL="http://127.0.0.1:1/a",
        STACKK_ACME_CLOUD_TOKEN_URL="http://127.0.0.1:1/t/",
        STACKK_ACME_CLOUD_REVOKE_URL="http://[::1]:1/r",
        STACKK_ACME_CLOUD_DEVICE_URL="https://x.example/d",
        STACKK_ACME_CLOUD_ISSUER="https://x.example",
        STACKK_ACME_CLOUD_SCOPE="a b",
    )
    assert (table.authorize_url, table.token_url) == ("http://127.0.0.1:1/a", "http://127.0.0.1:1/t/")
    assert (table.revoke_url, table.device_url) == ("http://[::1]:1/r", "https://x.example/d")
    assert (table.issuer, table.scope) == ("https://x.example", "a b")
    assert table.redirect(8080) == "http://localhost:8080/back"
    assert table.client_secret == Secret("very secret")
    assert table.client_auth == "basic"
    assert "very secret" not in repr(table)


def test_config_toml_sets_every_field_and_the_environment_wins(
    settings: MakeSettings, tmp_path: Path
) -> None:
    table = table_from(
        toml_settings(
            settings,
            tmp_path / "c.toml",
            """
[oauth.acme-cloud]
client_id = "from-file"
client_secret = "hush hush"
client_auth = "body"
scope = "from file"
ports = [53682, 53683]
exchange_encoding = "json"
refresh_encoding = "json"
exchange_sends_state = true
default_lifetime_s = 3600
revoke_style = "json-refresh-token"
authorize_extra = { prompt = "consent" }
exchange_extra = { audience = "x" }
refresh_extra = { audience = "y" }
refresh_headers = { acme-beta = "1" }
""",
            STACKK_ACME_CLOUD_SCOPE="from environment",
        ),
        BUILT_IN,
    )
    assert table.client_id == "from-file"
    assert table.client_secret == Secret("hush hush")
    assert (table.client_auth, table.scope, table.ports) == ("body", "from environment", (53682, 53683))
    assert (table.exchange_encoding, table.refresh_encoding) == ("json", "json")
    assert (table.exchange_sends_state, table.default_lifetime_s) == (True, 3600)
    assert (table.revoke_style, table.authorize_extra) == ("json-refresh-token", {"prompt": "consent"})
    assert (table.exchange_extra, table.refresh_extra) == ({"audience": "x"}, {"audience": "y"})
    assert table.refresh_headers == {"acme-beta": "1"}


WRONG_ENVIRONMENT: dict[str, tuple[dict[str, str], str]] = {
    "http elsewhere": ({"STACKK_ACME_CLOUD_TOKEN_URL": "http://acme.example/t"}, "plain http"),
    "http to a name of this machine": ({"STACKK_ACME_CLOUD_TOKEN_URL": "http://localhost/t"}, "plain http"),
    "http without the flag": (
        {"STACKK_ACME_CLOUD_TOKEN_URL": "http://127.0.0.1/t", "STACKK_ALLOW_HTTP_LOOPBACK": ""},
        "plain http",
    ),
    "no address": ({"STACKK_ACME_CLOUD_REVOKE_URL": "acme"}, "STACKK_ACME_CLOUD_REVOKE_URL"),
    "a user in it": ({"STACKK_ACME_CLOUD_TOKEN_URL": "https://a:b@acme.example/t"}, "user or password"),
    "a fragment": ({"STACKK_ACME_CLOUD_AUTHORIZE_URL": "https://acme.example/#x"}, "fragment"),
    "a redirect by http elsewhere": (
        {"ACME_CLOUD_OAUTH_REDIRECT_URI": "http://acme.example/x"},
        "must be https",
    ),
    "a redirect of another scheme": (
        {"ACME_CLOUD_OAUTH_REDIRECT_URI": "urn:ietf:wg:oauth:2.0:oob"},
        "ACME_CLOUD_OAUTH_REDIRECT_URI",
    ),
    "a redirect with a fragment": (
        {"ACME_CLOUD_OAUTH_REDIRECT_URI": "http://127.0.0.1:{port}/#x"},
        "fragment",
    ),
    "a port in the path": (
        {"ACME_CLOUD_OAUTH_REDIRECT_URI": "http://127.0.0.1/{port}"},
        "only as the port",
    ),
    "a port elsewhere": ({"ACME_CLOUD_OAUTH_REDIRECT_URI": "https://x.example:{port}/"}, "only as the port"),
    "a port that is none": ({"ACME_CLOUD_OAUTH_REDIRECT_URI": "http://127.0.0.1:99999/"}, "not an address"),
    "a client id with a line break": ({"ACME_CLOUD_CLIENT_ID": "a\r\nx: y"}, "ACME_CLOUD_CLIENT_ID"),
    "a way that is none": ({"STACKK_ACME_CLOUD_CLIENT_AUTH": "jwt"}, "none, basic, body"),
    "a secret that is missing": ({"STACKK_ACME_CLOUD_CLIENT_AUTH": "body"}, "needs the secret"),
}


@pytest.mark.parametrize("name", WRONG_ENVIRONMENT)
def test_a_wrong_setting_is_named_before_anything_is_sent(name: str, settings: MakeSettings) -> None:
    env, words = WRONG_ENVIRONMENT[name]
    with pytest.raises(InvalidInput) as caught:
        made(settings, **{"ACME_CLOUD_CLIENT_ID": "abc", **env})
    assert words in " ".join(caught.value.lines())
    assert all(line.isprintable() for line in caught.value.lines())


@pytest.mark.parametrize(
    "line",
    [
        'ports = ["x"]',
        "ports = [0]",
        "ports = [true]",
        "scope = 3",
        "default_lifetime_s = -1",
        'exchange_sends_state = "yes"',
        "refresh_headers = { a = 3 }",
        'refresh_headers = { "a b" = "c" }',
        'refresh_headers = { a = "b\\r\\nc: d" }',
        'colour = "red"',
        'revoke_style = "hope"',
    ],
)
def test_a_wrong_line_in_config_toml_is_named(line: str, settings: MakeSettings, tmp_path: Path) -> None:
    made = toml_settings(settings, tmp_path / "c.toml", f'[oauth.acme-cloud]\nclient_id = "a"\n{line}\n')
    with pytest.raises(InvalidInput, match=r"config\.toml"):
        table_from(made, BUILT_IN)


def test_a_client_secret_in_a_file_that_others_can_read_is_not_used(
    settings: MakeSettings, tmp_path: Path
) -> None:
    path = tmp_path / "c.toml"
    made = toml_settings(settings, path, '[oauth.acme-cloud]\nclient_id = "a"\nclient_secret = "b"\n')
    table_from(made, BUILT_IN)
    path.chmod(0o644)
    with pytest.raises(InvalidInput) as caught:
        table_from(made, BUILT_IN)
    assert caught.value.next_step == f"Run: chmod 600 {path}"


@pytest.mark.parametrize(
    ("redirect", "listens", "ports"),
    [
        ("http://127.0.0.1:{port}/callback", True, ()),
        ("http://localhost:{port}/callback", True, ()),
        ("http://[::1]:{port}/callback", True, ()),
        ("http://localhost:8765/callback", True, (8765,)),
        ("http://127.0.0.1/callback", True, (80,)),
        ("https://acme.example/code?app=cli", False, None),
        ("https://localhost:8765/callback", False, None),
        ("http://127.0.0.1.evil.example:{port}/callback", False, None),
    ],
)
def test_what_can_be_listened_to(redirect: str, listens: bool, ports: Any) -> None:
    table = OAuthTable(provider="x", redirect_uri=redirect)
    assert table.listens is listens
    if listens:
        assert table.candidate_ports == ports

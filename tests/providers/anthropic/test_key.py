"""A pasted key: whose it is, what it sees, and which are never sent."""

import pytest

from stackk_tui.model.errors import (
    Forbidden,
    InvalidInput,
    ProtocolError,
    SignInNeeded,
    StackkError,
    WrongCredential,
)
from stackk_tui.model.secret import Secret
from stackk_tui.providers.anthropic.provider import AnthropicProvider
from stackk_tui.sandbox.anthropic import (
    ADMIN_KEY,
    EXPIRED_KEY,
    NO_USAGE_KEY,
    ORDINARY_KEY,
    REVOKED_KEY,
    UNBOUND_KEY,
)
from stackk_tui.sandbox.world import IDS, ORGANIZATION_ID
from tests.conftest import SandboxServer

pytestmark = pytest.mark.anyio


async def refused(provider: AnthropicProvider, key: str | None, method: str = "admin-key") -> StackkError:
    with pytest.raises(StackkError) as caught:
        await provider.sign_in(method, Secret(key) if key is not None else None, {})
    if key and key.strip():
        assert key.strip() not in " ".join(caught.value.lines())
    return caught.value


@pytest.mark.parametrize("key", [ADMIN_KEY, UNBOUND_KEY, NO_USAGE_KEY])
@pytest.mark.parametrize("method", ["admin-key", "api-key"])
async def test_a_key_that_sees_the_organization_is_an_admin_key_whatever_it_looks_like(
    provider: AnthropicProvider, key: str, method: str
) -> None:
    identity = await provider.sign_in(method, Secret(key), {})
    assert identity.method == "admin-key"
    assert identity.key == ORGANIZATION_ID
    assert identity.label == "Nimbus Labs"
    assert identity.billing_scope == f"anthropic:org:{ORGANIZATION_ID}"
    assert ("whole organization" in identity.note) is (method == "api-key")


async def test_an_ordinary_key_by_its_own_door(provider: AnthropicProvider) -> None:
    identity = await provider.sign_in("api-key", Secret(ORDINARY_KEY), {})
    assert identity.method == "api-key"
    assert identity.key == f"{ORGANIZATION_ID}/{IDS['production']}"
    assert identity.billing_scope == f"anthropic:org:{ORGANIZATION_ID}", "one bill with the admin key's"
    assert "Usage and cost need an admin key." in identity.note


async def test_an_ordinary_key_by_the_admin_door_is_told_what_it_is(provider: AnthropicProvider) -> None:
    error = await refused(provider, ORDINARY_KEY)
    assert isinstance(error, WrongCredential)
    assert error.what == "This is an ordinary API key: it can see models and its workspace, not usage."
    assert "Individual accounts have no admin keys" in error.next_step


@pytest.mark.parametrize("key", [EXPIRED_KEY, REVOKED_KEY, "sk-ant-admin01-nobody", "hello"])
async def test_a_key_that_nobody_knows(provider: AnthropicProvider, key: str) -> None:
    error = await refused(provider, key)
    assert isinstance(error, SignInNeeded)
    assert error.what == "Anthropic refused the key: it is wrong, revoked or expired."
    assert error.exit_status == 3
    assert error.request_id is not None
    assert error.request_id.startswith("req_011Sandbox")


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("sbp_0102030405060708090a0b0c0d0e0f1011121314", "a Supabase key"),
        ("sb_secret_abcdef", "a Supabase key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2ln", "Supabase project key"),
        ("vercel_abcdefghijklmnopqrstuvwx", "a Vercel token"),
        ("vcp_abcdefghijklmnopqrstuvwx", "a Vercel token"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "a GitHub token"),
        ("github_pat_11AAAAAAA0", "a GitHub token"),
        ("glpat-0123456789abcdefghij", "a GitLab token"),
        ("sk-proj-abcdef", "an OpenAI key"),
        ("sk-or-v1-abcdef", "an OpenRouter key"),
        ("sk_live_abcdef", "a Stripe key"),
        ("AKIAIOSFODNN7EXAMPLE", "an AWS access key"),
        ("AIzaSyA-example", "a Google API key"),
        ("xoxb-1-2-abc", "a Slack token"),
        ("-----BEGIN PRIVATE KEY-----\nabc", "a private key"),
        ("  sbp_0102030405060708090a0b0c0d0e0f1011121314\n", "a Supabase key"),
    ],
)
async def test_another_vendor_s_key_is_named_and_not_sent(
    provider: AnthropicProvider, sandbox: SandboxServer, key: str, says: str
) -> None:
    error = await refused(provider, key)
    assert isinstance(error, WrongCredential)
    assert says in error.what
    assert "not sent to Anthropic" in error.means
    assert sandbox.seen == []


@pytest.mark.parametrize("key", ["sk-ant-oat01-abc", "sk-ant-ort01-abc", "sk-ant-sid01-abc"])
async def test_a_claude_login_is_refused_unsent_with_the_reason(
    provider: AnthropicProvider, sandbox: SandboxServer, key: str
) -> None:
    error = await refused(provider, key)
    assert isinstance(error, WrongCredential)
    assert "Claude login token" in error.what
    assert "only inside its own programs" in error.means
    assert sandbox.seen == []


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "  \n\t ",
        "sk-ant-a\nsk-ant-b",
        "sk-ant a",
        "sk-ant-ключ",
        "sk-ant-\x1b[31m",
        "sk-ant\u200b-a",
    ],
)
async def test_what_is_no_key_is_not_sent(
    provider: AnthropicProvider, sandbox: SandboxServer, key: str | None
) -> None:
    assert isinstance(await refused(provider, key), InvalidInput)
    assert sandbox.seen == []


async def test_white_space_around_a_key_does_no_harm(provider: AnthropicProvider) -> None:
    assert (await provider.sign_in("admin-key", Secret(f"  {ADMIN_KEY}\r\n"), {})).key == ORGANIZATION_ID


async def test_a_scoped_key_that_sees_neither(provider: AnthropicProvider, sandbox: SandboxServer) -> None:
    body = {"type": "error", "error": {"type": "permission_error", "message": "scopes"}}
    sandbox.faults.add("*", status=403, body=body, headers={"request-id": "req_scoped"})
    error = await refused(provider, ADMIN_KEY)
    assert isinstance(error, WrongCredential)
    assert "neither the organization nor the models" in error.what
    assert error.request_id == "req_scoped"


async def test_a_blocked_organization_is_not_called_an_ordinary_key(
    provider: AnthropicProvider, sandbox: SandboxServer
) -> None:
    sandbox.faults.add("*/me", status=402, body={"error": {"type": "billing_error"}})
    error = await refused(provider, ADMIN_KEY)
    assert isinstance(error, Forbidden)
    assert "billing" in error.what
    assert [s.path for s in sandbox.seen] == ["/v1/organizations/me"]


async def test_an_organization_without_an_id_is_not_kept(
    provider: AnthropicProvider, sandbox: SandboxServer
) -> None:
    sandbox.faults.add("*/me", body={"name": "Nobody"})
    assert isinstance(await refused(provider, ADMIN_KEY), ProtocolError)


@pytest.mark.parametrize("status", [403, 404, 511])
async def test_a_web_page_in_the_way_says_nothing_of_the_key(
    provider: AnthropicProvider, sandbox: SandboxServer, status: int
) -> None:
    sandbox.faults.add("*", html=True, status=status)
    error = await refused(provider, ADMIN_KEY)
    assert isinstance(error, ProtocolError)
    assert "A web page came instead" in error.what


async def test_a_bad_network_is_not_a_bad_key(provider: AnthropicProvider, sandbox: SandboxServer) -> None:
    sandbox.faults.add("*", drop=True)
    assert (await refused(provider, ADMIN_KEY)).code == "network"


async def test_a_hostile_organization_name_is_cleaned(
    provider: AnthropicProvider, sandbox: SandboxServer
) -> None:
    name = "Evil\x1b]52;c;cHduZWQ=\x07\u202eInc\x9b2J[/red]"
    sandbox.faults.add("*/me", body={"id": ORGANIZATION_ID, "name": name})
    identity = await provider.sign_in("admin-key", Secret(ADMIN_KEY), {})
    assert identity.label == "Evil\ufffdInc[/red]"

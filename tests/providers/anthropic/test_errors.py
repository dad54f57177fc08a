"""Every error the fixtures hold, over real HTTP: its kind, its words, its request id."""

import pytest

from stackk_tui.model.errors import (
    Forbidden,
    ProviderError,
    RateLimited,
    SignInNeeded,
    SpendLimitReached,
    StackkError,
    Unavailable,
)
from stackk_tui.providers.anthropic.errors import AccountBlocked, NotFound, NotOffered
from stackk_tui.providers.anthropic.provider import AnthropicProvider
from tests.conftest import SandboxServer
from tests.providers.anthropic.fixture_server import FIXTURES, fixture

pytestmark = pytest.mark.anyio

KINDS: dict[str, type[StackkError]] = {
    "error_400_org_type_not_supported": NotOffered,
    "error_400_own_spend_limit": SpendLimitReached,
    "error_401_invalid_api_key": SignInNeeded,
    "error_401_oauth_expired": SignInNeeded,
    "error_402_billing": AccountBlocked,
    "error_403_key_scope": Forbidden,
    "error_403_oauth_revoked": Forbidden,
    "error_403_oauth_scope": Forbidden,
    "error_404_not_found": NotFound,
    "error_429_rate_limit": RateLimited,
    "error_429_tier_spend_cap": SpendLimitReached,
    "error_500_api": Unavailable,
    "error_529_overloaded": Unavailable,
}


def test_every_fixture_is_tried() -> None:
    assert {p.stem for p in FIXTURES.glob("error_*.json")} == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
async def test_says_what_happened(provider: AnthropicProvider, sandbox: SandboxServer, name: str) -> None:
    true = fixture(name)
    sandbox.faults.add("*", status=true["status"], headers=true["headers"], body=true["body"])
    with pytest.raises(StackkError) as caught:
        await provider._http.get("/v1/organizations/me")
    error = caught.value
    assert type(error) is KINDS[name]
    assert error.request_id == true["body"]["request_id"]
    assert error.lines()[0]
    assert true["body"]["error"]["message"] not in " ".join(error.lines()), "our words, not theirs"


@pytest.mark.parametrize(
    "body", ["", "null", "[]", '"x"', "{}", '{"error": null}', '{"error": []}', '{"error": {"type": 5}}', "{"]
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ProviderError),
        (401, SignInNeeded),
        (402, Forbidden),
        (403, Forbidden),
        (429, RateLimited),
        (500, Unavailable),
    ],
)
async def test_a_status_is_enough(
    provider: AnthropicProvider, sandbox: SandboxServer, status: int, kind: type[StackkError], body: str
) -> None:
    sandbox.faults.add("*", status=status, body=body)
    with pytest.raises(kind):
        await provider._http.get("/v1/organizations/me")


async def test_an_error_that_calls_itself_something_new(
    provider: AnthropicProvider, sandbox: SandboxServer
) -> None:
    sandbox.faults.add("*", status=409, body={"error": {"type": "a_new_error", "details": "text"}})
    with pytest.raises(StackkError) as caught:
        await provider._http.get("/v1/organizations/me")
    assert caught.value.lines()

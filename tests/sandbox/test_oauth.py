"""The pretend authorization server is as strict as the RFCs: what it must refuse, it refuses."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from stackk_tui.sandbox.oauth import OAuthSandbox
from stackk_tui.sandbox.oauth_style import ANTHROPIC, CONFIDENTIAL, IN_BODY, PUBLIC, SUPABASE, Client

pytestmark = pytest.mark.anyio

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
REDIRECT = "http://127.0.0.1:5123/callback"
STATE = "a-state"


class Desk:
    """A sandbox in process, with a clock to move and short ways to ask it."""

    def __init__(self, **how: Any) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.app = OAuthSandbox(lambda: self.now, **how)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://auth")
        self.counts = self.app.grants.counts

    async def page(self, **params: str | None) -> httpx.Response:
        asked = {
            "response_type": "code", "client_id": PUBLIC.id, "redirect_uri": REDIRECT, "state": STATE,
            "code_challenge": CHALLENGE, "code_challenge_method": "S256", "scope": "read", **params,
        }  # fmt: skip
        return await self.http.get(
            "/oauth/authorize", params={k: v for k, v in asked.items() if v is not None}
        )

    async def code(self, **params: str | None) -> str:
        return landed(await self.page(**params))["code"]

    async def token(
        self, *, as_json: bool = False, headers: Any = None, auth: Any = None, **fields: str | None
    ) -> httpx.Response:
        body = {k: v for k, v in {"client_id": PUBLIC.id, **fields}.items() if v is not None}
        kind: dict[str, Any] = {"json": body} if as_json else {"data": body}
        extra = {"auth": auth} if auth else {}
        return await self.http.post("/oauth/token", headers=headers, **kind, **extra)

    async def exchange(self, given: str, **fields: Any) -> httpx.Response:
        whole = {
            "grant_type": "authorization_code", "code": given, "code_verifier": VERIFIER, "redirect_uri": REDIRECT,
            **fields,
        }  # fmt: skip
        return await self.token(**whole)

    async def tokens(self) -> dict[str, Any]:
        answer = await self.exchange(await self.code())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def refresh(self, token: str, **fields: Any) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=token, **fields)

    async def me(self, token: str) -> int:
        return (await self.http.get("/me", headers={"authorization": f"Bearer {token}"})).status_code


def landed(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_sign_in_from_page_to_resource(desk: Desk) -> None:
    answer = await desk.page()
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert landed(answer).keys() == {"code", "state", "iss"}
    tokens = await desk.tokens()
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert await desk.me(tokens["access_token"]) == 200
    desk.now += timedelta(seconds=3600)
    assert await desk.me(tokens["access_token"]) == 401
    assert await desk.me("invented") == 401


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": VERIFIER}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read everything"}, "invalid_scope"),
    ],
)
async def test_the_page_forces_pkce_and_known_scopes(
    params: dict[str, Any], problem: str, desk: Desk
) -> None:
    assert landed(await desk.page(**params)) == {
        "error": problem,
        "state": STATE,
        "iss": "https://auth.sandbox.example",
    }


@pytest.mark.parametrize(
    ("redirect", "taken"),
    [
        ("http://127.0.0.1:1/callback", True),
        ("http://127.0.0.1/callback", True),
        ("http://127.0.0.1:1/callback/", False),
        ("http://127.0.0.1:1/other", False),
        ("http://127.0.0.1:1/callback?x=1", False),
        ("http://127.0.0.1:1/callback#x", False),
        ("http://localhost:1/callback", False),
        ("https://127.0.0.1:1/callback", False),
        ("http://a@127.0.0.1:1/callback", False),
        ("http://127.0.0.1.evil.example/callback", False),
        ("http://evil.example/callback", False),
        ("", False),
    ],
)
async def test_a_redirect_is_ours_but_for_the_loopback_port(redirect: str, taken: bool, desk: Desk) -> None:
    assert (await desk.page(redirect_uri=redirect)).status_code == (302 if taken else 400)


async def test_a_page_elsewhere_is_compared_whole() -> None:
    page = "https://acme.example/cb?app=cli"
    desk = Desk(clients=[Client(id=PUBLIC.id, redirects=(page,))])
    assert (await desk.page(redirect_uri=page)).headers["location"].startswith(page + "&code=")
    assert (await desk.page(redirect_uri=page + "&x=1")).status_code == 400


async def test_an_unknown_client_is_not_redirected_anywhere(desk: Desk) -> None:
    assert (await desk.page(client_id="unknown")).status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"code_verifier": "w" * 64},
        {"redirect_uri": "http://127.0.0.1:5124/callback"},
        {"code": "invented"},
    ],
)
async def test_a_code_is_for_its_verifier_and_redirect(fields: dict[str, str], desk: Desk) -> None:
    assert error(await desk.exchange(await desk.code(), **fields)) == (400, "invalid_grant")


async def test_a_code_is_for_its_client(desk: Desk) -> None:
    answer = await desk.exchange(await desk.code(), client_id=IN_BODY.id, client_secret=IN_BODY.secret)
    assert error(answer) == (400, "invalid_grant")


async def test_a_code_lives_a_minute(desk: Desk) -> None:
    code = await desk.code()
    desk.now += timedelta(seconds=60)
    assert error(await desk.exchange(code)) == (400, "invalid_grant")


async def test_a_replayed_code_ends_what_it_gave(desk: Desk) -> None:
    code = await desk.code()
    tokens = (await desk.exchange(code)).json()
    assert error(await desk.exchange(code)) == (400, "invalid_grant")
    assert await desk.me(tokens["access_token"]) == 401
    assert error(await desk.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert (desk.counts["code_replays"], desk.counts["families_ended"]) == (1, 1)


async def test_a_reused_refresh_token_ends_the_winner_too(desk: Desk) -> None:
    tokens = await desk.tokens()
    won = (await desk.refresh(tokens["refresh_token"])).json()
    assert won["refresh_token"] != tokens["refresh_token"]
    assert await desk.me(won["access_token"]) == 200
    assert error(await desk.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert await desk.me(won["access_token"]) == 401
    assert error(await desk.refresh(won["refresh_token"])) == (400, "invalid_grant")
    assert (desk.counts["reuse_detections"], desk.counts["families_ended"]) == (1, 1)


async def test_a_server_may_keep_its_refresh_tokens(desk: Desk) -> None:
    desk.app.grants.rotate = False
    tokens = await desk.tokens()
    for _ in range(2):
        assert "refresh_token" not in (await desk.refresh(tokens["refresh_token"])).json()


async def test_a_refresh_cannot_ask_for_more_than_was_granted(desk: Desk) -> None:
    tokens = await desk.tokens()
    assert error(await desk.refresh(tokens["refresh_token"], scope="read org:admin")) == (
        400,
        "invalid_scope",
    )
    assert (await desk.refresh(tokens["refresh_token"], scope="read")).status_code == 200


@pytest.mark.parametrize(
    ("auth", "fields", "status"),
    [
        (None, {"client_id": CONFIDENTIAL.id}, 401),
        (None, {"client_id": CONFIDENTIAL.id, "client_secret": CONFIDENTIAL.secret}, 401),
        (None, {"client_id": IN_BODY.id, "client_secret": "wrong"}, 401),
        (None, {"client_id": PUBLIC.id, "client_secret": "unwanted"}, 401),
        (("stackk-confidential", "wrong"), {"client_id": None}, 401),
        (("stackk-confidential", "s3cr3t%2Bof%2Fthe%3Asandbox+app"), {"client_id": None}, 400),
        (("stackk-confidential", "s3cr3t%2Bof%2Fthe%3Asandbox+app"), {"client_secret": "too"}, 400),
        (None, {"client_id": IN_BODY.id, "client_secret": IN_BODY.secret}, 400),
        (None, {"client_id": PUBLIC.id}, 400),
    ],
)
async def test_a_client_identifies_itself_in_its_one_way(
    auth: Any, fields: dict[str, Any], status: int, desk: Desk
) -> None:
    answer = await desk.token(auth=auth, grant_type="refresh_token", refresh_token="unknown", **fields)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) is (status == 401 and auth is not None)
    assert answer.headers["cache-control"] == "no-store"


async def test_what_the_token_endpoint_does_not_read(desk: Desk) -> None:
    send = desk.http.post
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert error(await send("/oauth/token?code=x", data={"client_id": "a"}))[0] == 400
    assert error(await send("/oauth/token", content=b"code=a&code=b", headers=form))[0] == 400
    assert error(await send("/oauth/token", content=b"{}", headers={"content-type": "text/plain"}))[0] == 400
    assert error(await desk.token(grant_type="password")) == (400, "unsupported_grant_type")
    assert (await desk.http.get("/oauth/token")).status_code == 405


async def test_anthropic_s_style_takes_a_form_then_json_with_the_beta_header() -> None:
    desk = Desk(style=ANTHROPIC)
    assert error(await desk.exchange(await desk.code())) == (400, "oauth_request_parse_error")
    assert error(await desk.exchange(await desk.code(), as_json=True, state=STATE)) == (
        400,
        "invalid_request",
    )
    answer = await desk.exchange(await desk.code(), state=STATE)
    assert answer.json()["organization"]["name"] == "Nimbus Labs"
    token, beta = answer.json()["refresh_token"], {"anthropic-beta": "oauth-2025-04-20"}
    assert error(await desk.refresh(token, headers=beta)) == (400, "invalid_request")
    assert error(await desk.refresh(token, as_json=True)) == (400, "invalid_request")
    assert (await desk.refresh(token, as_json=True, headers=beta)).status_code == 200


async def test_supabase_s_style_answers_201_and_revokes_by_json() -> None:
    desk = Desk(style=SUPABASE, clients=[Client(id=PUBLIC.id, redirects=(REDIRECT,))])
    answer = await desk.exchange(await desk.code())
    assert answer.status_code == 201
    body = {"client_id": PUBLIC.id, "refresh_token": answer.json()["refresh_token"]}
    refused = await desk.http.post("/oauth/revoke", data=body)
    assert (refused.status_code, set(refused.json())) == (400, {"message"})
    assert (await desk.http.post("/oauth/revoke", json=body)).status_code == 204
    assert await desk.me(answer.json()["access_token"]) == 401


async def test_revocation_by_rfc_7009(desk: Desk) -> None:
    tokens = await desk.tokens()
    ask = {"client_id": PUBLIC.id}
    assert (await desk.http.post("/oauth/revoke", data={**ask, "token": "unknown"})).status_code == 200
    other = {"client_id": IN_BODY.id, "client_secret": IN_BODY.secret, "token": tokens["access_token"]}
    assert error(await desk.http.post("/oauth/revoke", data=other)) == (400, "invalid_grant")
    revoked = await desk.http.post("/oauth/revoke", data={**ask, "token": tokens["access_token"]})
    assert revoked.status_code == 200
    assert await desk.me(tokens["access_token"]) == 401
    assert (await desk.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_device_asks_too_often_and_too_late(desk: Desk) -> None:
    asked = (await desk.http.post("/oauth/device", data={"client_id": PUBLIC.id, "scope": "read"})).json()
    grant = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": asked["device_code"],
    }
    assert error(await desk.token(**grant)) == (400, "authorization_pending")
    assert error(await desk.token(**grant)) == (400, "slow_down")
    desk.now += timedelta(seconds=11)
    desk.app.server.decide_device(asked["user_code"], "approved")
    assert (await desk.token(**grant)).status_code == 200
    assert error(await desk.token(**grant)) == (400, "invalid_grant")
    second = (await desk.http.post("/oauth/device", data={"client_id": PUBLIC.id})).json()
    desk.now += timedelta(seconds=600)
    late = {**grant, "device_code": second["device_code"]}
    assert error(await desk.token(**late)) == (400, "expired_token")

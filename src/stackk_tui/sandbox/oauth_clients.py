"""Reading a request to the token endpoint, and who sent it (RFC 6749 §2.3, §3.2)."""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from stackk_tui.sandbox.oauth_grants import OAuthError
from stackk_tui.sandbox.oauth_style import Client


async def read_body(request: Request) -> tuple[dict[str, str], str]:
    """Gives the fields and their encoding. Raises OAuthError for a parameter in the URL or there twice."""
    if request.url.query:
        raise OAuthError("invalid_request", description="parameters do not belong in the URL")
    raw = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(raw.decode("ascii", "strict"), keep_blank_values=True, strict_parsing=bool(raw))
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise OAuthError("invalid_request", description="a parameter is there twice")
        return fields, "form"
    if kind == "application/json":
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        if isinstance(body, dict) and all(isinstance(value, str) for value in body.values()):
            return body, "json"
    raise OAuthError("invalid_request", description="the body cannot be read")


def authenticated(
    request: Request, fields: Mapping[str, str], clients: Sequence[Client], *, also: str = ""
) -> Client:
    """Gives the client. Raises OAuthError unless it identifies itself in its registered way, or in `also`."""
    header = request.headers.get("authorization")
    if header is not None:
        client_id, secret, way = *_basic(header), "basic"
        if "client_secret" in fields or fields.get("client_id", client_id) != client_id:
            raise OAuthError("invalid_request", description="more than one way of authentication")
    else:
        client_id, secret = fields.get("client_id", ""), fields.get("client_secret", "")
        way = "body" if "client_secret" in fields else "none"
    client = next((c for c in clients if c.id == client_id), None)
    if client is None or way not in (client.auth, also or client.auth):
        raise OAuthError("invalid_client", 401)
    if client.secret is not None and not hmac.compare_digest(client.secret.encode(), secret.encode()):
        raise OAuthError("invalid_client", 401)
    return client


def _basic(header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(value, validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        name, colon, secret = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", 401)
    return unquote_plus(name), unquote_plus(secret)

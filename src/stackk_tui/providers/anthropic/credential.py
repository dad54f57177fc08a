"""How a request shows who asks: an API key, or a token that is renewed (`api/anthropic.md` §0, §4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from stackk_tui.model.errors import SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.net.bearer import BearerSource

OAUTH_BETA = "oauth-2025-04-20"


class Credential(Protocol):
    """What a request is signed with."""

    async def proof(self) -> Secret:
        """Gives the secret to send now. Raises SignInNeeded, ProviderError."""
        ...

    def headers(self, proof: Secret) -> Mapping[str, str | Secret]: ...

    async def renew(self, refused: Secret) -> Secret | None:
        """Gives another secret after a 401; None when there is none to be had."""
        ...

    def refused(self, error: SignInNeeded) -> SignInNeeded:
        """Gives the last 401 in the words of this kind of credential."""
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of any kind: it is what it is until a person replaces it."""

    key: Secret

    async def proof(self) -> Secret:
        return self.key

    def headers(self, proof: Secret) -> Mapping[str, str | Secret]:
        return {"x-api-key": proof}

    async def renew(self, refused: Secret) -> Secret | None:
        return None

    def refused(self, error: SignInNeeded) -> SignInNeeded:
        return error


@dataclass(frozen=True, slots=True)
class ConsoleToken:
    """A Console token with the scope `org:admin`."""

    source: BearerSource

    async def proof(self) -> Secret:
        return await self.source.token()

    def headers(self, proof: Secret) -> Mapping[str, str | Secret]:
        return {"authorization": Secret(f"Bearer {proof.reveal()}"), "anthropic-beta": OAUTH_BETA}

    async def renew(self, refused: Secret) -> Secret | None:
        return await self.source.renew(refused)

    def refused(self, error: SignInNeeded) -> SignInNeeded:
        return SignInNeeded(
            "Anthropic does not accept this sign-in any more, not even renewed.",
            error.means,
            "Sign in again.",
            request_id=error.request_id,
        )

"""How a request shows who asks: by a personal access token, or one that is renewed (`api/supabase.md` §1)."""

from dataclasses import dataclass
from typing import Protocol

from stackk_tui.model.errors import SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.net.bearer import BearerSource


class Credential(Protocol):
    async def proof(self) -> Secret:
        """Gives the token to send now. Raises SignInNeeded, ProviderError."""
        ...

    async def renew(self, refused: Secret, error: SignInNeeded) -> Secret:
        """Gives another token after a 401. Raises SignInNeeded when there is none to be had."""
        ...


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """It is what it is until a person replaces it."""

    token: Secret

    async def proof(self) -> Secret:
        return self.token

    async def renew(self, refused: Secret, error: SignInNeeded) -> Secret:
        raise error


@dataclass(frozen=True, slots=True)
class AppToken:
    """The token of a grant to an OAuth app."""

    source: BearerSource

    async def proof(self) -> Secret:
        return await self.source.token()

    async def renew(self, refused: Secret, error: SignInNeeded) -> Secret:
        return await self.source.renew(refused)

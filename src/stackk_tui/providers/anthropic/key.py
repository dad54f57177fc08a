"""Whose key is it, and what can it see? Found by asking, never by its prefix alone (`api/anthropic.md` §0).

Keys that are plainly another vendor's are named and not sent: Anthropic has no business seeing them.
"""

import hashlib
import re
from collections.abc import Callable

from stackk_tui.model.errors import Forbidden, InvalidInput, ProtocolError, SignInNeeded, WrongCredential
from stackk_tui.model.secret import Secret
from stackk_tui.providers.anthropic.api import AnthropicApi
from stackk_tui.providers.anthropic.errors import NotFound
from stackk_tui.providers.base import Identity
from stackk_tui.providers.panel import AccountBlocked

_FOREIGN = (
    (re.compile(r"sbp_|sb_secret_|sb_publishable_"), "a Supabase key"),
    (re.compile(r"eyJ[\w-]*\."), "a signed web token (JWT), such as a Supabase project key"),
    (re.compile(r"vercel_|vc[pkait]_"), "a Vercel token"),
    (re.compile(r"gh[pousr]_|github_pat_"), "a GitHub token"),
    (re.compile(r"glpat-"), "a GitLab token"),
    (re.compile(r"sk-(proj|svcacct|admin|None)-"), "an OpenAI key"),
    (re.compile(r"sk-or-"), "an OpenRouter key"),
    (re.compile(r"[sr]k_(live|test)_"), "a Stripe key"),
    (re.compile(r"AKIA|ASIA"), "an AWS access key"),
    (re.compile(r"AIza"), "a Google API key"),
    (re.compile(r"xox[abeprs]-"), "a Slack token"),
    (re.compile(r"npm_"), "an npm token"),
    (re.compile(r"pypi-"), "a PyPI token"),
    (re.compile(r"hf_"), "a Hugging Face token"),
    (re.compile(r"gsk_"), "a Groq key"),
    (re.compile(r"xai-"), "an xAI key"),
    (re.compile(r"-----BEGIN "), "a private key or certificate"),
)
_CLAUDE_LOGIN = re.compile(r"sk-ant-(oat|ort|sid)")
_VISIBLE = re.compile(r"[\x21-\x7e]+")

INDIVIDUAL = "Individual accounts have no admin keys until they set up an organization in the Console."


def tidied(secret: Secret | None) -> Secret:
    """Gives the key without white space around it. Raises InvalidInput, WrongCredential; sends nothing."""
    text = secret.reveal().strip() if secret is not None else ""
    if not text:
        raise InvalidInput("No key was given.", "Nothing was sent.", "Paste the key, alone and whole.")
    for pattern, what in _FOREIGN:
        if pattern.match(text):
            raise WrongCredential(
                f"This is {what}, not an Anthropic key.",
                "It was not sent to Anthropic, and not kept.",
                "Paste a key from the Claude Console, platform.claude.com.",
            )
    if _CLAUDE_LOGIN.match(text):
        raise WrongCredential(
            "This is a Claude login token, not an API key.",
            "It was not sent and not kept: Anthropic allows it only inside its own programs.",
            "For an organization, paste an admin key; for a plan, read Claude Code on this machine.",
        )
    if not _VISIBLE.fullmatch(text):
        raise InvalidInput(
            "A key has no spaces, line breaks or accents in it.",
            "Nothing was sent.",
            "Copy the key again, alone and whole.",
        )
    return Secret(text)


async def identify(connect: Callable[[Secret], AnthropicApi], method: str, secret: Secret | None) -> Identity:
    """Says whose key it is and which door it is for.

    Raises InvalidInput, WrongCredential, SignInNeeded, and what the wire raises.
    """
    key = tidied(secret)
    api = connect(key)
    try:
        organization = await api.organization()
    except AccountBlocked:
        raise
    except (SignInNeeded, Forbidden, NotFound):
        return await _ordinary(api, method, key)
    if not organization.id:
        raise ProtocolError("Anthropic did not say which organization this key is of.", "Nothing was kept.")
    note = (
        "This key sees the whole organization, so it is kept as an admin key." if method == "api-key" else ""
    )
    return Identity(
        key=organization.id,
        label=organization.name or organization.id,
        method="admin-key",
        billing_scope=f"anthropic:org:{organization.id}",
        note=note,
    )


async def identify_token(api: AnthropicApi, method: str) -> Identity:
    """Says which organization a Console token is of. Raises Forbidden without the scope, SignInNeeded."""
    organization = await api.organization()
    if not organization.id:
        raise ProtocolError(
            "Anthropic did not say which organization this sign-in is of.", "Nothing was kept."
        )
    return Identity(
        key=organization.id,
        label=organization.name or organization.id,
        method=method,
        billing_scope=f"anthropic:org:{organization.id}",
    )


async def _ordinary(api: AnthropicApi, method: str, key: Secret) -> Identity:
    try:
        seen = await api.probe()
    except AccountBlocked:
        raise
    except Forbidden as error:
        request_id = error.request_id
    else:
        if method == "admin-key":
            raise WrongCredential(
                "This is an ordinary API key: it can see models and its workspace, not usage.",
                "It was not kept.",
                f"Add it as an ordinary API key, or have an admin key made. {INDIVIDUAL}",
            )
        organization = (
            seen.organization_id or "unknown-" + hashlib.sha256(key.reveal().encode()).hexdigest()[:12]
        )
        workspace = seen.workspace_id or "default"
        return Identity(
            key=f"{organization}/{workspace}",
            label=f"API key of {workspace_name(seen.workspace_id)}",
            method="api-key",
            billing_scope=f"anthropic:org:{organization}",
            note="An ordinary key sees its workspace and the models. Usage and cost need an admin key.",
        )
    raise WrongCredential(
        "Anthropic knows this key, but it may see neither the organization nor the models.",
        "It was not kept.",
        "Paste an admin key of a Console organization.",
        request_id=request_id,
    )


def workspace_name(workspace_id: str | None) -> str:
    """Gives words for a workspace that an ordinary key cannot look up."""
    return f"workspace {workspace_id}" if workspace_id else "the default workspace"

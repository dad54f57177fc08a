"""Which organizations a credential sees; keys that are no personal access token (`api/supabase.md` §1)."""

import re
from collections.abc import Sequence

from stackk_tui.model.errors import Forbidden, InvalidInput, WrongCredential
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import Identity
from stackk_tui.providers.supabase import wire
from stackk_tui.providers.supabase.api import SupabaseApi
from stackk_tui.providers.supabase.errors import NotFound
from stackk_tui.providers.supabase.info import TOKEN_PAGE

_TOKEN = re.compile(r"sbp_[A-Za-z0-9_]+")
_MISTAKEN = (
    (re.compile(r"sb_secret_"), "a project's secret key"),
    (re.compile(r"sb_publishable_"), "a project's publishable key"),
    (re.compile(r"eyJ"), "a project's old key (a signed web token, `anon` or `service_role`)"),
    (re.compile(r"sbp_oauth_"), "the token of an OAuth sign-in, which ends by itself within a day"),
)
_FOREIGN = (
    (re.compile(r"sk-ant-"), "an Anthropic key"),
    (re.compile(r"vercel_|vc[pkait]_"), "a Vercel token"),
    (re.compile(r"gh[pousr]_|github_pat_"), "a GitHub token"),
    (re.compile(r"sk-or-"), "an OpenRouter key"),
    (re.compile(r"sk-(proj|svcacct|admin|None)-"), "an OpenAI key"),
    (re.compile(r"[sr]k_(live|test)_"), "a Stripe key"),
    (re.compile(r"postgres(ql)?://"), "a database address"),
)
_NAMED = 3


def tidied(secret: Secret | None) -> Secret:
    """Gives the token without white space around it. Raises InvalidInput, WrongCredential; sends nothing."""
    text = secret.reveal().strip() if secret is not None else ""
    if not text:
        raise InvalidInput("No token was given.", "Nothing was sent.", "Paste the token, alone and whole.")
    for pattern, what in (*_MISTAKEN, *_FOREIGN):
        if pattern.match(text):
            raise WrongCredential(
                f"This is {what}, not a personal access token.",
                "It was not sent, and not kept.",
                f"Paste a token that begins with sbp_, from {TOKEN_PAGE}",
            )
    if not _TOKEN.fullmatch(text):
        raise InvalidInput(
            "This is not a Supabase access token: it begins with sbp_, then come letters and digits alone.",
            "Nothing was sent.",
            "Copy it again, alone and whole.",
        )
    return Secret(text)


async def organizations_of(api: SupabaseApi) -> list[wire.Organization]:
    """Gives the organizations, by name. A good token may list none and reach projects all the same.

    Raises SignInNeeded, Forbidden when it may see neither, ProviderError.
    """
    listed: list[wire.Organization] = []
    refused: Forbidden | None = None
    try:
        listed = [one for one in await api.organizations() if one.slug]
    except Forbidden as error:
        refused = error
    if not listed:
        try:
            slugs = {row.organization for row in await api.projects() if row.organization}
        except (Forbidden, NotFound):
            if refused is not None:
                raise refused from None
            slugs = set()
        listed = [wire.Organization(slug=slug, name=slug) for slug in slugs]
    return sorted(listed, key=lambda one: ((one.name or "").casefold(), one.slug or ""))


async def identify(api: SupabaseApi, method: str) -> Identity:
    """Says whose credential it is: Supabase tells no user, only organizations.

    Raises SignInNeeded, WrongCredential when it sees nothing, ProviderError.
    """
    found = await organizations_of(api)
    slugs = sorted(one.slug or "" for one in found)
    if not slugs:
        raise WrongCredential(
            "This sign-in is good, but it sees no organization and no project.",
            "Nothing was kept.",
            "Use a token with read access to organizations and projects.",
        )
    key = ",".join(slugs)
    return Identity(
        key=key,
        label=_label(found),
        method=method,
        billing_scope=f"supabase:org:{key}" if len(slugs) == 1 else f"supabase:orgs:{key}",
        note="" if len(slugs) == 1 else f"It sees {len(slugs)} organizations.",
        service_name="" if len(slugs) == 1 else "Supabase",
    )


def _label(found: Sequence[wire.Organization]) -> str:
    names = [one.name or one.slug or "" for one in found]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more

"""What the add screen says of Anthropic."""

from stackk_tui.model.capability import Capability
from stackk_tui.providers.base import Door, ProviderInfo

FULL_POWER = "The scope org:admin is full power over the organization; Anthropic has no smaller one."
ORGANIZATION: frozenset[Capability] = frozenset({"plan", "usage", "series", "limits", "picker"})
NOT_OF_ORGANIZATION = "requests, balance, invoices, the next payment"

ANTHROPIC = ProviderInfo(
    id="anthropic",
    name="Anthropic",
    category="AI & ML",
    color="#d97757",
    tagline="A Claude plan and its windows; tokens, cost and limits of a Console organization",
    revoke_url="https://platform.claude.com/settings/admin-keys",
    doors=(
        Door(
            method="local",
            title="Claude plan",
            shows="5-hour and weekly limits, through your own `claude`; needs no key",
            can=frozenset({"plan", "price", "limits"}),
            unknown="the price you pay, usage by day, invoices",
        ),
        Door(
            method="admin-key",
            title="Console organization, admin key",
            shows="usage, cost and limits of every workspace; needs an admin to make the key",
            secret_label="Admin key",
            secret_hint="Console → Settings → Admin keys. "
            "An individual account has none until it sets up an organization.",
            can=ORGANIZATION,
            unknown=NOT_OF_ORGANIZATION,
        ),
        Door(
            method="oauth",
            title="Console organization, OAuth",
            shows="the same, with your own OAuth client; signed in to in a browser, here or elsewhere",
            at_vendor=True,
            more=True,
            warning=FULL_POWER,
            can=ORGANIZATION | {"revoke"},
            unknown=NOT_OF_ORGANIZATION,
        ),
        Door(
            method="ant",
            title="Console organization, through `ant`",
            shows="the same, by Anthropic's own command, which keeps the sign-in under a profile of ours",
            at_vendor=True,
            more=True,
            warning=f"{FULL_POWER} `ant` also makes the profile `stackk` its active one.",
            kept_elsewhere="kept by `ant` itself, under a profile of ours",
            can=ORGANIZATION,
            unknown=NOT_OF_ORGANIZATION,
        ),
        Door(
            method="api-key",
            title="Ordinary API key",
            shows="which workspace it belongs to and its models; no usage, no cost",
            secret_label="API key",
            secret_hint="Console → API keys.",
            can=frozenset({"plan"}),
            unknown="usage, cost and limits: those need another key",
        ),
    ),
)

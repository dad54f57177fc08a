"""What the add screen says of Anthropic."""

from stackk_tui.providers.base import Door, ProviderInfo

FULL_POWER = "The scope org:admin is full power over the organization; Anthropic has no smaller one."

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
            picker=False,
            can=frozenset({"plan", "price", "limits"}),
        ),
        Door(
            method="admin-key",
            title="Console organization, admin key",
            shows="usage, cost and limits of every workspace; needs an admin to make the key",
            secret_label="Admin key",
            secret_hint="Console → Settings → Admin keys. "
            "An individual account has none until it sets up an organization.",
        ),
        Door(
            method="oauth",
            title="Console organization, OAuth",
            shows="the same, with your own OAuth client; signed in to in a browser, here or elsewhere",
            at_vendor=True,
            more=True,
            warning=FULL_POWER,
        ),
        Door(
            method="ant",
            title="Console organization, through `ant`",
            shows="the same, by Anthropic's own command, which keeps the sign-in under a profile of ours",
            at_vendor=True,
            more=True,
            warning=f"{FULL_POWER} `ant` also makes the profile `stackk` its active one.",
            kept_elsewhere="kept by `ant` itself, under a profile of ours",
        ),
        Door(
            method="api-key",
            title="Ordinary API key",
            shows="which workspace it belongs to and its models; no usage, no cost",
            secret_label="API key",
            secret_hint="Console → API keys.",
            picker=False,
        ),
    ),
)

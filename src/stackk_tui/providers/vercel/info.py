"""What the add screen says of Vercel."""

from stackk_tui.providers.doors import Door, ProviderInfo

TOKENS_PAGE = "https://vercel.com/account/tokens"

VERCEL = ProviderInfo(
    id="vercel",
    name="Vercel",
    category="Infrastructure",
    color="#7d7d7d",
    tagline="Teams and projects: plan, billing cycle, cost by service, deployments",
    revoke_url=TOKENS_PAGE,
    doors=(
        Door(
            method="token",
            title="Access token",
            shows="plan, cycle, cost by service and deployments of your teams; Hobby has no cost to show",
            secret_label="Access token",
            secret_hint="vercel.com/account/tokens → Create. Its scope: the full account or one team; "
            "a token for a single project sees too little.",
            can=frozenset({"plan", "price", "cycle", "usage", "series", "picker", "revoke"}),
            unknown="the invoice to come, credits left; cost of a Hobby account",
        ),
    ),
)

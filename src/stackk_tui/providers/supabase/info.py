"""What the add screen says of Supabase."""

from stackk_tui.model.capability import Capability
from stackk_tui.providers.doors import Door, FormField, ProviderInfo

TOKEN_PAGE = "https://supabase.com/dashboard/account/tokens"
CALLBACK = "http://localhost:47823/callback"
"""The address to register at one's own OAuth app: Supabase compares it byte for byte."""

BY_TOKEN: frozenset[Capability] = frozenset({"plan", "price", "usage", "series", "limits", "picker"})
BY_OAUTH: frozenset[Capability] = frozenset({"plan", "price", "picker", "revoke"})

SUPABASE = ProviderInfo(
    id="supabase",
    name="Supabase",
    category="Database",
    color="#3ecf8e",
    tagline="Organizations and projects: plan, add-ons, requests, disk and health",
    revoke_url=TOKEN_PAGE,
    doors=(
        Door(
            method="token",
            title="Personal access token",
            shows="plan, add-ons, requests, functions, disk, database size and health of every project",
            secret_label="Access token",
            secret_hint=f"It begins with sbp_. Make one with an expiry day at {TOKEN_PAGE}",
            can=BY_TOKEN,
            unknown="the price you pay, the next payment, egress, users, invoices",
        ),
        Door(
            method="oauth",
            title="Your own OAuth app",
            shows="plan, projects, database size and health of one organization; usage and prices only if "
            "Supabase lets the app",
            secret_label="Client secret",
            secret_hint=f"Organization settings → OAuth apps. Its callback address must be {CALLBACK}",
            form=(
                FormField("client_id", "Client id", required=True, placeholder="the id of your OAuth app"),
            ),
            at_vendor=True,
            more=True,
            can=BY_OAUTH,
            unknown="the same",
        ),
    ),
)

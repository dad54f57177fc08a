"""What the add screen says of a subscription typed in by hand."""

from stackk_tui.providers.base import Door, FormField, ProviderInfo

CUSTOM = ProviderInfo(
    id="custom",
    name="Something else",
    category="Other",
    color="#8a8f98",
    tagline="Anything you pay for: its price and its next payment, typed in by you",
    doors=(
        Door(
            method="manual",
            title="Type it in",
            shows="name, price and next payment; nothing is asked of any server",
            can=frozenset({"price", "cycle"}),
            unknown="the rest",
            form=(
                FormField("name", "Name", required=True, placeholder="GitHub Team"),
                FormField("price", "Price", "money", required=True, placeholder="20.00"),
                FormField("currency", "Currency", "currency", default="USD"),
                FormField("cycle", "Paid", "cycle", default="monthly"),
                FormField("next_payment", "Next payment", "date", placeholder="2026-12-03"),
                FormField("category", "Category", "category", default="Other"),
                FormField("color", "Colour", "color", default="#8a8f98"),
            ),
        ),
    ),
)

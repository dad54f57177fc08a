"""What a sign-in can show or do at its vendor (`api/other-providers.md`, patterns)."""

from typing import Literal

Capability = Literal["plan", "price", "cycle", "usage", "series", "limits", "picker", "revoke"]

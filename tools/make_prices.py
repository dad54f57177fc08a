"""Makes the price table of Claude models that is shipped: `make prices`.

Starts from the package `genai-prices` and corrects it where Anthropic's own pages and logs say otherwise
(`claude-code-logs.md` §5: that dated table decides). Prices are US dollars per million tokens.
"""

import json
import re
import sys
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from genai_prices.data import providers
from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, StartDateConstraint, TieredPrices

TABLE = Path(__file__).parents[1] / "src/stackk_tui/providers/claude_code/prices.json"

Period = dict[str, object]
FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "cache_read": "cache_read_mtok",
}


def prices(input_: str, output: str, read: str, **more: object) -> Period:
    """Gives a period with the usual writes: 1.25 times the input for 5 minutes, twice for an hour."""
    base = Decimal(input_)
    return {
        "from": None,
        "input": input_,
        "output": output,
        "cache_write_5m": plain(base * Decimal("1.25")),
        "cache_write_1h": plain(base * 2),
        "cache_read": read,
        **more,
    }


def above(tokens: int, input_: str, output: str, read: str) -> Period:
    """Gives the prices of a whole request whose prompt is longer than `tokens`."""
    return {**prices(input_, output, read), "tokens": tokens}


def plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


SONNET_LONG = above(200_000, "6", "22.5", "0.6")
CORRECTIONS: dict[str, list[Period]] = {
    # missing from the package
    "claude-mythos-5": [prices("10", "50", "1")],
    "claude-mythos-5-1": [prices("10", "50", "0.25")],
    # reads became cheaper on a day the package does not know
    "claude-sonnet-5-5": [prices("2", "10", "0.2"), {**prices("2", "10", "0.1"), "from": "2026-10-07"}],
    # the 1M beta was for Sonnet 4 as for 4.5
    "claude-sonnet-4-0": [prices("3", "15", "0.3", above=SONNET_LONG)],
    # no tier over the full 1M from 4.6 on
    "claude-opus-4-6": [prices("5", "25", "0.5")],
    "claude-sonnet-4-6": [prices("3", "15", "0.3")],
}
FAST: dict[str, list[dict[str, object]]] = {
    "claude-fable-5-2": [{"from": None, "times": "2"}],
    "claude-mythos-5-2": [{"from": None, "times": "2"}],
    "claude-opus-5-5": [{"from": None, "times": "2"}],
    "claude-opus-5": [{"from": None, "times": "2"}],
    "claude-opus-4-8": [{"from": None, "times": "2"}],
    "claude-opus-4-7": [{"from": None, "times": "6"}],
    # at standard price about 30 days after it was announced on 2026-05-28
    "claude-opus-4-6": [{"from": None, "times": "6"}, {"from": "2026-06-27", "times": "1"}],
}
BEFORE_GEO = re.compile(r"claude-(v?[123]|opus-4-[015]|sonnet-4-[05]|haiku-4-5)")
"""`inference_geo` came with Opus 4.6 and Sonnet 4.6 (Anthropic's page "Data residency")."""
ALIASES = {
    "claude-opus-4-0": ["claude-opus-4"],
    "claude-sonnet-4-0": ["claude-sonnet-4"],
    "claude-3-7-sonnet-latest": ["claude-3-7-sonnet", "claude-sonnet-3-7"],
    "claude-3-5-haiku-latest": ["claude-3-5-haiku", "claude-haiku-3-5"],
    "claude-3-opus-latest": ["claude-3-opus"],
}


def main() -> None:
    TABLE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{TABLE.name} written\n")


def text() -> str:
    """Gives the whole file."""
    anthropic = next(provider for provider in providers if provider.id == "anthropic")
    table = {model.id: _periods(model) for model in anthropic.models} | CORRECTIONS
    models = {}
    for name, periods in sorted(table.items()):
        entry: dict[str, object] = {"prices": periods}
        if also := _aliases(name):
            entry["aliases"] = also
        if name in FAST:
            entry["fast"] = FAST[name]
        if not BEFORE_GEO.match(name):
            entry["us_inference"] = True
        models[name] = entry
    document = {
        "about": "List prices in US dollars per million tokens. Made by tools/make_prices.py; do not edit.",
        "source": f"genai-prices {version('genai-prices')}, corrected",
        "as_of": "2026-11-22",
        "web_search": "0.01",
        "batch": "0.5",
        "us_inference": "1.1",
        "models": models,
    }
    return json.dumps(document, indent=1) + "\n"


def _periods(model: ModelInfo) -> list[Period]:
    if isinstance(model.prices, ModelPrice):
        return [_period(model.prices, None)]
    return [_period(each.prices, _first_day(each)) for each in model.prices]


def _first_day(price: ConditionalPrice) -> str | None:
    if price.constraint is None:
        return None
    if not isinstance(price.constraint, StartDateConstraint):
        raise SystemExit(f"a price depends on something new: {price.constraint}")
    return price.constraint.start_date.isoformat()


def _period(price: ModelPrice, first_day: str | None) -> Period:
    period: Period = {"from": first_day}
    long: Period = {}
    for ours, theirs in FIELDS.items():
        value = getattr(price, theirs, None)
        if isinstance(value, TieredPrices):
            (tier,) = value.tiers
            long["tokens"], long[ours] = tier.start, plain(tier.price)
            value = value.base
        period[ours] = None if value is None else plain(value)
    if long:
        period["above"] = long
    return period


def _aliases(name: str) -> list[str]:
    """Gives the other names of the same model; routers write versions with a dot."""
    names = [name, *ALIASES.get(name, [])]
    dotted = [re.sub(r"(?<=-\d)-(?=\d(-|$))", ".", each) for each in names]
    return [each for each in dict.fromkeys([*names[1:], *dotted]) if each != name]


if __name__ == "__main__":
    main()

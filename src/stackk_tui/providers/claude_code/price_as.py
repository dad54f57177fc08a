"""What calls would have cost as calls of another model: each by its own day, prompt and kinds of token."""

from __future__ import annotations

from stackk_tui.model.errors import InvalidInput
from stackk_tui.providers.claude_code.report import Pricing
from stackk_tui.providers.claude_code.slots import FAST, Shapes
from stackk_tui.providers.claude_code.words import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackk_tui.providers.claude_code.prices import PriceBook, Rates
    from stackk_tui.providers.claude_code.slots import How, Shape


class SameShape(Shapes):
    """Sums calls of all models by what one model's price depends on."""

    def __init__(self, shape: Shape | None) -> None:
        super().__init__()
        self._shape = shape

    def __missing__(self, model: str) -> Shape | None:
        return self._shape


class PricedAs(Pricing):
    """Prices every call as one of `model`, by list prices; fast only where that model is to be had fast. The
    sums must be made with `shapes`. Raises InvalidInput for a model without a price."""

    def __init__(self, book: PriceBook, shapes: Shapes, model: str) -> None:
        if not book.knows(model):
            raise InvalidInput(
                f"No price is known for a model {cleaned(model, 256)!r}.",
                next_step="stackk-tui usage --by model names models; config.toml takes prices, in [prices].",
            )
        self._model = model
        super().__init__(book, SameShape(shapes[model]), "calculate")

    def changes(self, models: Iterable[str]) -> list[str]:
        return self.book.changes({self._model})

    def _find(self, how: How, ts: int) -> Rates | None:
        _, flags, group = how
        found = super()._find((self._model, flags, group), ts)
        return found or super()._find((self._model, flags & ~FAST, group), ts)

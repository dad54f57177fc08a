"""Calls → sums by quarter of an hour, so that a report adds up a few thousand rows, not every call.

What a report may tell apart stays apart: the model and how it was called, the project, session and agent. So
prices are still applied when it is asked, and a time zone regroups exactly: no zone changes its offset inside
a quarter of an hour. What a price depends on inside a call, the length of its prompt and which kinds of token
it used, is its class; classes are made for the price table's `shapes`, and made anew when those change.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from stackk_tui.providers.claude_code.dedupe import Chosen

    How = tuple[str, int, int]
    """The model, flags, the class."""
    Who = tuple[str, str, str]
    """Project, session, agent."""
    SlotKey = tuple[int, How, Who]
    Slots = dict[SlotKey, list[Any]]
    """To requests, web searches, the five counts, and the recorded dollars as texts."""
    Shape = tuple[tuple[int, ...], int]
    """The prompt lengths above which a model costs more, and a bit per kind of token without a price."""

QUARTER_MS = 15 * 60 * 1000
FAST, BATCH, US, RECORDED = 1, 2, 4, 8
"""Flags of how a call was made; a recorded one has a cost of its own."""
LONG_BITS = 8


class Shapes(dict[str, "Shape | None"]):
    """A price table's shapes by model id; an id it does not have is looked up without date and provider."""

    def __missing__(self, model: str) -> Shape | None:
        from stackk_tui.providers.claude_code.modelid import plain_id

        found = self[model] = self.get(plain_id(model))
        return found


def put(slots: Slots, chosen: Chosen, shapes: Shapes, sign: int = 1) -> None:
    """Adds a call, and each advisor's call as one more under its model; `sign` -1 takes them away."""
    row, project, session, agent = chosen
    _, _, ts, _, how, input, output, write_5m, write_1h, read, searches, cost, _, advisors = row[:14]
    model, speed, tier, geo = how
    flags = (speed == "fast") * FAST | (tier == "batch") * BATCH | (geo == "us") * US
    quarter, who = ts // QUARTER_MS, (project, session, agent)
    counts = (input, output, write_5m, write_1h, read)
    shape = shapes[model]
    group = 0 if shape is None else class_of(shape, counts)
    key = (quarter, (model, flags | (cost is not None) * RECORDED, group), who)
    _add(slots, key, sign, searches, counts, cost)
    if advisors:
        for name, *each in advisors:
            shape = shapes[name]
            group = 0 if shape is None else class_of(shape, each)
            _add(slots, (quarter, (name, flags & ~FAST, group), who), sign, 0, each, None)


def _add(  # noqa: PLR0917
    slots: Slots, key: SlotKey, sign: int, searches: int, counts: Iterable[int], cost: str | None
) -> None:
    input, output, write_5m, write_1h, read = counts
    slot = slots.get(key)
    if slot is None:
        slot = slots[key] = [0, 0, 0, 0, 0, 0, 0, ()]
    slot[0] += sign
    slot[1] += sign * searches
    slot[2] += sign * input
    slot[3] += sign * output
    slot[4] += sign * write_5m
    slot[5] += sign * write_1h
    slot[6] += sign * read
    if cost is not None:
        slot[7] = (*slot[7], cost if sign > 0 else f"-{cost}")


def class_of(shape: Shape, counts: Iterable[int]) -> int:
    """Gives the number that stands for all calls of a model that one table row prices alike."""
    thresholds, unpriced = shape
    if not thresholds and not unpriced:
        return 0
    input, output, write_5m, write_1h, read = counts
    prompt = input + write_5m + write_1h + read
    long = sum([prompt > threshold for threshold in thresholds])
    kinds = 0
    if unpriced:
        kinds = sum(
            1 << place for place, count in enumerate((input, output, write_5m, write_1h, read)) if count
        )
    return long | (kinds & unpriced) << LONG_BITS

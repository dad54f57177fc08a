"""What is said to a person who insists more often than a vendor may be asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from stackk_tui.report.format import when
from stackk_tui.stack.values import Outcome

_MINUTE = timedelta(minutes=1)


def held_words(
    outcomes: Sequence[Outcome], shown: Mapping[str, tuple[str, datetime | None]], now: datetime
) -> list[str]:
    """Gives a sentence for each service that was answered from the ledger for that, once for the same words.

    `shown` has, by service id, its name and since when its figures are.
    """
    said = []
    for outcome in outcomes:
        held = outcome.held
        if held is None or outcome.service_id not in shown or outcome.how != "from-ledger":
            continue
        name, fetched_at = shown[outcome.service_id]
        minutes = f"{held.window / _MINUTE:g}"
        of = f"the figures of {when(fetched_at, now)} are shown" if fetched_at else "there are no figures yet"
        begun = held.again_at.replace(second=0, microsecond=0)
        again = begun if begun == held.again_at else begun + _MINUTE  # a minute that is over by then
        said.append(
            f"{name} was asked {held.times} times in {minutes} minutes, and not again: {of}; "
            f"it can be asked again at {when(again, now)}."
        )
    return list(dict.fromkeys(said))

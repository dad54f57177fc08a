"""What made a day unusual, in one line: kinds, short names, and the mark of a share that is estimated."""

from datetime import UTC, datetime
from decimal import Decimal

from stackk_tui.model.anomaly import Anomaly, Cause
from stackk_tui.tui.insight_words import cause_words


def words(*causes: Cause) -> str:
    start = datetime(2026, 11, 20, tzinfo=UTC)
    return cause_words(
        Anomaly(start=start, slot="day", amount=Decimal(9), usual=Decimal(1), compared=9, causes=causes)
    )


def test_a_key_is_called_by_its_whole_name_and_its_share_is_marked() -> None:
    key = Cause(kind="key", name="team/ci [bold]", share=0.966, provenance="estimated")
    model = Cause(kind="model", name="opus-5-5", share=0.7)
    assert words(key, model) == "key team/ci [bold] ≈ 97 %, opus-5-5 70 %"


def test_a_key_without_a_name_and_no_key_at_all() -> None:
    nameless = Cause(kind="key", name="without a known name", share=0.5)
    none = Cause(kind="key", name="none (the Console or a sign-in)", share=0.4)
    said = words(nameless, none)
    assert said == "key without a known name 50 %, key none (the Console or a sign-in) 40 %"


def test_a_project_is_called_by_its_folder() -> None:
    assert words(Cause(kind="project", name="/home/ada/src/atlas", share=1.0)) == "project atlas 100 %"

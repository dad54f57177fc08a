"""A bill shared out over keys: by the tokens that were billed, to the last cent."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from stackk_tui.insight.sharing import UNTOLD, Billed, counted, shared_out
from stackk_tui.model.usage import TOKEN_KINDS, Tokens
from stackk_tui.model.usage_parts import UsagePart

DAY = date(2026, 11, 16)


def used(
    part: str, model: str = "opus", workspace: str = "prod", searches: int = 0, **tokens: int
) -> UsagePart:
    return UsagePart(
        day=DAY,
        workspace_id=workspace,
        model=model,
        part=part,
        tokens=Tokens(**tokens),
        web_searches=searches,
    )


def bill(cost: str, model: str = "opus", workspace: str = "prod", **kinds: str) -> Billed:
    return Billed(DAY, workspace, model, Decimal(cost), {kind: Decimal(c) for kind, c in kinds.items()})


def test_each_kind_is_shared_by_its_own_tokens() -> None:
    found = shared_out(
        [bill("15", input="5", output="10")],
        [used("reads", input=900, output=10), used("writes", input=100, output=90)],
    )
    assert found == {DAY: {"reads": Decimal("5.5"), "writes": Decimal("9.5")}}


def test_another_workspace_model_or_day_takes_no_share() -> None:
    others = [
        used("elsewhere", workspace="staging", input=1000),
        used("other model", model="haiku", input=1000),
        used("later", input=1000).model_copy(update={"day": DAY + timedelta(days=1)}),
    ]
    found = shared_out([bill("5", input="5")], [used("mine", input=1), *others])
    assert found == {DAY: {"mine": Decimal(5)}}


def test_web_searches_are_shared_by_their_number_whatever_the_model() -> None:
    found = shared_out(
        [bill("0.40", model="", web_search="0.40")],
        [used("a", searches=30), used("b", model="haiku", searches=10)],
    )
    assert found == {DAY: {"a": Decimal("0.3"), "b": Decimal("0.1")}}


def test_what_no_tokens_stand_for_is_nobodys() -> None:
    bills = [bill("7", input="4", code_execution="2"), bill("3", model="haiku", input="3")]
    assert shared_out(bills, [used("mine", input=1)]) == {DAY: {"mine": Decimal(4), UNTOLD: Decimal(6)}}


def test_the_shares_of_any_bill_add_up_to_it() -> None:
    chance = Random(7)
    for _ in range(50):
        parts = [
            used(
                f"k{n}",
                searches=chance.randrange(3),
                **{kind: chance.randrange(10**9) for kind in TOKEN_KINDS},
            )
            for n in range(chance.randrange(1, 9))
        ]
        kinds = {kind: Decimal(chance.randrange(10**8)).scaleb(-6) for kind in (*TOKEN_KINDS, "fee")}
        whole = Billed(DAY, "prod", "opus", sum(kinds.values(), Decimal(0)), kinds)
        (shares,) = shared_out([whole], parts).values()
        assert abs(sum(shares.values()) - whole.cost) < Decimal("1e-15")
        assert shares[UNTOLD] == kinds["fee"]


def test_tokens_are_counted_over_models_and_workspaces() -> None:
    parts = [used("a", input=1, output=2), used("a", model="haiku", cache_read=4), used("b", input=8)]
    assert counted(parts) == {DAY: {"a": 7, "b": 8}}

"""A plan as a person sees it: its name, price and windows, and each thing that can be wrong in its own words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from stackk_tui.model.errors import SignInNeeded, StackkError, Unavailable
from stackk_tui.model.figure import Money, Provenance
from stackk_tui.providers.anthropic.plan_account import Remembered
from stackk_tui.sandbox.claude_plan import EMAIL, ORG_ID, oauth_account
from tests.conftest import NOW, MakeSettings
from tests.providers.anthropic.plan_helpers import PlanWorld, make_world

pytestmark = pytest.mark.anyio

FIVE, WEEK = timedelta(hours=5), timedelta(days=7)


@pytest.fixture
def world(settings: MakeSettings, tmp_path: Path) -> PlanWorld:
    return make_world(settings(STACKK_CLAUDE_BIN=str(tmp_path / "bin/claude")), NOW, tmp_path / "bin")


async def fetched(world: PlanWorld, scenario: str = "max_20x", **ways: Any) -> StackkError | None:
    """Signs in if nobody has, asks once, and gives what went wrong."""
    if world.session is None:
        await world.sign_in()
    world.says(scenario, **ways)
    return next(iter((await world.fetch()).failures.values()), None)


async def test_who_it_is(world: PlanWorld) -> None:
    identity = await world.sign_in()
    assert (identity.label, identity.method, identity.service_name) == (EMAIL, "local", "Claude plan")
    assert identity.billing_scope == f"claude:org:{ORG_ID}"
    (service,) = world.services
    assert (service.workspace.kind, service.workspace.name) == ("subscription", EMAIL)
    assert service.workspace.whole_account


async def test_the_windows(world: PlanWorld) -> None:
    assert await fetched(world) is None
    limits = {limit.id: limit for limit in world.snapshot.limits}
    assert list(limits) == ["five_hour", "seven_day", "seven_day_fable", "extra_usage"]
    assert [limit.length for limit in limits.values()] == [FIVE, WEEK, WEEK, None]
    assert [limit.short for limit in limits.values()] == ["5 h", "week", "Fable", "extra"]
    assert limits["five_hour"].used == 0.211
    assert limits["five_hour"].resets_at == datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert limits["seven_day"].resets_at == datetime(2026, 11, 26, 9, tzinfo=UTC)
    assert limits["extra_usage"].cap == Money(amount=Decimal("50.00"))
    assert limits["extra_usage"].spent == Money(amount=Decimal("12.40"))
    assert all(limit.provenance is Provenance.MEASURED and limit.as_of is None for limit in limits.values())
    assert "limits" not in world.snapshot.not_exposed


@pytest.mark.parametrize(
    ("scenario", "tier", "label", "price"),
    [
        ("free", "free", "Free", "0.00"),
        ("pro", "pro", "Pro", "20.00"),
        ("max_5x", "max", "Max 5x", "100.00"),
        ("max_20x", "max", "Max 20x", "200.00"),
        ("max-unknown-tier", "max", "Max", None),
        ("old-build", "max", "Max", None),
        ("team", "team", "Team", None),
        ("team_premium", "team", "Team premium", "125.00"),
        ("enterprise", "enterprise", "Enterprise", None),
    ],
)
async def test_plans_and_their_list_prices(
    world: PlanWorld, scenario: str, tier: str, label: str, price: str | None
) -> None:
    assert await fetched(world, scenario) is None
    plan, billing = world.snapshot.plan, world.snapshot.billing
    assert plan.value is not None
    assert (plan.value.tier, plan.value.label, plan.provenance) == (tier, label, Provenance.MEASURED)
    if price is None:
        assert (billing.price.value, billing.price.provenance) == (None, Provenance.NOT_EXPOSED)
        assert "price" in world.snapshot.not_exposed
    else:
        assert billing.price.value == Money(amount=Decimal(price))
        assert (billing.price.provenance, billing.cycle) == (Provenance.LIST_PRICE, "monthly")


async def test_a_login_that_does_not_say_its_plan_has_none(world: PlanWorld) -> None:
    assert await fetched(world, "no-plan") is None
    assert world.snapshot.plan.value is None
    assert "does not say which plan" in " ".join(world.snapshot.notes)


@pytest.mark.parametrize(
    ("seat", "label", "price"),
    [("team_standard", "Team standard", "25.00"), ("team_tier_1", "Team premium", "125.00"), ("other", "Team", None)],
)  # fmt: skip
async def test_the_seat_of_a_team_is_in_what_claude_remembers(
    world: PlanWorld, seat: str, label: str, price: str | None
) -> None:
    world.remembers(**{**oauth_account(), "seatTier": seat})
    assert await fetched(world, "team") is None
    assert world.snapshot.plan.value is not None
    assert world.snapshot.plan.value.label == label
    amount = world.snapshot.billing.price.value
    assert (amount.amount if amount else None) == (Decimal(price) if price else None)
    assert ("one seat" in " ".join(world.snapshot.notes)) is (price is not None)


async def test_a_plan_is_said_to_be_that_of_the_sign_in(world: PlanWorld) -> None:
    await fetched(world)
    assert "when it signed in" in world.snapshot.notes[0]


async def test_the_next_payment_is_guessed_from_the_day_on_which_it_began(world: PlanWorld) -> None:
    world.remembers(**oauth_account())
    await fetched(world)
    payment = world.snapshot.billing.next_payment
    assert (payment.value, payment.provenance) == (date(2026, 12, 10), Provenance.ESTIMATED)


async def test_what_is_remembered_of_somebody_else_says_nothing(world: PlanWorld) -> None:
    world.remembers(**{**oauth_account(), "organizationUuid": "another"})
    await fetched(world)
    assert world.snapshot.billing.next_payment.value is None
    world.remembers(**{**oauth_account(), "organizationUuid": None, "emailAddress": "x@example.org"})
    await fetched(world)
    assert world.snapshot.billing.next_payment.value is None


def test_the_day_of_a_month_that_has_fewer_days() -> None:
    began = Remembered(subscribed_at=datetime(2026, 1, 31, 12, tzinfo=UTC))
    assert began.next_payment(date(2026, 2, 1)) == date(2026, 2, 28)
    assert began.next_payment(date(2026, 4, 30)) == date(2026, 4, 30)
    assert began.next_payment(date(2026, 5, 1)) == date(2026, 5, 31)
    assert Remembered().next_payment(date(2026, 5, 1)) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"oauthAccount": 7}', "[" * 100_000, '{"oauthAccount": {"subscriptionCreatedAt": "soon", "emailAddress": 3}}'])  # fmt: skip
async def test_a_file_that_says_nonsense_says_nothing(world: PlanWorld, content: str, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/.claude.json").write_text(content)
    assert await fetched(world) is None
    assert world.snapshot.billing.next_payment.value is None
    (finding,) = world.reader.findings()
    assert finding.method == "local"


async def test_it_says_which_transcripts_explain_it(settings: MakeSettings, tmp_path: Path) -> None:
    work = tmp_path / "work/.claude"
    (work / "projects").mkdir(parents=True)
    config = tmp_path / "config.toml"
    config.write_text(f'[[claude_code.accounts]]\nlabel = "work"\nroots = ["{work}"]\n')
    env = {"STACKK_CLAUDE_BIN": str(tmp_path / "bin/claude"), "STACKK_CONFIG": str(config)}
    world = make_world(settings(**env), NOW, tmp_path / "bin")
    await fetched(world)
    assert world.snapshot.explained_by == ""
    await fetched(world, config_dir=str(work))
    assert world.snapshot.explained_by == "work"


# what can be wrong


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("logged-out", "not signed in"),
        ("api-key", "with an API key"),
        ("oauth-token-env", "setup-token"),
        ("cloud", "cloud provider"),
    ],
)
async def test_without_a_plan_somebody_has_to_sign_in(world: PlanWorld, scenario: str, words: str) -> None:
    world.says(scenario)
    with pytest.raises(SignInNeeded, match=words) as caught:
        await world.sign_in()
    assert caught.value.exit_status == 3
    assert caught.value.means == "Nothing was added."
    assert "/login" in caught.value.next_step
    world.says("max_20x")
    await world.sign_in()
    await world.fetch()
    before = world.snapshot
    error = await fetched(world, scenario)
    assert isinstance(error, SignInNeeded)
    assert "last ones" in error.means
    assert error.retry_at is None  # somebody who has just signed in need not wait
    assert world.snapshot == before


async def test_the_figures_of_another_account_are_not_shown_under_this_name(world: PlanWorld) -> None:
    await fetched(world)
    before = world.snapshot
    for other in ({"org": "another"}, {"email": "sam@nimbus.example"}):
        error = await fetched(world, "max_5x", utilization=99, **other)
        assert isinstance(error, SignInNeeded)
        assert EMAIL in error.what
        assert "sam@" not in " ".join(error.lines())
        assert world.snapshot == before
    assert world.asked().count("usage") == 1


async def test_offline_keeps_the_windows_dated_and_the_plan_fresh(world: PlanWorld) -> None:
    await fetched(world)
    before = world.limit("five_hour")
    world.now += timedelta(minutes=20)
    error = await fetched(world, "fetch-failed")
    assert isinstance(error, Unavailable)
    assert error.exit_status == 1
    assert "offline" in error.means
    after = world.limit("five_hour")
    assert before is not None
    assert after == before.model_copy(update={"as_of": NOW})
    assert world.snapshot.fetched_at == world.now
    assert world.snapshot.plan.value is not None


async def test_after_failures_in_a_row_it_is_asked_ever_less_often(world: PlanWorld) -> None:
    pauses = []
    for _ in range(9):
        error = await fetched(world, "fetch-failed")
        assert error is not None
        assert error.retry_at is not None
        pauses.append((error.retry_at - world.now) / timedelta(minutes=1))
    for nth, pause in enumerate(pauses):
        whole = min(5 * 2**nth, 300)
        assert whole <= pause <= min(whole * 1.2, 360)
    assert len({round(pause / min(5 * 2**nth, 300), 4) for nth, pause in enumerate(pauses)}) > 1  # jitter
    assert await fetched(world) is None
    error = await fetched(world, "fetch-failed")
    assert error is not None
    assert error.retry_at is not None
    assert error.retry_at - world.now <= timedelta(minutes=6)


async def test_a_build_without_the_question_shows_the_plan_and_says_so(world: PlanWorld) -> None:
    assert await fetched(world, "older-build") is None
    assert world.snapshot.limits == ()
    assert world.snapshot.plan.value is not None
    assert "update it" in " ".join(world.snapshot.notes)
    assert "limits" in world.snapshot.not_exposed


async def test_a_login_without_windows_says_so(world: PlanWorld) -> None:
    assert await fetched(world, "no-limits") is None
    assert world.snapshot.not_permitted == ("limits",)
    assert "no windows" in " ".join(world.snapshot.notes)


async def test_a_window_that_is_not_spoken_of_keeps_its_dated_value_until_it_resets(world: PlanWorld) -> None:
    await fetched(world)
    world.now += timedelta(minutes=10)
    assert await fetched(world, rate_limits={"model_scoped": None}) is None
    fable = world.limit("seven_day_fable")
    assert fable is not None
    assert fable.as_of == NOW
    assert await fetched(world, rate_limits={"model_scoped": [], "extra_usage": None}) is None
    assert world.limit("seven_day_fable") is None  # it was said that there is none
    assert world.limit("extra_usage") is None
    await fetched(world)
    world.now += timedelta(days=7)
    await fetched(world, rate_limits={"model_scoped": None})
    assert world.limit("seven_day_fable") is None  # reset since: nothing is known of it


async def test_one_name_by_both_ways_is_two_limits_only_if_they_differ(world: PlanWorld) -> None:
    week = {"utilization": 30, "resets_at": "2026-11-25T12:00:00Z"}
    scoped = {"display_name": "Opus", **week}
    await fetched(world, rate_limits={"seven_day_opus": week, "model_scoped": [scoped]})
    assert [limit.id for limit in world.snapshot.limits if "opus" in limit.id] == ["seven_day_opus"]
    world.now += timedelta(minutes=10)
    more = [{**scoped, "utilization": 70}]
    await fetched(world, rate_limits={"seven_day_opus": week, "model_scoped": more})
    both = {limit.id: (limit.label, limit.used) for limit in world.snapshot.limits if "opus" in limit.id}
    assert both == {
        "seven_day_opus": ("Week, Opus", 0.3), "seven_day_opus_scoped": ("Week, Opus, scoped", 0.7),
    }  # fmt: skip


async def test_a_light_look_does_not_ask_for_the_windows_again_so_soon(world: PlanWorld) -> None:
    await fetched(world)
    before = world.limit("seven_day")
    world.now += timedelta(minutes=4)
    assert not (await world.fetch(light=True)).failures
    assert world.asked().count("usage") == 1
    after = world.limit("seven_day")
    assert before is not None
    assert after == before.model_copy(update={"as_of": NOW})
    world.now += timedelta(minutes=2)
    world.says("max_20x")
    await world.fetch(light=True)
    assert world.asked().count("usage") == 2
    after = world.limit("seven_day")
    assert after is not None
    assert after.as_of is None


@pytest.mark.parametrize("scenario", ["older-build", "no-limits"])
async def test_a_light_look_keeps_why_there_are_no_windows(world: PlanWorld, scenario: str) -> None:
    assert await fetched(world, scenario) is None
    before = world.snapshot
    assert not (await world.fetch(light=True)).failures
    assert world.asked().count("usage") == 1
    assert (world.snapshot.not_permitted, world.snapshot.notes) == (before.not_permitted, before.notes)


# what the welcome says


async def test_it_is_found_without_being_run(world: PlanWorld) -> None:
    (finding,) = world.reader.findings()
    assert (finding.title, finding.method, finding.key) == ("Claude plan", "local", "p")
    assert finding.detail == str(world.path)
    assert finding.action == "track the plan and its limits"
    world.remembers(**oauth_account())
    assert world.reader.findings()[0].detail == "Max 20x, by your own claude"
    world.remembers(**{**oauth_account(), "organizationType": "claude_team", "seatTier": "team_tier_1"})
    assert world.reader.findings()[0].detail == "Team premium, by your own claude"
    world.remembers(organizationType="\x1b[31mclaude_max", organizationRateLimitTier=None)
    assert world.reader.findings()[0].detail == "Max, by your own claude"
    world.remembers(organizationType="console")
    assert world.reader.findings()[0].detail == str(world.path)
    assert world.calls == []


def test_nothing_is_found_where_nothing_is(settings: MakeSettings, tmp_path: Path) -> None:
    world = make_world(settings(PATH=""), NOW, tmp_path / "bin")
    assert world.reader.findings() == []

"""Page views of a project, where it has Web Analytics; of others nothing is said, and nothing else is lost."""

from datetime import timedelta

import pytest

from stackk_tui.model.clock import utc_midnight
from stackk_tui.sandbox.vercel_world import PRO_TEAM, PROJECTS
from tests.providers.vercel.helpers import NOW, Tracked, has_metric, metric, pro, project

pytestmark = pytest.mark.anyio

PATH = "/v1/query/web-analytics/visits/count"
WEB = PROJECTS["web"]


async def test_a_project_shows_its_page_views_and_visitors_of_seven_days(team: Tracked, vercel) -> None:
    await team.refresh()
    begin = utc_midnight(NOW.date() - timedelta(days=6))
    views, visitors = vercel.app.world.visits(WEB, begin, NOW)
    shown = await team.snapshot(WEB)
    assert (metric(shown, "page_views_7d").value, metric(shown, "visitors_7d").value) == (
        str(views),
        str(visitors),
    )
    (asked,) = [dict(s.query) for s in vercel.app.seen if s.path == PATH]
    assert (asked["projectId"], asked["teamId"]) == (WEB, PRO_TEAM)
    assert (asked["since"], asked["until"]) == ("2026-11-15T00:00:00.000Z", "2026-11-21T14:00:00.000Z")
    assert not has_metric(await team.snapshot(), "page_views_7d"), "visitors of projects cannot be added"


async def test_a_project_without_web_analytics_says_nothing_of_it(team: Tracked, vercel, ledger) -> None:
    own = await Tracked.of(team.provider, ledger, vercel.clock, [pro(), project("docs")])
    assert (await own.refresh()).failures == {}
    shown = await own.snapshot(PROJECTS["docs"])
    assert not has_metric(shown, "page_views_7d")
    assert not [note for note in shown.notes if "Analytics" in note]
    assert shown.not_permitted == ()


@pytest.mark.parametrize("status", [400, 402, 403, 404])
async def test_a_refusal_hides_it_and_costs_nothing_else(team: Tracked, vercel, status: int) -> None:
    await team.refresh()
    vercel.app.faults.add(PATH, status=status, body={"error": {"code": "forbidden", "message": "no"}})
    assert (await team.refresh()).failures == {}
    shown = await team.snapshot(WEB)
    assert not has_metric(shown, "page_views_7d")
    assert has_metric(shown, "deployments_30d")


@pytest.mark.parametrize("how", [{"status": 500}, {"drop": True}])
async def test_what_is_only_away_keeps_its_last_figures_with_their_date(
    team: Tracked, vercel, how: dict
) -> None:
    await team.refresh()
    before = metric(await team.snapshot(WEB), "page_views_7d")
    vercel.app.faults.add(PATH, **how)
    vercel.now += timedelta(minutes=5)
    assert (await team.refresh()).failures == {}
    shown = await team.snapshot(WEB)
    assert metric(shown, "page_views_7d") == before
    assert [note for note in shown.notes if note.startswith("Web Analytics: not updated this time.")]


@pytest.mark.parametrize(
    "body",
    [
        "null",
        "[]",
        '{"data": null}',
        '{"data": {"pageviews": null, "visitors": 3}}',
        '{"data": {"visitors": 3}}',
        '{"data": {"pageviews": -1, "visitors": 3}}',
        '{"data": {"pageviews": 1.5, "visitors": 3}}',
        '{"data": {"pageviews": 1e9999999, "visitors": 3}}',
        '{"data": {"pageviews": true, "visitors": 3}}',
        '{"data": {"aiModel": "x", "pageviews": "many", "visitors": 1}}',
    ],
)
async def test_an_answer_of_another_shape_is_no_zero(team: Tracked, vercel, body: str) -> None:
    vercel.app.faults.add(PATH, body=body)
    assert (await team.refresh()).failures == {}
    shown = await team.snapshot(WEB)
    assert not has_metric(shown, "page_views_7d")
    assert not has_metric(shown, "visitors_7d")

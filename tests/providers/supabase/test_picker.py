"""Organizations and their projects, to pick from."""

import pytest

from stackk_tui.model.errors import SignInNeeded, Unavailable
from stackk_tui.sandbox.supabase import EXPIRED_TOKEN, SCOPED_TOKEN
from stackk_tui.sandbox.supabase_world import API, NIMBUS, NOTES, OLD, QUESTS, RECIPES, STAGING, Project
from tests.providers.supabase.helpers import tracked
from tests.supabase_server import NOW

pytestmark = pytest.mark.anyio


async def test_each_organization_is_followed_by_its_projects(one) -> None:
    found = await one.provider.workspaces(one.session)
    assert [w.id for w in found] == [NIMBUS, OLD, API, STAGING, QUESTS, RECIPES, NOTES]
    assert [w.kind for w in found if w.id in (NIMBUS, QUESTS)] == ["organization"] * 2
    assert {w.id: w.plan for w in found if w.plan} == {
        NIMBUS: "Pro",
        QUESTS: "Free",
        OLD: "paused",
        RECIPES: "paused",
    }
    assert {w.part_of for w in found if w.id in (API, STAGING, OLD)} == {NIMBUS}
    assert {w.bill for w in found} == {"supabase:org:nimbus-labs", "supabase:org:side-quests"}


async def test_a_scoped_token_sees_its_own_organization(provider) -> None:
    found = await provider.workspaces(tracked(provider, token=SCOPED_TOKEN).session)
    assert {w.id for w in found} == {NIMBUS, OLD, API, STAGING}


async def test_all_pages_are_read(one, supabase) -> None:
    alphabet = "abcdefghijklmnopqrst"
    for number in range(250):
        ref = "".join(alphabet[int(digit)] for digit in f"{number:020d}")
        supabase.world.projects.append(Project(ref, NIMBUS, f"p{number:03d}", "eu-west-1", NOW))
    found = await one.provider.workspaces(one.session)
    assert len([w for w in found if w.part_of == NIMBUS]) == 253
    pages = [dict(s.query)["offset"] for s in supabase.seen if s.path.endswith(f"{NIMBUS}/projects")]
    assert pages == ["0", "100", "200"]


async def test_a_list_that_never_ends_is_given_up(one, supabase, monkeypatch) -> None:
    monkeypatch.setattr("stackk_tui.providers.supabase.api.MOST_PAGES", 4)
    row = {"ref": API, "name": "again", "status": "ACTIVE_HEALTHY"}
    body = {"projects": [row], "pagination": {"count": 10**9, "limit": 100, "offset": 0}}
    fault = supabase.faults.add(f"*/{NIMBUS}/projects", body=body)
    with pytest.raises(Exception, match="never end"):
        await one.provider.workspaces(one.session)
    assert fault.hits == 4


async def test_hostile_names_are_cleaned_and_odd_refs_left_out(one, supabase) -> None:
    rows = [
        {"ref": ref, "name": "a\x1b[2Jb\u202e[bold]\nc"} for ref in (API, "../organizations", "a b", "", None)
    ]
    body = {"projects": rows, "pagination": {"count": 5, "limit": 100, "offset": 0}}
    supabase.faults.add(f"*/{NIMBUS}/projects", body=body)
    found = [w for w in await one.provider.workspaces(one.session) if w.part_of == NIMBUS]
    assert [(w.id, w.name) for w in found] == [(API, "ab\ufffd[bold] c")]


async def test_where_an_organization_may_not_be_looked_into(one, supabase) -> None:
    no = {"message": "Forbidden resource"}
    supabase.faults.add(f"/v1/organizations/{NIMBUS}*", status=403, body=no)
    found = await one.provider.workspaces(one.session)
    assert [(w.id, w.plan) for w in found if w.kind == "organization"] == [(NIMBUS, None), (QUESTS, "Free")]
    assert {w.id for w in found if w.part_of == NIMBUS} == {API, STAGING, OLD}, "by the list of all projects"


async def test_what_fails_is_said(one, supabase, provider) -> None:
    with pytest.raises(SignInNeeded):
        await provider.workspaces(tracked(provider, token=EXPIRED_TOKEN).session)
    supabase.faults.add(f"*/{NIMBUS}/projects", status=500, body={"message": "boom"})
    with pytest.raises(Unavailable):
        await one.provider.workspaces(one.session)

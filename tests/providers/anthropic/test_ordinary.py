"""An ordinary key: its workspace and the models, and a clear word on what it cannot see."""

import pytest

from stackk_tui.model.errors import SignInNeeded
from stackk_tui.model.secret import Secret
from stackk_tui.providers.base import Known, Session
from stackk_tui.sandbox.anthropic import ORDINARY_KEY
from stackk_tui.sandbox.world import IDS, MODELS
from tests.conftest import SandboxServer
from tests.providers.anthropic.helpers import Tracked, account, metric, service

pytestmark = pytest.mark.anyio

PROD = IDS["production"]


@pytest.fixture
def session() -> Session:
    return Session(account("api-key"), Secret(ORDINARY_KEY))


async def test_has_one_workspace_which_is_all_it_sees(account: Tracked, session: Session) -> None:
    (found,) = await account.provider.workspaces(session)
    assert (found.id, found.whole_account) == (PROD, True)
    assert found.name == f"Workspace {PROD}"


@pytest.mark.parametrize("verb", ["refresh", "sync"])
async def test_shows_models_and_says_what_it_cannot_see(
    account: Tracked, session: Session, sandbox: SandboxServer, verb: str
) -> None:
    one = service(PROD, whole=True)
    fetched = await getattr(account.provider, verb)(session, [one], Known())
    assert fetched.failures == {}
    assert fetched.usage == []
    snapshot = fetched.snapshots[PROD]
    assert metric(snapshot, "models").value == str(len(MODELS))
    assert "Claude Opus 5.5" in (metric(snapshot, "model_names").value or "")
    assert snapshot.not_permitted == ("usage", "cost", "limits")
    assert {s.path for s in sandbox.seen} == {"/v1/models"}, "no tokens are ever spent on a probe"


async def test_a_revoked_one_needs_a_sign_in(
    account: Tracked, session: Session, sandbox: SandboxServer
) -> None:
    sandbox.app.keys[ORDINARY_KEY] = "revoked"
    fetched = await account.provider.refresh(session, [service(PROD, whole=True)], Known())
    assert isinstance(fetched.failures[PROD], SignInNeeded)


async def test_where_to_delete_it(account: Tracked, session: Session) -> None:
    done = await account.provider.revoke(session, destroy_token=False)
    assert "https://platform.claude.com/settings/keys" in done.message

"""An ordinary API key: it sees its workspace and the models, no usage, no cost (`api/anthropic.md` §3)."""

from collections.abc import Sequence
from datetime import datetime

from stackk_tui.model.clock import Clock
from stackk_tui.model.errors import StackkError
from stackk_tui.model.service import Service, Workspace
from stackk_tui.model.snapshot import Metric, Snapshot
from stackk_tui.providers.anthropic import wire
from stackk_tui.providers.anthropic.api import AnthropicApi
from stackk_tui.providers.anthropic.key import workspace_name
from stackk_tui.providers.anthropic.panels import API_PLAN
from stackk_tui.providers.base import Fetched

_NAMED = 12
"""Models that are named; the rest is counted."""


async def workspaces(api: AnthropicApi) -> list[Workspace]:
    """Gives the one workspace the key is of, as the whole account."""
    seen = await api.probe()
    workspace_id = seen.workspace_id or "default"
    name = workspace_name(seen.workspace_id)
    return [
        Workspace(id=workspace_id, name=f"{name[0].upper()}{name[1:]}", kind="workspace", whole_account=True)
    ]


async def refresh(api: AnthropicApi, services: Sequence[Service], clock: Clock) -> Fetched:
    """Asks for the models, which also tells whether the key still works. Never raises a StackkError."""
    try:
        models = await api.models()
    except StackkError as error:
        return Fetched(failures={service.workspace.id: error for service in services})
    now = clock()
    snapshot = Snapshot(
        fetched_at=now,
        plan=API_PLAN,
        metrics=tuple(_metrics(models, now)),
        notes=("An ordinary key cannot see usage, cost or limits; an admin key can.",),
        not_exposed=("next_payment", "price", "balance"),
        not_permitted=("usage", "cost", "limits"),
    )
    return Fetched(snapshots={service.workspace.id: snapshot for service in services})


def _metrics(models: Sequence[wire.ModelRow], now: datetime) -> list[Metric]:
    names = [model.display_name or model.id or "unnamed" for model in models]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [
        Metric(
            id="models", label="Models", value=str(len(names)), unit="models", section="Models", as_of=now
        ),
        Metric(
            id="model_names",
            label="Available",
            value=", ".join(names[:_NAMED]) + more,
            section="Models",
            as_of=now,
        ),
    ]

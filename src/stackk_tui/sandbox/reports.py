"""The reports of the pretend Anthropic: usage, cost and Claude Code (shapes of the real Admin API)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from starlette.requests import Request

from stackk_tui.sandbox.http import Row, check_params, invalid, moment, report_page, whole_number
from stackk_tui.sandbox.world import IDS, MODEL, ORGANIZATION_ID, TOKEN_TYPES, Cell, World

_WIDTHS = {
    "1d": (timedelta(days=1), 7, 31),
    "1h": (timedelta(hours=1), 24, 168),
    "1m": (timedelta(minutes=1), 60, 1440),
}
"""Width, buckets by default, buckets at most."""

_DIMENSIONS = (
    "account_id", "api_key_id", "context_window", "inference_geo", "model", "service_account_id",
    "service_tier", "workspace_id",
)  # fmt: skip
_FILTERS = {
    "account_ids[]": "account_id", "api_key_ids[]": "api_key_id", "models[]": "model",
    "service_account_ids[]": "service_account_id", "service_tiers[]": "service_tier",
    "workspace_ids[]": "workspace_id", "inference_geos[]": "inference_geo",
    "context_window[]": "context_window",
}  # fmt: skip
_PAGED = {"starting_at", "ending_at", "bucket_width", "limit", "group_by[]", "page"}

_TOKEN_WORDS = dict(
    zip(
        TOKEN_TYPES,
        ("Input Tokens", "Output Tokens", "Input Tokens, Cache Read", "Input Tokens, Cache Write (5m)",
         "Input Tokens, Cache Write (1h)"),
        strict=True,
    )
)  # fmt: skip

_ACTORS = (
    ("user_actor", "maya@nimbus.example", "api", "vscode", 5),
    ("user_actor", "jonas@nimbus.example", "api", "tmux", 4),
    ("user_actor", "priya@nimbus.example", "subscription", "iTerm.app", 3),
    ("api_actor", "ci-review", "api", "unknown", 2),
)
"""Kind, who, customer type, terminal, weight."""


_TOOLS = (("edit_tool", 40), ("multi_edit_tool", 6), ("notebook_edit_tool", 2), ("write_tool", 12))


def usage(request: Request, world: World, now: datetime) -> Row:
    """`usage_report/messages`."""
    check_params(request, _PAGED | _FILTERS.keys())
    groups = _groups(request, _DIMENSIONS)
    edges, limit = _buckets(request, now, tuple(_WIDTHS))
    wanted = {
        dim: set(request.query_params.getlist(name))
        for name, dim in _FILTERS.items()
        if request.query_params.getlist(name)
    }

    def bucket(number: int) -> Row:
        start, end = edges[number]
        rows: dict[tuple[object, ...], list[int]] = {}
        for cell in world.cells_by_key(start, end, now):
            dims = _dimensions(cell)
            if any(dims[dim] not in values for dim, values in wanted.items()):
                continue
            key = tuple(dims[d] if d in groups else None for d in _DIMENSIONS)
            sums = rows.setdefault(key, [0] * 6)
            for index, amount in enumerate((*cell.tokens, cell.searches)):
                sums[index] += amount
        return {**_edges(start, end), "results": [_usage_row(key, sums) for key, sums in rows.items()]}

    return report_page(request, len(edges), limit, bucket)


def cost(request: Request, world: World, now: datetime) -> Row:
    """`cost_report`. Amounts are decimal strings in cents."""
    check_params(request, _PAGED)
    groups = _groups(request, ("workspace_id", "description"))
    edges, limit = _buckets(request, now, ("1d",))

    def bucket(number: int) -> Row:
        start, end = edges[number]
        rows: dict[tuple[object, ...], tuple[Row, Decimal]] = {}
        for row, cents in _cost_lines(world.cells(start, end, now)):
            shown = {
                name: value
                if (name == "workspace_id" and "workspace_id" in groups)
                or (name != "workspace_id" and "description" in groups)
                else None
                for name, value in row.items()
            }
            key = tuple(shown.values())
            rows[key] = (shown, rows[key][1] + cents if key in rows else cents)
        results = [{**row, "amount": _plain(cents), "currency": "USD"} for row, cents in rows.values()]
        return {**_edges(start, end), "results": results}

    return report_page(request, len(edges), limit, bucket)


def claude_code(request: Request, world: World, now: datetime) -> Row:
    """`usage_report/claude_code`: one UTC day."""
    check_params(request, {"starting_at", "limit", "page"})
    limit = whole_number(request, "limit", 20, 1000)
    text = request.query_params.get("starting_at", "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10:
        raise invalid("starting_at: Input should be a date, YYYY-MM-DD")
    rows = list(_claude_code_rows(world, day, now))
    return report_page(request, len(rows), limit, lambda number: rows[number])


def _groups(request: Request, allowed: Iterable[str]) -> set[str]:
    groups = request.query_params.getlist("group_by[]")
    for group in groups:
        if group not in allowed:
            raise invalid(f"group_by: {group!r} is not one of the dimensions")
    return set(groups)


def _buckets(
    request: Request, now: datetime, widths: tuple[str, ...]
) -> tuple[list[tuple[datetime, datetime]], int]:
    """Gives the edges of every bucket from the snapped start to the end (or the bucket that holds `now`)."""
    name = request.query_params.get("bucket_width", "1d")
    if name not in widths:
        raise invalid(f"bucket_width: Input should be one of {', '.join(widths)}")
    width, default, most = _WIDTHS[name]
    limit = whole_number(request, "limit", default, most)
    start, end = moment(request, "starting_at"), moment(request, "ending_at")
    if start is None:
        raise invalid("starting_at: Field required")
    if end is not None and end <= start:
        raise invalid("ending_at: must be after starting_at")
    epoch = datetime(2020, 1, 1, tzinfo=UTC)
    start = epoch + (start - epoch) // width * width
    last = min(end or now, now)
    marks = [start + width * n for n in range(max(0, -((start - last) // width)) + 1)]
    return list(pairwise(marks)), limit


def _edges(start: datetime, end: datetime) -> Row:
    return {"starting_at": _stamp(start), "ending_at": _stamp(end)}


def _dimensions(cell: Cell) -> dict[str, str | None]:
    return {
        "account_id": None,
        "api_key_id": cell.key,
        "context_window": "0-200k",
        "inference_geo": "global",
        "model": cell.model,
        "service_account_id": None,
        "service_tier": "standard",
        "workspace_id": cell.workspace_id,
    }


def _usage_row(key: tuple[object, ...], sums: list[int]) -> Row:
    uncached, output, read, write_5m, write_1h, searches = sums
    return {
        **dict(zip(_DIMENSIONS, key, strict=True)),
        "uncached_input_tokens": uncached,
        "output_tokens": output,
        "cache_read_input_tokens": read,
        "cache_creation": {"ephemeral_5m_input_tokens": write_5m, "ephemeral_1h_input_tokens": write_1h},
        "server_tool_use": {"web_search_requests": searches},
    }


def _cost_lines(cells: list[Cell]) -> Iterable[tuple[Row, Decimal]]:
    for cell in cells:
        model = MODEL[cell.model]
        for token_type, tokens in zip(TOKEN_TYPES, cell.tokens, strict=True):
            if tokens:
                yield (
                    {
                        "context_window": "0-200k",
                        "cost_type": "tokens",
                        "description": f"{model.name} Usage - {_TOKEN_WORDS[token_type]}",
                        "inference_geo": "global",
                        "model": model.id,
                        "service_tier": "standard",
                        "token_type": token_type,
                        "workspace_id": cell.workspace_id,
                    },
                    model.cents(token_type, tokens),
                )
        if cell.searches:
            empty = dict.fromkeys(("context_window", "inference_geo", "model", "service_tier", "token_type"))
            yield (
                {
                    **empty,
                    "cost_type": "web_search",
                    "description": "Web Search Usage",
                    "workspace_id": cell.workspace_id,
                },
                Decimal(cell.searches),
            )


def _claude_code_rows(world: World, day: date, now: datetime) -> Iterable[Row]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if start > now:
        return
    cells = [
        c for c in world.cells(start, start + timedelta(days=1), now) if c.workspace_id == IDS["claude-code"]
    ]
    total = sum(actor[-1] for actor in _ACTORS)
    for kind, who, customer, terminal, weight in _ACTORS:
        random = Random(f"{world.seed}|{day}|{who}")  # noqa: S311  a pretend world
        if not cells or (day.weekday() >= 5 and kind == "user_actor" and random.random() < 0.6):
            continue
        lines = sum(c.tokens[1] for c in cells) * weight // total // 90
        yield {
            "actor": {"type": kind, "email_address" if kind == "user_actor" else "api_key_name": who},
            "core_metrics": {
                "commits_by_claude_code": lines // 140,
                "lines_of_code": {"added": lines, "removed": lines // 4 + random.randrange(20)},
                "num_sessions": 1 + weight + random.randrange(3),
                "pull_requests_by_claude_code": lines // 420,
            },
            "customer_type": customer,
            "date": _stamp(start),
            "is_remote": kind == "api_actor",
            "model_breakdown": [_breakdown(cell, weight, total) for cell in cells],
            "organization_id": ORGANIZATION_ID,
            "terminal_type": terminal,
            "tool_actions": {
                tool: {"accepted": random.randrange(most), "rejected": random.randrange(1 + most // 8)}
                for tool, most in _TOOLS
            },
            "subscription_type": "team" if customer == "subscription" else None,
        }  # fmt: skip


def _breakdown(cell: Cell, weight: int, total: int) -> dict[str, Any]:
    uncached, output, read, write_5m, write_1h = (n * weight // total for n in cell.tokens)
    model = MODEL[cell.model]
    cents = sum(
        model.cents(kind, n)
        for kind, n in zip(TOKEN_TYPES, (uncached, output, read, write_5m, write_1h), strict=True)
    )
    return {
        "estimated_cost": {"amount": round(cents), "currency": "USD"},
        "model": model.id,
        "tokens": {
            "cache_creation": write_5m + write_1h,
            "cache_read": read,
            "input": uncached,
            "output": output,
        },
    }


def _plain(cents: Decimal) -> str:
    text = format(cents, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _stamp(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")

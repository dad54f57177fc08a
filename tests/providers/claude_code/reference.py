"""A slow, plain reader of transcripts, written from `claude-code-logs.md` §1 to §5 alone. It keeps all lines in
memory and shares no code with the reader under test, which must agree with it to the token and to the last decimal.
"""

import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

# §5, dollars per million tokens: input, output, 5m write, 1h write, read
LIST = {
    "claude-opus-5-5": "4 20 5 8 0.20",
    "claude-sonnet-5-5": "2 10 2.5 4 0.10",
    "claude-haiku-5-5": "0.10 0.50 0.125 0.20 0.01",
    "claude-haiku-5-5 long": "0.50 2.50 0.625 1.00 0.05",
}
Row = dict[str, Any]


def read_all(projects: Path) -> list[Row]:
    """Gives the surviving calls."""
    files = sorted((path for path in projects.rglob("*.jsonl") if path.is_file()), key=str)
    lines = [row for path in files for row in _lines(path, projects)]
    last: dict[Path, int] = defaultdict(int)
    for row in lines:
        last[row["path"]] = max(last[row["path"]], row["ts"])
    main = {(row["id"], row["request"]) for row in lines if not row["side"] and row["id"] and row["request"]}
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in lines:
        replay = row["side"] and row["id"] and row["request"]
        if replay and any(id == row["id"] and request != row["request"] for id, request in main):
            continue
        groups[_key(row)].append(row)
    calls = []
    for group in groups.values():
        best = min(group, key=_preference)
        firsts: dict[tuple[Path, bool], Row] = {}
        for row in sorted(group, key=lambda row: (row["ts"], row["offset"])):
            firsts.setdefault((row["path"], row["side"]), row)
        first = min(firsts.values(), key=lambda row: _originality(row, last[row["path"]]))
        calls.append({**best, "project": first["project"], "session": first["session"]})
    return calls


def broken(projects: Path) -> int:
    return sum(row is None for path in projects.rglob("*.jsonl") for row in _parsed(path, projects))


def cost(row: Row) -> Decimal | None:
    """§5, for the models of `LIST`; fast mode is for Opus 5.5 only."""
    prompt = row["input"] + row["w5"] + row["w1"] + row["read"]
    name = row["model"] + (" long" if row["model"] == "claude-haiku-5-5" and prompt > 100_000 else "")
    if name not in LIST or (row["speed"] == "fast" and name != "claude-opus-5-5"):
        return None
    times = Decimal(2 if row["speed"] == "fast" else 1)
    counts = (row["input"], row["output"], row["w5"], row["w1"], row["read"])
    return (
        times
        * sum(Decimal(price) * count for price, count in zip(LIST[name].split(), counts, strict=True))
        / 10**6
    )


def costs(row: Row) -> list[Decimal | None]:
    """The call's, and each advisor's under its own model."""
    names = ("model", "input", "output", "w5", "w1", "read")
    return [
        cost(row),
        *(cost({"speed": None, **dict(zip(names, each, strict=True))}) for each in row["advisors"]),
    ]


def _advisor(step: Row) -> tuple[Any, ...]:
    written = step["cache_creation_input_tokens"]
    return (
        step["model"],
        step["input_tokens"],
        step["output_tokens"],
        written,
        0,
        step["cache_read_input_tokens"],
    )


def _preference(row: Row) -> tuple[Any, ...]:
    size = row["input"] + row["output"] + row["w5"] + row["w1"] + row["read"]
    return (
        -size,
        not row["steps"],
        not row["speed"],
        row["side"],
        str(row["path"]),
        -row["ts"],
        -row["offset"],
    )


def _originality(row: Row, last: int) -> tuple[Any, ...]:
    path = row["path"]
    return (row["ts"], row["session"] != row["home"], last, path.stat().st_mtime_ns, str(path), row["side"])


def _key(row: Row) -> tuple[Any, ...]:
    if row["id"] and row["request"]:
        return ("both", row["id"], row["request"])
    if row["id"]:
        return ("id", row["id"], row["input"], row["w5"] + row["w1"], row["read"])
    return ("uuid", row["uuid"]) if row["uuid"] else ("line", row["path"], row["offset"])


def _lines(path: Path, projects: Path) -> list[Row]:
    return [row for row in _parsed(path, projects) if row]


def _parsed(path: Path, projects: Path) -> list[Row | None]:
    """Gives a row per usable line, None per line with the marker that is broken."""
    rows: list[Row | None] = []
    offset = 0
    for line in path.read_bytes().split(b"\n"):
        if b'"usage":{' in line:
            try:
                row = _row(json.loads(line), path, projects, offset)
                rows += [row] if row else []
            except (ValueError, KeyError, TypeError):
                rows.append(None)
        offset += len(line) + 1
    return rows


def _row(raw: Row, path: Path, projects: Path, offset: int) -> Row | None:
    call = raw["data"]["message"] if raw["type"] == "progress" else raw
    message = call.get("message", {})
    if (
        raw["type"] not in ("assistant", "progress")
        or "usage" not in message
        or message.get("model") == "<synthetic>"
    ):
        return None
    used = message["usage"]
    written = used.get("cache_creation_input_tokens") or 0
    hour = min((used.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0, written)
    parts = path.relative_to(projects).parts
    home = parts[1].removesuffix(".jsonl")
    return {
        "path": path,
        "offset": offset,
        "id": message.get("id"),
        "request": call.get("requestId"),
        "uuid": call.get("uuid"),
        "ts": round(datetime.fromisoformat(call["timestamp"]).timestamp() * 1000),
        "model": message.get("model") or "unknown",
        "input": used.get("input_tokens") or 0,
        "output": used.get("output_tokens") or 0,
        "w5": written - hour,
        "w1": hour,
        "read": used.get("cache_read_input_tokens") or 0,
        "speed": used.get("speed"),
        "steps": bool(used.get("iterations")),
        "advisors": tuple(
            _advisor(step) for step in used.get("iterations") or [] if step["type"] == "advisor_message"
        ),
        "side": raw["type"] == "progress" or bool(raw.get("isSidechain")),
        "project": raw.get("cwd") or parts[0],
        "session": raw.get("sessionId") or home,
        "home": home,
    }

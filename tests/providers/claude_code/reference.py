"""A slow, plain reader of transcripts, written from `claude-code-logs.md` §1 to §4 alone. It keeps all lines in
memory and shares no code with the reader under test, which must agree with it to the token.
`reference_report.py` makes rows and dollars of what it finds.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARKER = re.compile(rb'"usage": *\{')


@dataclass
class Transcript:
    """A file as a reader with a memory knows it: every content it ever had when it was read, the last one last."""

    path: Path
    parts: tuple[str, ...]
    contents: list[bytes]
    mtime_ns: int
    agent: str | None = None
    """The type of agent whose file it is, `""` if that is not told; None for a session's own file."""
    rows: list[Row | None] = field(default_factory=list)


def remember(projects: Path, known: dict[Path, Transcript] | None = None) -> dict[Path, Transcript]:
    """Looks at all files below `projects`; adds what is new to what is `known`, and takes nothing away."""
    known = {} if known is None else known
    for path in sorted(projects.rglob("*.jsonl"), key=str):
        if not path.is_file():
            continue
        parts = path.relative_to(projects).parts
        seen = known.setdefault(path, Transcript(path, parts, [], 0))
        content = path.read_bytes()
        if seen.contents and content.startswith(seen.contents[-1]):
            seen.contents[-1] = content
        else:
            seen.contents.append(content)
        seen.mtime_ns = path.stat().st_mtime_ns
        if parts[-1].startswith("agent-") or "subagents" in parts[:-1]:
            seen.agent = agent_type(path)
    return known


def agent_type(path: Path) -> str:
    try:
        return str(json.loads(path.with_suffix(".meta.json").read_bytes())["agentType"])
    except (OSError, ValueError, KeyError):
        named = re.fullmatch(r"agent-([A-Za-z_]\w*)-[0-9a-f]+", path.stem)
        return named[1] if named else ""


def read_all(projects: Path) -> list[Row]:
    """Gives the surviving calls of the files that are there."""
    return calls(remember(projects).values())


def calls(transcripts: Iterable[Transcript]) -> list[Row]:
    """Gives the surviving calls: §3, rules 1 to 6, for the files of one account."""
    rows = [row for each in transcripts for row in usable(each)]
    last: dict[Path, int] = defaultdict(int)
    for row in rows:
        last[row["file"].path] = max(last[row["file"].path], row["ts"])
    main = {(row["id"], row["request"]) for row in rows if not row["side"] and row["id"] and row["request"]}
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        replay = row["side"] and row["id"] and row["request"]
        if not replay or all(id != row["id"] or request == row["request"] for id, request in main):  # rule 5
            groups[key(row)].append(row)
    found = []
    for group in groups.values():
        best = min(group, key=preference)
        firsts: dict[tuple[Path, bool], Row] = {}
        for row in sorted(group, key=lambda row: (row["ts"], row["offset"])):
            firsts.setdefault((row["file"].path, row["side"]), row)
        first = min(firsts.values(), key=lambda row: originality(row, last[row["file"].path]))
        agent = best["agent"]
        if agent == "sub-agent":
            agent = min({row["agent"] for row in group} - {"main", "sub-agent"}, default=agent)
        found.append({**best, "project": first["project"], "session": first["session"], "agent": agent})
    return found


def key(row: Row) -> tuple[Any, ...]:
    if row["id"] and row["request"]:
        return ("both", row["id"], row["request"])
    if row["id"]:
        return ("id", row["id"], row["input"], row["w5"] + row["w1"], row["read"])
    return ("uuid", row["uuid"]) if row["uuid"] else ("line", row["file"].path, row["offset"])


def preference(row: Row) -> tuple[Any, ...]:
    size = row["input"] + row["output"] + row["w5"] + row["w1"] + row["read"]
    plain = (-size, not row["steps"], not row["speed"], row["side"])
    return (*plain, str(row["file"].path), -row["ts"], -row["offset"])


def originality(row: Row, last: int) -> tuple[Any, ...]:
    file = row["file"]
    elsewhere = row["session"] != home_of(file)
    return (row["ts"], elsewhere, last, file.mtime_ns, str(file.path), row["side"])


def home_of(file: Transcript) -> str:
    return (file.parts[1] if len(file.parts) > 1 else file.parts[0]).removesuffix(".jsonl")


def usable(file: Transcript) -> list[Row]:
    """Gives what its contents say. A line without any id is known by its place alone: only the last content's."""
    rows = [row for row in parsed(file, file.contents[-1]) if row]
    for content in file.contents[:-1]:
        rows += [row for row in parsed(file, content) if row and (row["id"] or row["uuid"])]
    return rows


def broken(transcripts: Iterable[Transcript]) -> int:
    """Gives how many lines with the marker cannot be used."""
    return sum(row is None for file in transcripts for row in parsed(file, file.contents[-1]))


def parsed(file: Transcript, content: bytes) -> list[Row | None]:
    """Gives a row per usable line, None per line with the marker that is broken."""
    rows: list[Row | None] = []
    offset = 0
    for line in content.split(b"\n"):
        if MARKER.search(line):
            try:
                row = parse(json.loads(line.decode().removeprefix("\ufeff")), file, offset)
                rows += [row] if row else []
            except ValueError:
                rows.append(None)
        offset += len(line) + 1
    return rows


def parse(raw: Row, file: Transcript, offset: int) -> Row | None:
    """§2. Null and empty are absent. Raises ValueError if it is usage that cannot be used."""
    call = raw
    if raw.get("type") == "progress":
        if table(raw, "data").get("type") != "agent_progress":
            return None
        inner = table(table(raw, "data"), "message")
        call = {"timestamp": raw.get("timestamp"), **{name: inner[name] for name in inner if inner[name]}}
    elif raw.get("type") not in ("assistant", None, ""):
        return None
    message, model = table(call, "message"), table(call, "message").get("model")
    if "usage" not in message or model == "<synthetic>":
        return None
    used, side = message["usage"], raw.get("type") == "progress" or raw.get("isSidechain") is True
    steps = [step for step in used.get("iterations") or [] if isinstance(step, dict)]
    recorded = raw.get("costUSD")
    return {
        "file": file,
        "offset": offset,
        "ts": milliseconds(call.get("timestamp")),
        "id": message.get("id") or None,
        "request": call.get("requestId") or None,
        "uuid": call.get("uuid") or None,
        "model": model or "unknown",
        **counts(used),
        "web": count(table(used, "server_tool_use").get("web_search_requests")),
        "speed": used.get("speed") or None,
        "tier": used.get("service_tier"),
        "geo": used.get("inference_geo"),
        "recorded": None if recorded is None else str(recorded),
        "steps": bool(steps),
        "advisors": [
            {"model": step.get("model") or "unknown", **counts(step)}
            for step in steps
            if step.get("type") == "advisor_message"
        ],
        "side": side,
        "agent": (file.agent or "sub-agent") if file.agent is not None else "sub-agent" if side else "main",
        "project": raw.get("cwd") or (file.parts[0] if len(file.parts) > 1 else "unknown"),
        "session": table(raw, "forkedFrom").get("sessionId") or raw.get("sessionId") or home_of(file),
    }


def counts(used: Row) -> dict[str, int]:
    hour = count(table(used, "cache_creation").get("ephemeral_1h_input_tokens"))
    five = count(table(used, "cache_creation").get("ephemeral_5m_input_tokens"))
    if used.get("cache_creation_input_tokens") is not None:  # the sum is right where the split is not
        written = count(used["cache_creation_input_tokens"])
        hour = min(hour, written)
        five = written - hour
    names = {"input": "input_tokens", "output": "output_tokens", "read": "cache_read_input_tokens"}
    return {name: count(used.get(told)) for name, told in names.items()} | {"w5": five, "w1": hour}


def count(value: object) -> int:
    if isinstance(value, float) and value == int(value):
        value = int(value)
    if value is not None and (
        not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**15
    ):
        raise ValueError("no token count")
    return value or 0


def table(raw: Row, name: str) -> Row:
    return raw[name] if isinstance(raw.get(name), dict) else {}


def milliseconds(text: object) -> int:
    moment = datetime.fromisoformat(str(text).upper())
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return (moment - EPOCH) // timedelta(milliseconds=1)

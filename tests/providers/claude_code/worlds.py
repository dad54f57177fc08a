"""Random machines with transcripts: every trap of `claude-code-logs.md` §10 in any mixture, from a seed.

The ids, sessions and times are few, so that lines of different files meet: copies, forks, replays, gateways.
"""

import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from tests.providers.claude_code.generator import Line, call, cut, progress, split, task_result, text, usage

MODELS = (
    "claude-opus-5-5",
    "claude-opus-5-5[1m]",
    "us.anthropic.claude-opus-4-8-v1:0",
    "claude-opus-4-6",
    "claude-opus-4-5-20251101",
    "claude-sonnet-5-5",
    "claude-sonnet-4-5-20250929",
    "claude-haiku-5-5",
    "claude-haiku-4-5@20251001",
    "anthropic/claude-fable-5-1",
    "gpt-9",
    None,
)
SESSIONS = ("s1", "s2", "s3")
FOLDERS = ("/home/ada/src/atlas", "/home/ada/src/großer ozean", None)
FILES = (
    "-a/s1.jsonl",
    "-a/s2.jsonl",
    "-b/s3.jsonl",
    "-a/s1/subagents/agent-a1.jsonl",
    "-a/s1/subagents/deep/agent-b2.jsonl",
    "-a/agent-aside_question-0a1b.jsonl",
    "-b/s3/chat.jsonl",
    "s9.jsonl",
)
MOMENTS = tuple(  # around midnights, changes of clocks, of prices, and around each other
    datetime.fromisoformat(text)
    for text in (
        "2026-03-29T00:59:58Z",  # Europe/Berlin loses an hour
        "2026-10-25T00:30:00Z",  # and gains one
        "2026-11-01T04:29:58Z",  # America/St_Johns gains one
        "2026-06-26T23:59:58Z",
        "2026-10-06T23:59:58Z",
        "2026-11-18T18:29:58Z",  # midnight in Asia/Kolkata
        "2026-11-18T22:59:58Z",
        "2026-11-18T23:59:58Z",
    )
)
JUNK: tuple[Line | bytes, ...] = (
    b"",
    b"   \r",
    b"\0" * 700,
    b"\0\0" + text(call("m1", "r1")).strip(),
    b"{not json",
    b'{"type":"summary","summary":"s","leafUuid":"u"}',
    b'["usage"]',
    cut(call("m1", "r1")),
    text(call(cwd="X")).strip().replace(b'"X"', b'"\xff\xfe"'),
    {"type": "user", "message": {"content": text(call("m1", "r1")).decode()}},
    {"type": "assistant", "message": {"content": [{"input": {"usage": {"input_tokens": 7}}}]}},
    task_result(99_999),
    call("m2", "r2", model="<synthetic>", used=usage(0, 0), isApiErrorMessage=True),
    call("m1", "r1", at=None),
    call("m1", "r1", at="yesterday"),
    call("m1", "r1", at="2026-11-18T09:00:00"),
    call("m1", "r1", used=usage(-1)),
    call("m1", "r1", used=usage(1, 10**16)),
    call("m1", "r1", used={"input_tokens": "7"}),
)


@dataclass
class World:
    """Files by name below `projects`, each its lines; `chance` goes on where the making stopped."""

    chance: random.Random
    files: dict[str, list[bytes]] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)

    def content(self, name: str) -> bytes:
        return b"".join(self.files[name])


def world(seed: int, lines: int = 24) -> World:
    made = World(random.Random(seed))
    chance = made.chance
    for name in chance.sample(FILES, chance.randrange(1, len(FILES) + 1)):
        made.files[name] = []
    names = list(made.files)
    while sum(map(len, made.files.values())) < lines:
        name = chance.choice(names)
        group = some_lines(chance)
        made.files[name] += [raw(chance, line) for line in group]
        if chance.random() < 0.3:  # a fork, a resumed session, a copy
            other = chance.choice(names)
            kept = group[: chance.randrange(len(group) + 1)]
            session = chance.choice((None, *SESSIONS))
            made.files[other] += [raw(chance, moved(line, session)) for line in kept]
    for name in names:
        if "subagents" in name and chance.random() < 0.5:
            made.agents[name.removesuffix(".jsonl") + ".meta.json"] = chance.choice(("Explore", "Plan"))
        if made.files[name] and chance.random() < 0.3:  # no line feed at the end, as while it is written
            made.files[name][-1] = made.files[name][-1].rstrip(b"\n")
    return made


def some_lines(chance: random.Random) -> list[Line | bytes]:
    """Gives one to four lines of one call, or a line that is none."""
    if chance.random() < 0.2:
        return [chance.choice(JUNK)]
    one = a_call(chance)
    if chance.random() < 0.15:
        return [one]
    if chance.random() < 0.15:
        return [dated_call(chance)]
    group: list[Line | bytes] = []
    for place in range(chance.randrange(1, 5)):
        used = {**one["message"]["usage"], "output_tokens": chance.choice((1, 3, 30 * place, 57))}
        for name in ("iterations", "speed"):  # what decides between two that are as large
            if chance.random() < 0.3:
                used.pop(name, None)
        line = {**one, "message": {**one["message"], "usage": used}}
        if chance.random() < 0.5:
            line["uuid"] = f"u{chance.randrange(6)}"
        if chance.random() < 0.15:
            line = progress(line, used=usage(used["input_tokens"], 1) if chance.random() < 0.5 else None)
            line |= {"sessionId": chance.choice(SESSIONS), "timestamp": stamp(chance)}
            if chance.random() < 0.3:
                line["data"]["message"].pop("timestamp", None)
        group.append(line)
    return group


def a_call(chance: random.Random) -> Line:
    pick = chance.choice
    written = pick((0, 0, 4, 20_000, None))
    more: Line = {}
    if chance.random() < 0.1:
        more["forkedFrom"] = {"sessionId": pick(SESSIONS), "messageUuid": "u"}
    if chance.random() < 0.3:
        more["costUSD"] = pick((0, 0.01, 0.1234567, 1e-7, None))
    return call(
        pick(("m1", "m1", "m2", "m3", "m4", "", None)),
        pick(("r1", "r1", "r2", "r3", "", None)),
        used=usage(
            pick((1, 2, 50_000)),
            pick((0, 1, 3, 1000)),
            written,
            pick((0, 7, 30_000, 30_001, 80_000, 150_000)),
            **some(chance, "speed", "standard", "fast", "fast", None),
            **some(chance, "cache_creation", split(3, 1), split(0, 20_000), split(5, 4000), None),
            **some(chance, "service_tier", "standard", "batch"),
            **some(chance, "inference_geo", "us", "not_available"),
            **some(chance, "server_tool_use", {"web_search_requests": 2, "web_fetch_requests": 1}, None),
            **some(chance, "iterations", [], None, steps(), steps("claude-haiku-5-5"), steps("gpt-9", None)),
        ),
        at=stamp(chance),
        model=pick(MODELS),
        session=pick((*SESSIONS, "", None)),
        cwd=pick(FOLDERS),
        side=chance.random() < 0.3,
        **more,
    )


def dated_call(chance: random.Random) -> Line:
    """Gives a call around the moment from which it costs something else."""
    model, speed, moment = chance.choice(
        (("claude-opus-4-6", "fast", MOMENTS[3]), ("claude-sonnet-5-5", "standard", MOMENTS[4]))
    )
    at = (moment + timedelta(seconds=chance.randrange(4))).isoformat()
    used = usage(1000, 100, 50, 9000, speed=speed)
    return call(f"dated{chance.randrange(9)}", "r1", used=used, at=at, model=model)


def some(chance: random.Random, name: str, *values: object) -> Line:
    return {name: chance.choice(values)} if chance.random() < 0.3 else {}


def steps(*advisors: str | None) -> list[Line]:
    said = [{"type": "advisor_message", "model": model, **usage(7, 8, 9, 100_000)} for model in advisors]
    return [{"type": "message", **usage(6, 3)}, *said]


def stamp(chance: random.Random) -> str:
    """Gives a moment in any way that RFC 3339 allows."""
    moment = chance.choice(MOMENTS) + timedelta(milliseconds=chance.randrange(4000))
    if chance.random() < 0.3:  # a block later, and at its very end
        moment = moment.replace(minute=0, second=0, microsecond=0) + chance.choice(
            (timedelta(0), timedelta(hours=5), timedelta(hours=4, minutes=59, seconds=59))
        )
    zone = chance.choice((UTC, UTC, UTC, timezone("+05:30"), timezone("-03:30")))
    told = moment.astimezone(zone).isoformat(
        timespec=chance.choice(("milliseconds", "milliseconds", "microseconds"))
    )
    return told.replace("+00:00", chance.choice("Zz")) if chance.random() < 0.9 else told


def timezone(offset: str) -> tzinfo:
    zone = datetime.fromisoformat(f"2026-01-01T00:00:00{offset}").tzinfo
    assert zone is not None
    return zone


def moved(line: Line | bytes, session: str | None) -> Line | bytes:
    return line if isinstance(line, bytes) or session is None else {**line, "sessionId": session}


def raw(chance: random.Random, line: Line | bytes) -> bytes:
    """Gives a line's bytes: compact, seldom in another spelling."""
    told = text(line)
    if isinstance(line, dict) and chance.random() < 0.1:
        told = chance.choice((spaced, marked, carried))(told)
    if isinstance(line, dict) and chance.random() < 0.1:
        told = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return told


def spaced(told: bytes) -> bytes:
    return told.replace(b'"usage":{', b'"usage":  {')


def marked(told: bytes) -> bytes:
    return b"\xef\xbb\xbf" + told


def carried(told: bytes) -> bytes:
    return told.replace(b"\n", b"\r\n")


def put(
    projects: Path, made: World, order: list[str] | None = None, between: Callable[[], object] | None = None
) -> None:
    """Writes all files, `between` two of them something else may happen."""
    for name, agent in made.agents.items():
        write(projects / name, json.dumps({"agentType": agent}).encode())
    for name in order or list(made.files):
        write(projects / name, made.content(name), FILES.index(name))
        if between is not None:
            between()


def write(path: Path, content: bytes, age: int = 0) -> None:
    """Writes a file as it grows: what stands there already stays. Its time is by its place, not by chance."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content[path.stat().st_size :])
    os.utime(path, (1_000 + age, 1_000 + age))

"""Transcripts with every trap of `claude-code-logs.md` §10, each with its known answer, and big trees of them.

Lines are built here by hand, never by the code under test.
"""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]
OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
CWD = "/home/ada/src/atlas"
SLUG = "-home-ada-src-atlas"
AT = "2026-11-18T09:00:00.000Z"


def usage(input: int = 10, output: int = 20, write: int | None = 0, read: int = 0, **more: Any) -> Line:
    return {
        "input_tokens": input,
        "output_tokens": output,
        "cache_creation_input_tokens": write,
        "cache_read_input_tokens": read,
        **more,
    }


def split(five_minutes: int, hour: int) -> Line:
    return {"ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": hour}


def call(
    id: str | None = "msg_1",
    request: str | None = "req_1",
    *,
    used: Line | None = None,
    at: str | None = AT,
    model: str | None = OPUS,
    session: str | None = "s1",
    cwd: str | None = CWD,
    side: bool = False,
    **more: Any,
) -> Line:
    """One assistant line; what is None is left out."""
    message = {
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "usage": used or usage(),
    }
    line = {
        "type": "assistant",
        "isSidechain": side,
        "sessionId": session,
        "cwd": cwd,
        "version": "2.1.330",
        "requestId": request,
        "timestamp": at,
        "message": {name: value for name, value in message.items() if value is not None},
    }
    return {name: value for name, value in line.items() if value is not None} | more


def progress(of: Line, *, session: str = "s1", at: str = AT, used: Line | None = None) -> Line:
    """A sub-agent's line as its parent's file repeats it."""
    inner = {name: of[name] for name in ("timestamp", "requestId", "message") if name in of}
    if used is not None:
        inner["message"] = {**inner["message"], "usage": used}
    return {
        "type": "progress",
        "sessionId": session,
        "cwd": CWD,
        "timestamp": at,
        "data": {"type": "agent_progress", "message": {"type": "assistant", **inner}},
    }


def task_result(total: int) -> Line:
    """The user line that sums up what a sub-agent did."""
    return {
        "type": "user",
        "sessionId": "s1",
        "timestamp": AT,
        "message": {"role": "user", "content": "done"},
        "toolUseResult": {"totalTokens": total, "usage": usage(total, total)},
    }


def text(*lines: Line | bytes) -> bytes:
    """Gives a transcript: objects as compact JSON, bytes as they are, a line feed after each."""
    return b"".join(
        (line if isinstance(line, bytes) else json.dumps(line, separators=(",", ":")).encode()) + b"\n"
        for line in lines
    )


def cut(line: Line) -> bytes:
    """A line that was cut inside its usage, as after a crash."""
    whole = text(line)
    return whole[: whole.index(b'"usage":{') + 14]


MAIN = f"{SLUG}/s1.jsonl"
FORK = f"{SLUG}/s2.jsonl"
AGENT = f"{SLUG}/s1/subagents/agent-a1.jsonl"
META = f"{SLUG}/s1/subagents/agent-a1.meta.json"


@dataclass(frozen=True)
class Trap:
    """Files below `projects`, and what is so: [input, output, 5m, 1h, read] and requests by model key."""

    name: str
    files: dict[str, bytes]
    tokens: dict[str, list[int]]
    requests: dict[str, int]
    skipped: int = 0
    sessions: dict[str, int] = field(default_factory=dict)
    """Requests by session, where the trap is about that."""
    agents: dict[str, int] = field(default_factory=dict)
    cost: str | None = None
    """Dollars by tokens, where the trap is about that."""

    def write(self, projects: Path) -> Path:
        for name, content in self.files.items():
            path = projects / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return projects


def one(
    name: str, *lines: Line | bytes, skipped: int = 0, cost: str | None = None, **by_model: list[int]
) -> Trap:
    """A trap in one session file; the numbers are for Opus unless a model is named: requests, then tokens."""
    models = {"opus": OPUS, "haiku": HAIKU, "sonnet": SONNET, "fast": f"{OPUS}-fast", "none": "unknown"}
    numbers = {models.get(model, model): each for model, each in by_model.items()}
    return Trap(
        name,
        {MAIN: text(*lines)},
        {model: each[1:] for model, each in numbers.items()},
        {model: each[0] for model, each in numbers.items()},
        skipped,
        cost=cost,
    )


_SUB = call("msg_sub", "req_sub", used=usage(5, 500), side=True, agentId="a1", model=HAIKU)
_ADVISED = usage(
    100,
    50,
    iterations=[
        {"type": "message", **usage(60, 30)},
        {"type": "advisor_message", "model": SONNET, **usage(7, 8, 9, 10)},
        {"type": "message", **usage(40, 20)},
    ],
)

TRAPS: tuple[Trap, ...] = (
    one(
        "streamed group, output growing",
        *(call(used=usage(10, output, 100, 5), uuid=f"u{output}") for output in (1, 30, 57)),
        opus=[1, 10, 57, 100, 0, 5],
    ),
    one("equal repeats", *(call(uuid=f"u{n}") for n in range(3)), opus=[1, 10, 20, 0, 0, 0]),
    one(
        "a partial copy after the full line",
        *(call(used=usage(10, output)) for output in (57, 3)),
        opus=[1, 10, 57, 0, 0, 0],
    ),
    one(
        "no request id: streamed lines are one call",
        *(
            call(request=None, used=usage(10, output, 1, 2), at=f"2026-11-18T09:00:0{n}Z")
            for n, output in enumerate((1, 9))
        ),
        opus=[1, 10, 9, 1, 0, 2],
    ),
    one(
        "gateway with one constant id",
        call("msg_gw", None, used=usage(10, 20)),
        call("msg_gw", None, used=usage(11, 20)),
        call("msg_gw", None, used=usage(10, 20, read=3)),
        opus=[3, 31, 60, 0, 0, 3],
    ),
    one(
        "no message id: the uuid is the key",
        call(None, None, uuid="u1"),
        call(None, None, uuid="u1"),
        call(None, "req_1", uuid="u2"),
        opus=[2, 20, 40, 0, 0, 0],
    ),
    one("no id at all: each line counts", call(None, None), call(None, None), opus=[2, 20, 40, 0, 0, 0]),
    one(
        "empty strings are absent",
        call("msg_1", "", used=usage(10, 1)),
        call("msg_1", None, used=usage(10, 20)),
        call("", "", model="", uuid="u", used=usage(1, 1)),
        opus=[1, 10, 20, 0, 0, 0],
        none=[1, 1, 1, 0, 0, 0],
    ),
    one(
        "nulls are absent, here and in tool input",
        call(
            costUSD=None,
            agentId=None,
            isApiErrorMessage=None,
            used=usage(10, 20, speed=None, cache_creation=None),
        ),
        {**call("msg_2", "req_2"), "toolUse": {"input": {"id": None, "model": None}}},
        call(
            "msg_3", "req_3", used={"input_tokens": 1, "output_tokens": None, "cache_read_input_tokens": None}
        ),
        opus=[3, 21, 40, 0, 0, 0],
    ),
    Trap(
        "fork copy stays with the session it was copied from",
        {
            MAIN: text(call("m1", "r1"), call("m2", "r2", at="2026-11-18T09:10:00Z")),
            FORK: text(
                call("m1", "r1", session="s2"),
                call("m2", "r2", session="s2", at="2026-11-18T09:10:00Z"),
                call("m3", "r3", session="s2", at="2026-11-18T11:00:00Z"),
            ),
        },
        {OPUS: [30, 60, 0, 0, 0]},
        {OPUS: 3},
        sessions={"s1": 2, "s2": 1},
    ),
    Trap(
        "a fork that sorts before its original, and says where it is from",
        {
            f"{SLUG}/s0.jsonl": text(
                call("m1", "r1", session="s0", forkedFrom={"sessionId": "s1", "messageUuid": "u"}),
                call("m3", "r3", session="s0", at="2026-11-18T10:00:00Z"),
            ),
            MAIN: text(call("m1", "r1"), call("m2", "r2", at="2026-11-19T09:10:00Z")),
        },
        {OPUS: [30, 60, 0, 0, 0]},
        {OPUS: 3},
        sessions={"s0": 1, "s1": 2},
    ),
    Trap(
        "/btw replay is dropped, a real sub-agent call counts",
        {
            MAIN: text(call("m1", "r1")),
            f"{SLUG}/agent-aside_question-0a1b.jsonl": text(
                call("m1", "r9", side=True), call("m2", "r2", side=True)
            ),
        },
        {OPUS: [20, 40, 0, 0, 0]},
        {OPUS: 2},
        agents={"main": 1, "aside_question": 1},
    ),
    Trap(
        "progress snapshot beside the sub-agent's full record",
        {
            MAIN: text(call(), progress(_SUB, used=usage(5, 1))),
            AGENT: text(_SUB),
            META: b'{"agentType":"Explore"}',
        },
        {OPUS: [10, 20, 0, 0, 0], HAIKU: [5, 500, 0, 0, 0]},
        {OPUS: 1, HAIKU: 1},
        agents={"main": 1, "Explore": 1},
    ),
    Trap(
        "progress alone, the sub-agent's file is gone",
        {MAIN: text(call(), progress(_SUB))},
        {OPUS: [10, 20, 0, 0, 0], HAIKU: [5, 500, 0, 0, 0]},
        {OPUS: 1, HAIKU: 1},
        agents={"main": 1, "sub-agent": 1},
    ),
    Trap(
        "sub-agents, nested and in the old layout",
        {
            MAIN: text(call()),
            AGENT: text(_SUB),
            META: b'{"agentType":"Plan"}',
            f"{SLUG}/s1/subagents/deep/agent-b2.jsonl": text(call("m5", "r5", side=True)),
            f"{SLUG}/agent-c3.jsonl": text(call("m6", "r6", side=True)),
            f"{SLUG}/s9/chat.jsonl": text(call("m7", "r7", session=None)),
        },
        {OPUS: [40, 80, 0, 0, 0], HAIKU: [5, 500, 0, 0, 0]},
        {OPUS: 4, HAIKU: 1},
        sessions={"s1": 4, "s9": 1},
        agents={"main": 2, "Plan": 1, "sub-agent": 2},
    ),
    one("Task summary is not counted", call(), task_result(99_999), opus=[1, 10, 20, 0, 0, 0]),
    one(
        "synthetic is not counted",
        call(),
        call("m2", "r2", model="<synthetic>", used=usage(0, 0)),
        opus=[1, 10, 20, 0, 0, 0],
    ),
    one(
        "line cut in the middle of the file",
        call(),
        cut(call("m2", "r2")),
        call("m3", "r3"),
        skipped=1,
        opus=[2, 20, 40, 0, 0, 0],
    ),
    one("blank lines", call(), b"", b"   ", b"\r", call("m2", "r2"), opus=[2, 20, 40, 0, 0, 0]),
    one("a run of NUL bytes", call(), b"\0" * 4096, call("m2", "r2"), opus=[2, 20, 40, 0, 0, 0]),
    one(
        "NUL bytes before a record",
        b"\0" * 64 + text(call()).strip(),
        call("m2", "r2"),
        skipped=1,
        opus=[1, 10, 20, 0, 0, 0],
    ),
    one(
        "invalid UTF-8",
        text(call(cwd="X")).strip().replace(b'"X"', b'"\xff\xfe"'),
        call("m2", "r2"),
        skipped=1,
        opus=[1, 10, 20, 0, 0, 0],
    ),
    one(
        "usage as escaped text, and inside tool input",
        {"type": "user", "message": {"content": text(call("m8", "r8")).decode()}},
        {
            "type": "assistant",
            "timestamp": AT,
            "message": {"content": [{"input": {"usage": {"input_tokens": 7}}}]},
        },
        call(),
        opus=[1, 10, 20, 0, 0, 0],
    ),
    one(
        "spaces after the marker",
        text(call()).replace(b'"usage":{', b'"usage":   {').strip(),
        opus=[1, 10, 20, 0, 0, 0],
    ),
    one(
        "CRLF and a byte order mark",
        b"\xef\xbb\xbf" + text(call()).strip() + b"\r",
        call("m2", "r2"),
        opus=[2, 20, 40, 0, 0, 0],
    ),
    one("no timestamp", call(at=None), call("m2", "r2", at="yesterday"), call("m3", "r3", at=""), skipped=3),
    one("counts that are no counts", call(used=usage(-1)), call("m2", "r2", used=usage("9")), skipped=2),  # type: ignore[arg-type]
    one(
        "fast mode",
        call(used=usage(100, 200, 0, 5000, speed="fast")),
        cost="0.0108",
        fast=[1, 100, 200, 0, 0, 5000],
    ),
    one(
        "writes for an hour and for five minutes",
        call(used=usage(12, 57, 5200, 18000, cache_creation=split(1200, 4000))),
        cost="0.042788",
        opus=[1, 12, 57, 1200, 4000, 18000],
    ),
    one(
        "writes without a split are for five minutes",
        call(used=usage(0, 0, 1000)),
        cost="0.005",
        opus=[1, 0, 0, 1000, 0, 0],
    ),
    one(
        "a split larger than the sum",
        call(used=usage(0, 0, 1000, cache_creation=split(9, 4000))),
        opus=[1, 0, 0, 0, 1000, 0],
    ),
    one(
        "prompt of exactly 100 000 tokens",
        call(used=usage(50_000, 1000, 20_000, 30_000), model=HAIKU),
        cost="0.0083",
        haiku=[1, 50_000, 1000, 20_000, 0, 30_000],
    ),
    one(
        "prompt of 100 001 tokens",
        call(used=usage(50_001, 1000, 20_000, 30_000), model=HAIKU),
        cost="0.0415005",
        haiku=[1, 50_001, 1000, 20_000, 0, 30_000],
    ),
    one(
        "advisor iteration is one more call",
        call(used=_ADVISED),
        call(used={**_ADVISED, "output_tokens": 1, "iterations": []}),
        opus=[1, 100, 50, 0, 0, 0],
        sonnet=[1, 7, 8, 9, 0, 10],
    ),
    one(
        "unknown model",
        call(model="gpt-9"),
        call("m2", "r2", model=None),
        **{"gpt-9": [1, 10, 20, 0, 0, 0]},
        none=[1, 10, 20, 0, 0, 0],
    ),
)


def big_tree(projects: Path, size: int, seed: int = 1) -> int:
    """Writes about `size` bytes of believable transcripts; gives the number of files."""
    chance = random.Random(seed)
    written = files = number = 0
    while written < size:
        slug, session = f"-home-ada-p{chance.randrange(12)}", f"{chance.getrandbits(64):016x}-{files:08x}"
        lines: list[Line | bytes] = []
        minute = chance.randrange(80 * 1440)
        for _ in range(chance.randrange(5, 400)):
            number += 1
            minute += chance.randrange(3)
            at = f"2026-{9 + minute // 43200:02}-{1 + minute // 1440 % 30:02}T{minute // 60 % 24:02}:{minute % 60:02}"
            lines.append(
                {
                    "type": "user",
                    "sessionId": session,
                    "message": {"content": "x" * chance.randrange(200, 9000)},
                }
            )
            used = usage(chance.randrange(50), 1, chance.randrange(4000), chance.randrange(90_000))
            for block in range(chance.randrange(1, 5)):
                last = {
                    **used,
                    "output_tokens": 1 + 300 * block,
                    "cache_creation": split(0, used["cache_creation_input_tokens"]),
                }
                line = call(
                    f"msg_{number}", f"req_{number}", used=last, at=f"{at}:{block:02}.000Z", session=session,
                    cwd=f"/home/ada/{slug[-2:]}", model=chance.choice((OPUS, SONNET, HAIKU)), uuid=f"{number}-{block}",
                )  # fmt: skip
                line["message"]["content"] = [{"type": "text", "text": "y" * chance.randrange(100, 2000)}]
                lines.append(line)
        path = projects / slug / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        written += path.write_bytes(text(*lines))
        files += 1
    return files

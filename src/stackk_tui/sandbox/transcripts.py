"""Pretend Claude Code transcripts: 90 days of a developer's sessions, the same for the same day.

Lines have the shapes of real ones (`claude-code-logs.md` §2): a call is on one or two lines that share
`message.id` and `requestId`, the first with a placeholder for the output; subagents have their own files.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

DAYS = 90
VERSION = "2.1.330"

_HOME = "/home/maya/code"


@dataclass(frozen=True, slots=True)
class _Project:
    name: str
    weight: int
    branch: str
    models: tuple[str, ...]

    @property
    def cwd(self) -> str:
        return f"{_HOME}/{self.name}"

    @property
    def slug(self) -> str:
        return self.cwd.replace("/", "-").replace(".", "-").replace("_", "-")


_OPUS, _SONNET, _HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5-20251001"
_PROJECTS = (
    _Project("nimbus-api", 9, "main", (_OPUS, _OPUS, _SONNET)),
    _Project("nimbus-web", 6, "feat/checkout", (_SONNET, _OPUS)),
    _Project("infra", 3, "main", (_SONNET,)),
    _Project("dotfiles", 1, "master", (_SONNET, _HAIKU)),
    _Project("paper.notes", 2, "main", (_OPUS,)),
)
_ASKED = (
    "why does the retry test fail only in CI?",
    "add pagination to the invoices endpoint",
    "split this module, it has two reasons to change",
    "explain the lock order here and check it",
    "write a migration for the new column",
    "make the error message say what to do next",
)
_SAID = (
    "The test depends on the order of the fixtures. I will make it independent.",
    "Done. The endpoint takes a cursor and a limit, and the tests cover the last page.",
    "Reading the module first.",
    "I found two places that take the locks in the other order.",
)
_AGENTS = ("Explore", "general-purpose", "test-runner")


@dataclass(frozen=True, slots=True)
class Written:
    """How much was written."""

    sessions: int
    files: int
    bytes: int


def write_transcripts(folder: Path, now: datetime, *, seed: int = 20, days: int = DAYS) -> Written:
    """Writes below `folder`/projects what was done up to `now`; under a second and under 6 MB."""
    files: dict[Path, list[bytes]] = {}
    sessions = 0
    last: dict[Path, datetime] = {}
    now = now.astimezone(UTC)
    for age in range(days - 1, -1, -1):
        for session in _sessions(now.date() - timedelta(days=age), seed):
            before = len(files)
            for path, moment, line in session.lines(now):
                target = folder / "projects" / path
                files.setdefault(target, []).append(json.dumps(line, separators=(",", ":")).encode())
                last[target] = moment
            sessions += len(files) > before
    size = 0
    for path, lines in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        content = b"\n".join(lines) + b"\n"
        path.write_bytes(content)
        size += len(content)
        stamp = last[path].timestamp()
        os.utime(path, (stamp, stamp))
        if path.name.startswith("agent-"):
            kind = _AGENTS[len(lines) % len(_AGENTS)]
            path.with_suffix(".meta.json").write_text(json.dumps({"agentType": kind}, separators=(",", ":")))
    return Written(sessions=sessions, files=len(files), bytes=size)


def write_runaway(folder: Path, now: datetime, *, calls: int = 160) -> Path:
    """Writes a loop that nobody watched: two days ago one session called the dearest model over and over."""
    start = now.astimezone(UTC).replace(hour=14, minute=5, second=0, microsecond=0) - timedelta(days=2)
    session = _Session(_PROJECTS[2], start, Random(f"runaway|{start.date()}"))  # noqa: S311  a pretend world
    session.context = 150_000
    lines = [session._user("keep going until the tests pass")]
    for _ in range(calls):
        lines += session._call(_OPUS)
    path = folder / "projects" / session.project.slug / f"{session.id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines))
    os.utime(path, (session.clock.timestamp(),) * 2)
    return path


def _sessions(day: date, seed: int) -> Iterator["_Session"]:
    random = Random(f"{seed}|{day}|sessions")  # noqa: S311  a pretend world
    count = random.choice((0, 1, 1)) if day.weekday() >= 5 else random.choice((1, 2, 2, 3, 3, 4))
    start = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    for number in range(count):
        start += timedelta(minutes=random.randrange(20, 130))
        project = random.choices(_PROJECTS, [p.weight for p in _PROJECTS])[0]
        yield _Session(project, start, Random(f"{seed}|{day}|{number}"))  # noqa: S311


@dataclass(slots=True)
class _Session:
    """One session. `lines` gives path, time and line in the order in which they were written."""

    project: _Project
    start: datetime
    random: Random
    id: str = ""
    clock: datetime = field(init=False)
    parent: str | None = None
    context: int = 32_000

    def __post_init__(self) -> None:
        self.id = self.uuid()
        self.clock = self.start

    def uuid(self) -> str:
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def name(self, prefix: str) -> str:
        return f"{prefix}_011C{self.random.getrandbits(100):025x}"

    def lines(self, now: datetime) -> Iterator[tuple[Path, datetime, dict[str, Any]]]:
        for path, line in self._all():
            if self.clock > now:
                return
            yield path, self.clock, line

    def _all(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        main = Path(self.project.slug) / f"{self.id}.jsonl"
        model = self.random.choice(self.project.models)
        for _ in range(self.random.randrange(2, 6)):
            yield main, self._user(self.random.choice(_ASKED))
            for _ in range(self.random.randrange(2, 6)):
                for line in self._call(model):
                    yield main, line
            if self.random.random() < 0.22:
                yield from self._subagent()
        if self.random.random() < 0.06:
            yield main, self._synthetic()

    def _subagent(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        agent = f"{self.random.getrandbits(32):08x}"
        path = Path(self.project.slug) / self.id / "subagents" / f"agent-{agent}.jsonl"
        context, parent = self.context, self.parent
        self.context, self.parent = 14_000, None
        model = self.random.choice((_HAIKU, _SONNET))
        for _ in range(self.random.randrange(2, 5)):
            for line in self._call(model, agent=agent):
                yield path, line
        self.context, self.parent = context, parent

    def _user(self, text: str) -> dict[str, Any]:
        self.clock += timedelta(seconds=self.random.randrange(20, 240))
        return {**self._head("user"), "message": {"role": "user", "content": text}}

    def _synthetic(self) -> dict[str, Any]:
        """What Claude Code writes when the API failed: no usage in it."""
        usage = {
            "input_tokens": 0,
            "output_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        }
        return {
            **self._head("assistant"),
            "isApiErrorMessage": True,
            "message": {
                "id": self.uuid(),
                "model": "<synthetic>",
                "role": "assistant",
                "content": [{"type": "text", "text": "API Error: 529 Overloaded"}],
                "stop_reason": "stop_sequence",
                "usage": usage,
            },
        }

    def _call(self, model: str, agent: str | None = None) -> Iterator[dict[str, Any]]:
        """Gives the one or two lines of one API call."""
        random = self.random
        request, message = self.name("req"), self.name("msg")
        written = random.randrange(3_000, 22_000)
        output = int(random.lognormvariate(7.3, 0.8))
        usage = {
            "input_tokens": random.randrange(3, 60),
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": self.context,
            "output_tokens": output,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0}
            if agent
            else {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": written},
            "server_tool_use": {"web_search_requests": int(random.random() < 0.03), "web_fetch_requests": 0},
            "service_tier": "standard",
            "speed": "standard",
            "inference_geo": "global",
        }
        self.context = min(190_000, self.context + written)
        blocks = self._blocks()
        for number, block in enumerate(blocks):
            final = number == len(blocks) - 1
            self.clock += timedelta(seconds=random.randrange(2, 14), milliseconds=random.randrange(1000))
            said = usage if final else {**usage, "output_tokens": min(output, random.randrange(1, 9))}
            line = {
                **self._head("assistant", agent),
                "requestId": request,
                "message": {
                    "id": message,
                    "type": "message",
                    "model": model,
                    "role": "assistant",
                    "content": [block],
                    "stop_reason": ("tool_use" if block["type"] == "tool_use" else "end_turn")
                    if final
                    else None,
                    "usage": said,
                },
            }
            yield line

    def _blocks(self) -> list[dict[str, Any]]:
        text: dict[str, Any] = {"type": "text", "text": self.random.choice(_SAID)}
        tool: dict[str, Any] = {
            "type": "tool_use",
            "id": self.name("toolu"),
            "name": self.random.choice(("Read", "Edit", "Bash", "Grep")),
            "input": {"file_path": f"{self.project.cwd}/src/billing.py"},
        }
        return self.random.choice(([text], [tool], [text, tool], [text, tool]))

    def _head(self, kind: str, agent: str | None = None) -> dict[str, Any]:
        uuid = self.uuid()
        head: dict[str, Any] = {
            "parentUuid": self.parent,
            "isSidechain": agent is not None,
            "userType": "external",
            "cwd": self.project.cwd,
            "sessionId": self.id,
            "version": VERSION,
            "gitBranch": self.project.branch,
            "type": kind,
            "uuid": uuid,
            "timestamp": self.clock.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.clock.microsecond // 1000:03d}Z",
        }
        if agent is not None:
            head["agentId"] = agent
        self.parent = uuid
        return head

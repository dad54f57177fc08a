"""The lines of one session, as bytes, in the key order of Claude Code."""

import random
import re
from datetime import datetime, timedelta

from benchmarks.transcripts.filler import Filler

_VERSION = "2.1.330"
_MAIN_MODELS = ("claude-opus-5-5", "claude-opus-5-5", "claude-sonnet-5-5", "claude-opus-4-8")
_AGENT_MODELS = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-haiku-4-5-20251001")
_SESSION = re.compile(rb'"sessionId":"[^"]*"')


def forked(copied: list[bytes], session: str) -> list[bytes]:
    """Gives the history that a fork copies: the same lines under the new session's id."""
    return [_SESSION.sub(b'"sessionId":"%b"' % session.encode(), line, count=1) for line in copied]


class Session:
    """Makes turns; `now` is the time of the last line, `calls` how many API calls there were."""

    def __init__(self, chance: random.Random, filler: Filler, cwd: str, at: datetime) -> None:
        self._chance, self._filler, self._cwd = chance, filler, cwd
        self.id, self.now, self.calls = self._uuid(), at, 0
        self._model = chance.choice(_MAIN_MODELS)
        self._context = 15_000

    def agent_id(self) -> str:
        return f"{self._chance.getrandbits(68):017x}"

    def turn(self, agent: str | None = None) -> list[bytes]:
        """Gives an API call on 1 to 4 lines, the results of its tools, and what Claude Code notes beside."""
        chance = self._chance
        made = self._call(agent)
        for _ in range(chance.choice((0, 1, 1, 1, 2))):
            made.append(self._tool_result(agent))
        beside = chance.random()
        if not agent:
            made += [self._progress_note() for _ in range(chance.choice((0, 1, 1, 2)))]
        if beside < 0.10:
            made.append(self._user_text(agent))
        elif beside < 0.16:
            made.append(self._snapshot())
        elif beside < 0.22:
            made.append(self._system())
        elif beside < 0.225:
            made.append(self._image())
        return made

    def progress(self, turn: list[bytes]) -> list[bytes]:
        """Gives the parent's repetition of some of a sub-agent's lines."""
        said = (line for line in turn if len(line) < 60_000 and b'"message":' in line)
        return [self._repeated(line) for line in said if self._chance.random() < 0.4]

    def _call(self, agent: str | None) -> list[bytes]:
        chance = self._chance
        self.calls += 1
        message, request = f"msg_01{self._base62(22)}", f"req_011C{self._base62(20)}"
        model = chance.choice(_AGENT_MODELS) if agent else self._model
        written = int(chance.lognormvariate(6.5, 1.2))
        read = self._context
        self._context = min(self._context + written, 190_000) if chance.random() < 0.995 else 15_000
        blocks = chance.choices((1, 2, 3, 4), (25, 45, 22, 8))[0]
        made = []
        for place in range(blocks):
            last = place == blocks - 1
            output = int(chance.lognormvariate(5.8, 1.1)) + 30 if last else chance.randrange(1, 30)
            split = (written, 0) if agent else (0, written)
            usage = (
                f'{{"input_tokens":{chance.randrange(1, 12)},"cache_creation_input_tokens":{written},'
                f'"cache_read_input_tokens":{read},"cache_creation":{{"ephemeral_5m_input_tokens":{split[0]},'
                f'"ephemeral_1h_input_tokens":{split[1]}}},"output_tokens":{output},'
                '"service_tier":"standard","inference_geo":"not_available"}'
            )
            stop = '"tool_use"' if last else "null"
            begin = f'"message":{{"model":"{model}","id":"{message}","type":"message","role":"assistant",'
            end = f'"stop_reason":{stop},"stop_sequence":null,"usage":{usage}}},"requestId":"{request}",'
            content = b'"content":[%b],' % self._block(place, last)
            made.append(self._head(agent) + begin.encode() + content + end.encode() + self._tail("assistant"))
        return made

    def _block(self, place: int, last: bool) -> bytes:
        chance, filler = self._chance, self._filler
        if place == 0 and not last:
            signature = filler.image(chance.randrange(400, 3000))
            return b'{"type":"thinking","thinking":"%b","signature":"%b"}' % (
                filler.text(chance.randrange(200, 2500)),
                signature,
            )
        if not last:
            return b'{"type":"text","text":"%b"}' % filler.text(int(chance.lognormvariate(5.8, 1.0)))
        body = filler.text(int(min(60_000, chance.lognormvariate(6.0, 1.5))))
        tool = chance.choice(("Bash", "Edit", "Read", "Write", "Grep"))
        return (
            f'{{"type":"tool_use","id":"toolu_01{self._base62(22)}","name":"{tool}","input":{{"command":"'.encode()
            + body
            + b'","description":null}}'
        )

    def _tool_result(self, agent: str | None) -> bytes:
        body = self._filler.text(int(min(900_000, self._chance.lognormvariate(8.1, 1.4))))
        return (
            self._head(agent)
            + f'"message":{{"role":"user","content":[{{"tool_use_id":"toolu_01{self._base62(22)}",'.encode()
            + b'"type":"tool_result","content":"%b","is_error":false}]},' % body
            + self._tail("user")[:-1]
            + b',"toolUseResult":{"stdout":"%b","stderr":"","interrupted":false,"isImage":false}}' % body
        )

    def _image(self) -> bytes:
        data = self._filler.image(int(min(3_000_000, self._chance.lognormvariate(12.6, 0.9))))
        return (
            self._head(None)
            + b'"message":{"role":"user","content":[{"type":"image","source":{"type":"base64",'
            + b'"media_type":"image/png","data":"%b"}}]},' % data
            + self._tail("user")
        )

    def _user_text(self, agent: str | None) -> bytes:
        body = self._filler.text(self._chance.randrange(40, 2000))
        return self._head(agent) + b'"message":{"role":"user","content":"%b"},' % body + self._tail("user")

    def _progress_note(self) -> bytes:
        output = self._filler.text(self._chance.randrange(20, 900))
        return (
            self._head(None)
            + b'"data":{"type":"bash_progress","output":"%b","elapsedTimeSeconds":3,"totalLines":12},'
            % output
            + self._tail("progress")
        )

    def _repeated(self, line: bytes) -> bytes:
        start = line.index(b'"message":')
        inner = b'{"type":"%b",%b' % (b"user" if b'"type":"user"' in line else b"assistant", line[start:])
        return (
            self._head(None)
            + b'"data":{"message":%b,"type":"agent_progress","prompt":""},' % inner
            + self._tail("progress")
        )

    def _snapshot(self) -> bytes:
        files = ",".join(
            f'"src/module_{n}.py":{{"backupFileName":"{self._base62(16)}@v{n}","version":{n},'
            f'"backupTime":"{self._stamp()}"}}'
            for n in range(self._chance.randrange(1, 60))
        )
        return (
            f'{{"type":"file-history-snapshot","messageId":"{self._uuid()}","snapshot":{{"messageId":'
            f'"{self._uuid()}","trackedFileBackups":{{{files}}},"timestamp":"{self._stamp()}"}},'
            '"isSnapshotUpdate":false}'
        ).encode()

    def _system(self) -> bytes:
        return self._head(None) + b'"subtype":"turn_duration","durationMs":48211,' + self._tail("system")

    def _head(self, agent: str | None) -> bytes:
        who = f'"isSidechain":true,"agentId":"{agent}",' if agent else '"isSidechain":false,'
        return (
            f'{{"parentUuid":"{self._uuid()}",{who}"userType":"external","cwd":"{self._cwd}",'
            f'"sessionId":"{self.id}","version":"{_VERSION}","gitBranch":"main","slug":"calm-singing-otter",'
        ).encode()

    def _tail(self, kind: str) -> bytes:
        self.now += timedelta(milliseconds=int(self._chance.lognormvariate(8.3, 1.2)))
        return f'"type":"{kind}","uuid":"{self._uuid()}","timestamp":"{self._stamp()}"}}'.encode()

    def _stamp(self) -> str:
        return f"{self.now:%Y-%m-%dT%H:%M:%S}.{self.now.microsecond // 1000:03}Z"

    def _uuid(self) -> str:
        digits = f"{self._chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def _base62(self, length: int) -> str:
        return "".join(self._chance.choices(_DIGITS, k=length))


_DIGITS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

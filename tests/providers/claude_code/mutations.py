"""Transcripts with one thing wrong, or a few: what a file may hold that its reader did not expect."""

import json
import random
import re
from collections.abc import Callable

from tests.providers.claude_code.generator import (
    AT,
    HAIKU,
    OPUS,
    TRAPS,
    Line,
    call,
    cut,
    progress,
    split,
    task_result,
    text,
    usage,
)
from tests.providers.claude_code.worlds import JUNK, raw, some, world

_KEY = re.compile(rb'"([A-Za-z_0-9]+)":')
_VALUE = re.compile(rb'(?<=":)(?:"(?:[^"\\]|\\.)*"|-?[0-9.eE+]+|null|true|false)')
_NUMBER = re.compile(rb'(?<=":)[0-9]+')
_STAMP = re.compile(rb'(?<="timestamp":)"[^"]*"')
_MARKER = b'"usage":'
_USAGE = re.compile(rb'(?<="usage":)')

NUMBERS = tuple(
    told.encode()
    for told in (
        *map(str, (0, 1, 7, 999, 10**15 - 1, 10**15, 10**15 + 1, 10**17, 10**18 - 1, 10**18, 2**62, 2**63, 2**64 - 1, 2**64)),
        *["-0", "-1", "00", "01", "+1", "1.", ".5", "1.0", "1e3", "1E+3", "1e-3", "0e0", "1.5", "1e308", "1e309", "1e9999", "1e99999", "1e9999999", "-1e9999999"],
        *["1e-9999999", "1e99999999999999999999", "NaN", "Infinity", "-Infinity", "-NaN", "-", "e", "0x10", "1_000"],
        "9" * 299, "9" * 300, "9" * 301, "9" * 4300, "9" * 5000, "0." + "0" * 400,
    )
)  # fmt: skip
TEXTS = tuple(
    told if isinstance(told, bytes) else json.dumps(told).encode()
    for told in (
        "", " ", "0", "x", "null", "message", "advisor_message", "assistant", "progress", "agent_progress",
        "user", "<synthetic>", "<synthetic> ", "unknown", "fast", "standard", "batch", "us",
        "a" * 199, "a" * 200, "a" * 201, "a" * 5000, "a\x7fb", "\x7f", "tab\there", "line\nfeed", "\x1b[31mred", 'quo"te',
        "back\\slash", "größe", "\U0001f600", "\u202e", b'"gr\xc3\xb6\xc3\x9fe"', b'"\xf0\x9f\x98\x80"', b'"\xe2\x80\xae"',
        b'"\\ud800"', b'"\\udfff\\ud800"', b'"\\ud83d\\ude00"', b'"\\uD83Dx"', b'"\\u0000"', b'"\\/"', b'"\\u00e9"', b'"\\u002"',
        b'"\\x41"', b'"\\u 041"', b'"\\', b'"', b'"\x7f"', b'"\x01"', b'"\t"', b'"\x00"',
        b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b'"\xc3"', b'"\xef\xbb\xbf"',
    )
)  # fmt: skip
MOMENTS = tuple(
    f'"{told}"'.encode()
    for told in (
        AT, "", "2026-06-30T23:59:60.000Z", "2024-02-29T00:00:00.000Z", "2026-02-29T00:00:00.000Z", "2000-02-29T12:00:00.000Z",
        "2100-02-29T12:00:00.000Z", "2026-11-18T09:00:00Z", "2026-11-18T09:00:00.1Z", "2026-11-18T09:00:00.123456789Z",
        "2026-11-18T09:00:00.1234567890Z", "2026-11-18T09:00:00.000+05:30", "2026-11-18t09:00:00.000z", "2026-11-18 09:00:00.000Z",
        "1970-12-31T23:59:59.999Z", "1971-01-01T00:00:00.000Z", "9998-12-31T23:59:59.999Z", "9999-01-01T00:00:00.000Z",
        "0000-01-01T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-00T00:00:00.000Z",
        "2026-04-31T00:00:00.000Z", "2026-11-18T24:00:00.000Z", "2026-11-18T09:60:00.000Z", "2026-11-18T09:00:61.000Z",
        "2026-11-18T09:00:00,000Z", "2026-11-18T09:00:00.-00Z", "2026-11-18T+9:00:00.000Z", "2026-11-18T09:00:00.000-00:00",
        "yesterday", "2026-11-18T09:00:00.000", " 2026-11-18T09:00:00.00Z", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00.000Z",
    )
)  # fmt: skip
OTHERS = (b"null", b"true", b"false", b"[]", b"{}", b"[null]", b"[{}]", b'[{"type":"message"}]', b'[{"type":null}]', b"nul", b"tru",
          b"", b"[1,]", b"{,}", b'{"a":1,}', b'{"a"}', b"[", b"{", b"]", b"}", b'{"usage":{"input_tokens":7}}',
          b'[{"type":"advisor_message","model":"claude-opus-5-5","input_tokens":5}]', b'{"sessionId":"s1"}', b'{"sessionId":""}',
          b'{"ephemeral_1h_input_tokens":1000000000000000,"ephemeral_5m_input_tokens":7}')  # fmt: skip
SPACES = (b" ", b"\t", b"\r", b"  \t ", b"\n", b"\x0b", b"\x0c", b"\xc2\xa0", b"\x00", b",")


def files(seed: int) -> list[bytes]:
    """Gives the files of a random machine with all its traps, and some with ordinary lines alone."""
    chance = random.Random(seed)
    made = world(seed, lines=12)
    return [made.content(name) for name in made.files if made.files[name]] + [
        ordinary(chance) for _ in range(6)
    ]


def ordinary(chance: random.Random, lines: int = 12) -> bytes:
    """Gives a file as Claude Code writes it: nothing in it is odd, and much of it belongs together."""
    pick = chance.choice
    told: list[bytes] = []
    for _ in range(chance.randrange(1, lines)):
        if chance.random() < 0.2:
            told.append(
                pick(
                    (
                        b"",
                        b"{not json",
                        b'{"type":"summary"}',
                        text(task_result(5)).strip(),
                        cut(call("m9", "r9")),
                    )
                )
            )
            continue
        more: Line = {"uuid": f"u{chance.randrange(9)}"} if chance.random() < 0.5 else {}
        if chance.random() < 0.1:
            more["forkedFrom"] = {"sessionId": pick(("s1", "s2")), "messageUuid": "u"}
        used = usage(pick((0, 1, 50_000)), pick((0, 1, 3, 57)), pick((0, 4, 20_000, None)), pick((0, 7, 30_001, 150_000)),
                     **some(chance, "speed", "standard", "fast", "", None),
                     **some(chance, "cache_creation", split(3, 1), split(0, 20_000), split(5, 4000), None),
                     **some(chance, "service_tier", "standard", "batch"), **some(chance, "inference_geo", "us", "not_available"),
                     **some(chance, "server_tool_use", {"web_search_requests": 2}, None),
                     **some(chance, "iterations", [], [{"type": "message"}], [{}]))  # fmt: skip
        line = call(
            pick(("m1", "m1", "m2", "m3", f"m{chance.randrange(99)}")), pick(("r1", "r1", "r2", "", None)), used=used,
            at=f"2026-11-18T09:{pick((0, 1, 14, 15, 59)):02}:0{pick((0, 1, 9))}.{pick((0, 999)):03}Z",
            model=pick((OPUS, HAIKU, "gpt-9", "", None, "<synthetic>")), session=pick(("s1", "s2", "", None)),
            cwd=pick(("/a", "/größe", '/b\\"', "", None)), side=chance.random() < 0.3, **more,
        )  # fmt: skip
        line = progress(line) if chance.random() < 0.1 else line
        ascii_only = chance.random() < 0.5
        told += [_compact(each, ascii_only) for each in (line, *_again(chance, line))]
    return b"\n".join(told) + pick((b"\n", b"\n", b""))


def _compact(line: Line, ascii_only: bool) -> bytes:
    return json.dumps(line, ensure_ascii=ascii_only, separators=(",", ":")).encode()


def _again(chance: random.Random, line: Line) -> list[Line]:
    """Gives copies of a line that are as large, and what then decides which of them counts."""
    copies = []
    for _ in range(chance.choice((0, 0, 1, 3)) if "message" in line else 0):
        used = {
            name: value
            for name, value in line["message"]["usage"].items()
            if name not in {"speed", "iterations"}
        }
        used |= some(chance, "speed", "fast", "standard", "", None) | some(chance, "iterations", [], [{}])
        at = f"2026-11-18T09:14:5{chance.randrange(3)}.000Z"
        copies.append(
            {
                **line,
                "cwd": f"/{chance.randrange(3)}",
                "timestamp": at,
                "message": {**line["message"], "usage": used},
            }
        )
    return copies


def mutated(chance: random.Random, content: bytes, times: int) -> bytes:
    """Gives a file with some things wrong: in a line, between lines, anywhere."""
    lines = content.split(b"\n")
    for _ in range(times):
        if chance.random() < 0.75:
            place = chance.randrange(len(lines))
            lines[place] = chance.choice(IN_A_LINE)(chance, lines[place])
        else:
            lines = chance.choice(BETWEEN_LINES)(chance, b"\n".join(lines)).split(b"\n")
    return b"\n".join(lines)


def _put(line: bytes, match: re.Match[bytes], told: bytes) -> bytes:
    return line[: match.start()] + told + line[match.end() :]


def _one(chance: random.Random, pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
    found = list(pattern.finditer(line))
    return chance.choice(found) if found else None


def _replaced(
    pattern: re.Pattern[bytes], *told: tuple[bytes, ...]
) -> Callable[[random.Random, bytes], bytes]:
    def change(chance: random.Random, line: bytes) -> bytes:
        match = _one(chance, pattern, line)
        return line if match is None else _put(line, match, chance.choice(chance.choice(told)))

    return change


def _doubled(chance: random.Random, line: bytes) -> bytes:
    """A key that stands there twice."""
    match = _one(chance, _KEY, line)
    if match is None:
        return line
    told = match[0] + chance.choice(chance.choice((NUMBERS, TEXTS, OTHERS, MOMENTS))) + b","
    return line[: match.start()] + told + line[match.start() :]


def _escaped_key(chance: random.Random, line: bytes) -> bytes:
    match = _one(chance, _KEY, line)
    if match is None:
        return line
    name = match[1]
    place = chance.randrange(len(name))
    return _put(line, match, b'"%s\\u00%02x%s":' % (name[:place], name[place], name[place + 1 :]))


def _other_key(chance: random.Random, line: bytes) -> bytes:
    match = _one(chance, _KEY, line)
    if match is None:
        return line
    names = (b"type", b"id", b"uuid", b"costUSD", b"data", b"message", b"usage", b"model", b"iterations", b"forkedFrom", b"cwd",
             b"isSidechain", b"requestId", b"timestamp", b"", b"x" * 300, b"gr\xc3\xb6\xc3\x9fe", b"\xff", b"a\x01", b"speed")  # fmt: skip
    return _put(line, match, b'"%s":' % chance.choice(names))


def _more(chance: random.Random, line: bytes) -> bytes:
    """A key more, as the first of an object or the last."""
    told = b'"%s":%s' % (
        chance.choice(
            (
                b"costUSD",
                b"forkedFrom",
                b"isSidechain",
                b"cwd",
                b"uuid",
                b"x",
                b"iterations",
                b"speed",
                b"data",
                b"id",
            )
        ),
        chance.choice(chance.choice((NUMBERS, TEXTS, OTHERS))),
    )
    places = [place for place, byte in enumerate(line) if byte in b"{}"]
    if not places:
        return line
    place = chance.choice(places)
    if line[place] == ord("{"):
        return line[: place + 1] + told + b"," + line[place + 1 :]
    return line[:place] + b"," + told + line[place:]


def _deep(chance: random.Random, line: bytes) -> bytes:
    depth = chance.choice((1, 30, 60, 61, 62, 63, 64, 65, 66, 67, 68, 70, 500, 900, 1100, 3000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"b":', b"}]")))
    told = (
        opening * depth
        + chance.choice((b"1", b"null", b'""', b"{}"))
        + closing * (depth - (chance.random() < 0.1))
    )
    match = _one(chance, _VALUE, line)
    return line if match is None else _put(line, match, told)


def _flipped(chance: random.Random, line: bytes) -> bytes:
    content = bytearray(line)
    for _ in range(chance.choice((1, 1, 2, 8)) if content else 0):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def _inserted(chance: random.Random, line: bytes) -> bytes:
    place = chance.randrange(len(line) + 1)
    return (
        line[:place]
        + chance.choice((*SPACES, *TEXTS, *NUMBERS, *OTHERS, _MARKER + b"{", _MARKER))
        + line[place:]
    )


def _spaced(chance: random.Random, line: bytes) -> bytes:
    """White space where it may stand, and where it may not."""
    places = [place + 1 for place, byte in enumerate(line) if byte in b"{}[],:"]
    for place in sorted(chance.sample(places, min(len(places), chance.choice((1, 3, 99)))), reverse=True):
        line = line[:place] + chance.choice(SPACES[: 4 if chance.random() < 0.8 else None]) + line[place:]
    return line


def _removed(chance: random.Random, line: bytes) -> bytes:
    if not line:
        return line
    place = chance.randrange(len(line))
    return line[:place] + line[place + chance.choice((1, 1, 5, 40)) :]


def _cut(chance: random.Random, line: bytes) -> bytes:
    return line[: chance.randrange(len(line) + 1)]


def _marked(chance: random.Random, line: bytes) -> bytes:
    return b"\xef\xbb\xbf" * chance.choice((1, 1, 2)) + line


def _nuls(chance: random.Random, content: bytes) -> bytes:
    place = chance.choice((0, chance.randrange(len(content) + 1)))
    return content[:place] + b"\0" * chance.choice((1, 7, 700)) + content[place:]


def _reordered(chance: random.Random, line: bytes) -> bytes:
    """The same keys in another order, at each level."""

    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            names = list(value)
            chance.shuffle(names)
            return {name: shuffled(value[name]) for name in names}
        return [shuffled(each) for each in value] if isinstance(value, list) else value

    try:
        return json.dumps(shuffled(json.loads(line)), separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return line


def _glued(chance: random.Random, content: bytes) -> bytes:
    ends = [place for place, byte in enumerate(content) if byte == 10]
    if not ends:
        return content
    place = chance.choice(ends)
    return content[:place] + chance.choice((b"", b" ", b",", b"\r", b"\0")) + content[place + 1 :]


def _carried(chance: random.Random, content: bytes) -> bytes:
    return content.replace(b"\n", chance.choice((b"\r\n", b" \r\n", b"\n\n", b"\n \n")))


def _shuffled(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _repeated(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    return b"\n".join(lines + chance.choices(lines, k=len(lines)))


def _other_side(chance: random.Random, content: bytes) -> bytes:
    """The same calls again on the other chain, or under another request (`/btw`)."""
    again = content.replace(b'"isSidechain":false', b'"isSidechain":true')
    if chance.random() < 0.5:
        again = again.replace(b'"requestId":"r', b'"requestId":"x')
    return content + (b"" if content.endswith(b"\n") else b"\n") + again


def _with_junk(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    junk = chance.choice((*JUNK, *(told for trap in TRAPS for told in trap.files.values())))
    lines.insert(
        chance.randrange(len(lines) + 1), junk if isinstance(junk, bytes) else raw(chance, junk).rstrip(b"\n")
    )
    return b"\n".join(lines)


def _with_progress(chance: random.Random, content: bytes) -> bytes:
    one = progress(call(f"m{chance.randrange(4)}", "r1", side=True, used=usage(chance.randrange(9), 3)))
    if chance.random() < 0.5:  # `data` before `type`
        one = {"data": one.pop("data"), **one}
    return text(one) + content


IN_A_LINE = (
    _replaced(_VALUE, NUMBERS, TEXTS, OTHERS),
    _replaced(_NUMBER, NUMBERS, NUMBERS, NUMBERS, OTHERS),
    _replaced(_STAMP, MOMENTS),
    _replaced(_USAGE, (b" ", b"   ", b"\t", b" \t", b"\r", b"null,\"usage\":", b"[", b"{}")),
    _doubled, _escaped_key, _other_key, _more, _deep, _flipped, _inserted, _spaced, _removed, _cut, _marked, _nuls, _reordered,
)  # fmt: skip
BETWEEN_LINES = (
    _cut,
    _glued,
    _carried,
    _shuffled,
    _repeated,
    _other_side,
    _with_junk,
    _with_progress,
    _nuls,
    _flipped,
)

"""A stand-in for Anthropic's command `ant`, written by tests: it behaves like the real one (pkg/cmd/cmd_auth.go).

`auth login --no-browser` prints an address on stderr and "Code: ", reads one line `code#state` from stdin and ends
with 0 or 1; `auth print-credentials --access-token` prints a bare token, or ends with 1 when it is not signed in.
"""

import json
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STATE = "st4te-of-this-login-0123456789abcdef"
CODE = "c0de-that-the-page-shows"

_SCRIPT = r"""#!{python} -I
import json, os, subprocess, sys, time
here = {folder!r}
how = json.load(open(os.path.join(here, "how.json")))
words = sys.argv[1:]
with open(os.path.join(here, "calls.jsonl"), "a") as log:
    log.write(json.dumps({{"words": words, "env": dict(os.environ), "cwd": os.getcwd()}}) + "\n")
def mark(name):
    with open(os.path.join(here, "during.log"), "a") as log:
        log.write(name + "\n")
def fail(text, status=1):
    sys.stderr.write(text + "\n")
    sys.exit(status)
creds = os.path.join(here, "credentials.json")
assert "--profile" in words and words[words.index("--profile") + 1] == "stackk", words
if words[:2] == ["auth", "login"]:
    assert words[words.index("--scope") + 1] == "org:admin" and "--no-browser" in words, words
    sys.stderr.write('Creating profile "stackk".\n')
    if how.get("login") == "hang":
        subprocess.run(["sleep", "60"])
    if how.get("login") == "silent":
        sys.exit(1)
    if how.get("login") == "chatter":
        sys.stderr.write("see https://docs.example/ant for help\n")
    end = "" if how.get("login") == "no-newline" else "\n\nAfter authorizing, the page will display a code.\nCode: "
    sys.stderr.write("Open this URL to authorize:\n\n  " + {address!r} + end)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        fail("read code from stdin: EOF")
    code, _, state = line.strip().partition("#")
    if state != {state!r}:
        fail("pasted state does not match")
    if code != {code!r}:
        fail("exchange code for token: token endpoint returned 400 Bad Request")
    sys.stderr.write("Logged in. " + "x" * 200000 + "\n")
    open(creds, "w").write(json.dumps(how["tokens"]))
    sys.exit(0)
if words[:2] == ["auth", "print-credentials"]:
    assert "--access-token" in words, words
    mark("begin")
    mode = how.get("print", "")
    if mode == "hang":
        subprocess.run(["sleep", "60"])
    if mode == "garbage":
        print("Usage: ant [options]\nnot a token")
        sys.exit(0)
    if mode == "flood":
        sys.stdout.write("x" * 5_000_000)
        sys.exit(0)
    if mode == "crash":
        sys.exit(2)
    if not os.path.exists(creds):
        fail('not logged in (profile "stackk"): no such file')
    left = json.load(open(creds))
    if mode == "offline":
        sys.stderr.write("warning: token expired and refresh failed: dial tcp: no route to host\n")
    elif mode == "refused":
        sys.stderr.write("warning: token expired and refresh failed: token endpoint returned 400 Bad Request\n")
    elif len(left) > 1:
        time.sleep(how.get("slow", 0))
        open(creds, "w").write(json.dumps(left[1:]))
    print(left[0])
    mark("end")
    sys.exit(0)
fail("unknown command")
"""


@dataclass(slots=True)
class FakeAnt:
    """The program in `folder`. `how(print="hang")` changes its ways; `calls` is what it was asked."""

    folder: Path
    address: str

    def how(self, **ways: Any) -> None:
        path = self.folder / "how.json"
        before = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps({**before, **ways}))

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def signed_in(self, *tokens: str) -> None:
        """It prints these one after another, and stays with the last."""
        (self.folder / "credentials.json").write_text(json.dumps(tokens))

    def signed_out(self) -> None:
        (self.folder / "credentials.json").unlink(missing_ok=True)

    @property
    def during(self) -> list[str]:
        path = self.folder / "during.log"
        return path.read_text().splitlines() if path.exists() else []


def make_ant(folder: Path, *tokens: str) -> FakeAnt:
    """Writes it to `folder/ant`; it signs in to `tokens`."""
    folder.mkdir(parents=True, exist_ok=True)
    address = f"https://platform.example/oauth/authorize?client_id=ant&code_challenge=abc&state={STATE}"
    script = _SCRIPT.format(
        python=sys.executable, folder=str(folder), address=address, state=STATE, code=CODE
    )
    path = folder / "ant"
    path.write_text(script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    ant = FakeAnt(folder, address)
    ant.how(tokens=tokens)
    return ant

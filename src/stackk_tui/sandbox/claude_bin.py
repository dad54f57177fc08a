"""A pretend `claude`: an executable file that answers as the real one does (`api/anthropic.md` §4.3).

`write_fake_claude(path, scenario)` writes it. It knows `--version`, `auth status` and the control requests
for `get_usage`; any other use fails and is in the log, so that a prompt would be seen. `set_fake_claude`
changes its ways while it is in use. Standard library only; it starts in 30 ms.
"""

import json
import os
import shlex
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stackk_tui.sandbox import claude_plan

VERSION = "2.1.330"
ASKING = (
    *("-p", "--output-format", "stream-json", "--verbose", "--input-format", "stream-json"),
    *("--setting-sources", "", "--strict-mcp-config", "--no-session-persistence"),
)
"""The exact arguments under which it takes control requests."""

_PLANS: dict[str, tuple[str | None, str | None]] = {
    "max_20x": ("max", "max_20x"),
    "max_5x": ("max", "max_5x"),
    "max-unknown-tier": ("max", "max_other"),
    "pro": ("pro", "pro"),
    "team": ("team", "other"),
    "team_premium": ("team", "team_premium"),
    "enterprise": ("enterprise", "other"),
    "free": ("free", "free"),
    "no-plan": (None, "other"),
}
"""`subscriptionType` and `planTier`."""
SCENARIOS = (
    *_PLANS,
    *("logged-out", "api-key", "oauth-token-env", "cloud"),
    *("old-build", "older-build", "ancient-build", "garbage", "garbage-usage", "hang", "hang-usage", "slow"),
    *("fetch-failed", "no-limits", "huge", "huge-usage", "crash", "crash-usage", "noisy", "odd-exit"),
)


def write_fake_claude(path: Path, scenario: str = "max_20x", **ways: Any) -> Path:
    """Writes the program to `path` and gives it back. `ways`: see `set_fake_claude`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    set_fake_claude(path, scenario, **ways)
    package = str(Path(__file__).parents[2])
    code = (
        f"import sys; sys.path.insert(0, {package!r}); "
        f"from stackk_tui.sandbox.claude_bin import main; main({str(path)!r}, sys.argv[1:])"
    )
    python = f"{shlex.quote(sys.executable)} -I -S -c {shlex.quote(code)}"
    new = path.with_name(f"{path.name}.new")
    new.write_text(f'#!/bin/sh\nexec {python} "$@"\n', encoding="utf-8")
    new.chmod(0o755)
    new.replace(path)  # a program that is running cannot be written to
    return path


def set_fake_claude(path: Path, scenario: str, **ways: Any) -> None:
    """Changes what it says from now on.

    `now` (ISO) stops its clock; `log` is a file that gets a line for each start; `email`, `org`,
    `utilization` (of the 5-hour window), `rate_limits`, `version`, `config_dir` and `seconds` (of the slow
    one) overrule the pretend subscriber.
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"no such scenario: {scenario}")
    unfinished = path.with_name(f"{path.name}.json.new")
    unfinished.write_text(json.dumps({"scenario": scenario, **ways}), encoding="utf-8")
    unfinished.replace(path.with_name(f"{path.name}.json"))


def main(path: str, words: list[str]) -> None:
    """Is the program."""
    told = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
    if log := told.get("log"):
        line = {"words": words, "env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}  # noqa: PTH109
        with open(log, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(json.dumps(line) + "\n")
    program = _Program(told)
    if words == ["--version"]:
        program.version()
    elif words == ["auth", "status"]:
        program.auth_status()
    elif tuple(words) == ASKING:
        program.control_requests()
    _end(64, f"error: this pretend claude does not know {words}")


class _Program:
    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.scenario: str = told["scenario"]
        now = told.get("now")
        self.now = datetime.fromisoformat(now) if now else datetime.now(UTC)

    def version(self) -> None:
        old = {"ancient-build": "1.0.72", "older-build": "2.1.60", "old-build": "2.1.120"}
        _end(0, out=f"{self.told.get('version') or old.get(self.scenario, VERSION)} (Claude Code)")

    def auth_status(self) -> None:
        if self.scenario == "ancient-build":
            _end(70, "this would have been a prompt")
        self._misbehave("status")
        if self.scenario == "garbage":
            _end(0, out="Claude Code is \x1b[31mready\x1b[0m {not: json")
        said = self._status()
        text = json.dumps(said, indent=2)
        if self.scenario == "noisy":
            text = f"(node:7) Warning: something is deprecated {{}}\n{text}\nBye."
            sys.stderr.write("x" * 300_000)
        code = 3 if self.scenario == "odd-exit" else 0 if said["loggedIn"] else 1
        _end(code, out=text)

    def control_requests(self) -> None:
        self._misbehave("usage")
        for line in sys.stdin:
            request = json.loads(line)
            if request.get("type") != "control_request":
                _end(70, "this would have been a prompt")
            kind = request["request"]["subtype"]
            if kind == "initialize":
                _say(_response(request["request_id"], {"commands": [{"name": "x" * 90_000}]}))
            elif kind == "get_usage" and self.scenario != "older-build":
                self._get_usage(request["request_id"])
            else:
                words = f"Unsupported control request subtype: {kind}"
                response = {"subtype": "error", "request_id": request["request_id"], "error": words}
                _say({"type": "control_response", "response": response})
        sys.exit(0)

    def _get_usage(self, request_id: str) -> None:
        if self.scenario == "garbage-usage":
            _end(0, out='{"type":"control_response","response":\n\x00\xff "r2" nonsense')
        if self.scenario == "noisy":
            _say({"type": "system", "subtype": "status", "text": f"about {request_id}"})
        plan = self._plan()[0]
        limited = plan is not None and self.scenario not in ("no-limits", "free")
        failed = self.scenario == "fetch-failed"
        session = {
            "total_cost_usd": 0,
            "total_api_duration_ms": 0,
            "total_duration_ms": 604,
            "model_usage": {},
        }
        body = {
            "session": session,
            "subscription_type": plan,
            "rate_limits_available": limited,
            "rate_limits": self._rate_limits() if limited and not failed else None,
            "behaviors": None,
        }
        _say(_response(request_id, body))

    def _misbehave(self, asked_for: str) -> None:
        """`hang` goes wrong from the start, `hang-usage` only when it is asked for the windows."""
        way, _, only = self.scenario.partition("-")
        if only and only != asked_for:
            return
        if way == "slow":
            time.sleep(self.told.get("seconds", 0.2))
        elif way == "hang":
            import subprocess

            subprocess.run(["/bin/sleep", f"600.{os.getpid()}"], check=False)
        elif way == "crash":
            os.abort()
        elif way == "huge":
            for _ in range(200):
                sys.stdout.write("x" * 100_000)
            sys.stdout.flush()

    def _plan(self) -> tuple[str | None, str | None]:
        return _PLANS.get(self.scenario, _PLANS["max_20x"])

    def _status(self) -> dict[str, Any]:
        home = os.environ.get("HOME", "/")
        folder = self.told.get("config_dir") or os.environ.get("CLAUDE_CONFIG_DIR") or f"{home}/.claude"
        method = {"logged-out": "none", "api-key": "api_key", "oauth-token-env": "oauth_token"}
        said: dict[str, Any] = {
            "loggedIn": self.scenario != "logged-out",
            "authMethod": method.get(
                self.scenario, "third_party" if self.scenario == "cloud" else "claude.ai"
            ),
            "apiProvider": "bedrock" if self.scenario == "cloud" else "firstParty",
            "analyticsDisabled": False,
            "projectsDirectory": f"{folder}/projects",
            "configDirectory": folder,
            "loginExpiresAt": None,
            "consoleProfileSignInOffered": True,
        }
        if self.scenario == "api-key":
            said["apiKeySource"] = "ANTHROPIC_API_KEY"
        if said["authMethod"] == "claude.ai":
            plan, tier = self._plan()
            email = self.told.get("email", claude_plan.EMAIL)
            said |= {"email": email, "orgId": self.told.get("org", claude_plan.ORG_ID)}
            said |= {
                "orgName": f"{email}'s Organization",
                "subscriptionType": plan,
                "storedClaudeAiLogin": True,
            }
            if self.scenario not in ("old-build", "older-build"):
                said["planTier"] = tier
        return said

    def _rate_limits(self) -> dict[str, Any]:
        limits: dict[str, Any] = claude_plan.rate_limits(self.now)
        if (utilization := self.told.get("utilization")) is not None:
            limits["five_hour"]["utilization"] = utilization
        return {**limits, **self.told.get("rate_limits", {})}


def _response(request_id: str, body: dict[str, Any]) -> dict[str, Any]:
    response = {"subtype": "success", "request_id": request_id, "response": body}
    return {"type": "control_response", "response": response}


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _end(code: int, err: str = "", *, out: str = "") -> None:
    if out:
        sys.stdout.write(out + "\n")
    if err:
        sys.stderr.write(err + "\n")
    sys.stdout.flush()
    sys.exit(code)

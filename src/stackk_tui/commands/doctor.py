"""`doctor`: what this program finds around itself. Never a key's value; variables only as set or unset."""

import argparse
from typing import TYPE_CHECKING

from stackk_tui.commands.guard import FAILED, GOOD, complain
from stackk_tui.commands.output import put, put_json

if TYPE_CHECKING:
    from stackk_tui.commands.doctor_checks import Check


def configure(_: argparse.ArgumentParser) -> None:
    """It takes what every command takes."""


def run(args: argparse.Namespace) -> int:
    import asyncio

    from stackk_tui.commands.doctor_checks import machine_checks
    from stackk_tui.commands.doctor_stack import stack_checks
    from stackk_tui.config import load_settings

    settings = load_settings()
    checks = machine_checks(settings)
    checks += asyncio.run(stack_checks(settings))
    if args.json:
        put_json(_as_json(checks))
    else:
        put(_as_text(checks))
    broken = [check for check in checks if check.state == "broken"]
    if broken:
        complain([f"{check.label}: {check.value}" for check in broken])
    return FAILED if broken else GOOD


def _as_json(checks: "list[Check]") -> dict[str, object]:
    sections: dict[str, dict[str, object]] = {}
    for check in checks:
        entry = {"label": check.label, "value": check.value, "state": check.state}
        sections.setdefault(check.section, {})[check.id] = entry
    return {"schema": 1, **sections}


def _as_text(checks: "list[Check]") -> str:
    marks = {"ok": " ", "look": "!", "broken": "x"}
    lines: list[str] = []
    section = ""
    for check in checks:
        if check.section != section:
            section = check.section
            lines += ["", section.capitalize()]
        lines.append(f"{marks[check.state]} {check.label:<24} {check.value}")
    looks = sum(check.state != "ok" for check in checks)
    lines += ["", "Nothing to look at." if not looks else f"{looks} to look at, marked ! or x."]
    return "\n".join(lines[1:])

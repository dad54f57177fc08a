"""`usage --json` in its usual words, answered before the other commands' imports would be through.

It is the same reader and the same report as `usage.py`'s, called with plain objects in place of the model's.
What is unusual (other words, other systems, a wrong date) is left to `usage.py`, which has the words for it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # as typing has it, which takes longer to import than this module to run
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from decimal import Decimal
    from typing import Any

    from stackk_tui.providers.claude_code.seen import Seen
    from stackk_tui.providers.claude_code.usage import State

BY = ("hour", "day", "week", "month", "session", "project", "model", "agent", "block")
COST = ("auto", "calculate", "display")
_TAKES_A_VALUE = ("--by", "--since", "--until", "--timezone", "--cost")


class Question:
    """What `model.usage_report.UsageQuery` has, without names: those are resolved the long way."""

    projects = models = sessions = agents = ()
    start = end = account = price_as = None

    def __init__(self, told: Mapping[str, str]) -> None:
        """Raises ValueError for what `usage.py` must answer."""
        self.by = _one_of(BY, told.get("--by", "day"))
        self.cost_mode = _one_of(COST, told.get("--cost", "auto"))
        self.told_since, self.told_until = told.get("--since"), told.get("--until")
        self.since, self.until = _day(self.told_since), _day(self.told_until)
        if self.since and self.until and self.since > self.until:
            raise ValueError("no days in between")
        self.timezone = told.get("--timezone")


class Surroundings:
    """What the reader needs of `config.Settings`: the environment, config.toml and where the index is."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Raises ValueError for what `config.py` must find out or explain."""
        self.env = env
        config, data = _folders(env)
        self.claude_code_index = f"{data}/claude-code.db"
        self.paths = self
        self.toml = _bytes(env.get("STACKK_CONFIG") or f"{config}/config.toml")
        self.file: Mapping[str, Any] = {}

    def understood(self, index: str) -> bool:
        """Takes over what was understood of this very config.toml before, if it was."""
        from stackk_tui.providers.claude_code.answered import config_of

        known = config_of(index, self.toml) if self.toml else {}
        self.file = known or {}
        return known is not None

    def parse(self) -> None:
        """Raises ValueError for what `config.py` must explain."""
        if not self.toml:
            return
        import tomllib

        from stackk_tui.providers.claude_code.answered import keep_config

        self.file = tomllib.loads(self.toml.decode("utf-8-sig"))  # its error is a ValueError
        keep_config(self.claude_code_index, self.toml, dict(self.file))

    def section(self, name: str) -> Mapping[str, Any]:
        table = self.file.get(name)
        return table if isinstance(table, dict) else {}


class Counts:
    """What `model.usage.Tokens` has."""

    def __init__(self, counts: Sequence[int]) -> None:
        self.input, self.output, self.cache_write_5m, self.cache_write_1h, self.cache_read = counts
        self.total = sum(counts)


class Row:
    """What `model.usage_report.UsageRow` has."""

    def __init__(self, key: str, label: str, tally: Any) -> None:
        self.key, self.label = key, label
        self.tokens = Counts(tally.counts)
        self.requests: int = tally.requests
        self.web_searches: int = tally.web_searches
        self.cost: Decimal | None = tally.cost()
        self.unpriced_tokens: int = tally.unpriced


class Report:
    """What `model.usage_report.UsageReport` has."""

    def __init__(self, state: State, question: Any, zone: Any, zone_warning: str | None) -> None:
        from stackk_tui.providers.claude_code.report import sum_of
        from stackk_tui.providers.claude_code.usage import Answering, accounts_of, sorted_rows

        answering = Answering(state, question, zone, zone_warning)
        tallies = answering.tallies()
        total = sum_of(tallies.values())
        rows: Any = [Row(key, answering.label(key), tally) for key, tally in tallies.items()]
        self.by, self.cost_mode = question.by, question.cost_mode
        self.timezone: str = zone.key
        self.rows: Any = sorted_rows(question.by, rows)
        self.totals = Row("total", "", total)
        self.unpriced_models: Sequence[str] = total.unpriced_names()
        counted = state.counted(accounts_of(state.roots, question.account))
        self.skipped_lines: int = counted.skipped_lines
        self.files: int = counted.files
        self.warnings: Sequence[str] = answering.warnings(total)


def run(words: Sequence[str], *, leave: bool = False) -> int | None:
    """Prints the report and gives the exit code, or None where `usage.py` has to answer.

    `leave` ends the process then: taking the interpreter apart would be a tenth of the time.
    Raises StackkError as `usage.py` does.
    """
    try:
        question, around = Question(_told(words)), Surroundings(os.environ)
        found, looked = _known(question, around)
        if found is None:
            around.parse()
    except ValueError:
        return None
    if found is None:
        if leave:
            import gc

            gc.disable()  # the process is over before anything would be worth collecting
        found = _answer(question, around, looked)
    if found is None:
        return None
    text, warnings = found
    sys.stdout.write(text)
    if warnings:
        from stackk_tui.commands.guard import complain

        complain(warnings)
    if leave:
        sys.stdout.flush()
        os._exit(0)
    return 0


def _known(question: Question, around: Surroundings) -> tuple[tuple[str, list[str]] | None, Seen | None]:
    """Gives what was answered before to the same question on the same state of everything, and what was
    looked at for that."""
    index = around.claude_code_index
    if question.by == "block" or not around.understood(index):  # which block is under way, time alone tells
        return None, None
    from stackk_tui.providers.claude_code.answered import find

    return find(index, _key(question, around))


def _key(question: Question, around: Surroundings) -> tuple[object, ...]:
    """Gives all that an answer depends on, besides the transcripts, the index and the zones' own files."""
    from stackk_tui.providers.claude_code.answered import program
    from stackk_tui.providers.claude_code.roots import roots_of
    from stackk_tui.providers.claude_code.system_zone import named_by_the_system

    roots = roots_of(around.env, around.section("claude_code"))
    folders = tuple((account.label, account.found, account.known) for account in roots.accounts)
    env = tuple(around.env.get(name) for name in ("TZ", "PYTHONTZPATH"))
    words = (question.by, question.cost_mode, question.told_since, question.told_until, question.timezone)
    return program(), around.toml, words, env, named_by_the_system(), folders, roots.warnings


def _answer(question: Question, around: Surroundings, looked: Seen | None) -> tuple[str, list[str]] | None:
    from stackk_tui.model.errors import InvalidInput
    from stackk_tui.providers.claude_code.usage import with_state
    from stackk_tui.providers.claude_code.zone import files_of, local_zone, midnight_after, zone_named
    from stackk_tui.report.plain import document
    from stackk_tui.report.usage import usage_json

    home_zone, warning = local_zone(around)  # type: ignore[arg-type]  # it has what is asked for
    zone = home_zone
    try:
        told = question.timezone or around.env.get("TZ", "").removeprefix(":")
        if told:
            zone, warning = zone_named(told), None
    except InvalidInput:
        if question.timezone:
            return None
    key = None if question.by == "block" else _key(question, around)
    ends = midnight_after(home_zone)

    def work(state: State) -> tuple[str, list[str]]:
        report: Any = Report(state, question, zone, warning)
        answer = document(usage_json(report, now=_now(question.by))) + "\n", list(report.warnings)
        if key is not None:
            from stackk_tui.providers.claude_code.answered import keep

            keep(state, key, answer, zones=files_of(zone, home_zone), ends=ends)
        return answer

    return with_state(around, work, looked=looked)  # type: ignore[arg-type]


def _told(words: Sequence[str]) -> dict[str, str]:
    """Gives options and their values. Raises ValueError for any other word."""
    told: dict[str, str] = {}
    left = iter(words)
    for word in left:
        name, is_joined, value = word.partition("=")
        if word == "--json":
            told[word] = ""
        elif name in _TAKES_A_VALUE:
            told[name] = value if is_joined else next(left, "-")
            if told[name][:1] in ("", "-"):
                raise ValueError(name)
        else:
            raise ValueError(name)
    if "--json" not in told:
        raise ValueError("a table")
    return told


def _one_of(words: Sequence[str], word: str) -> str:
    if word not in words:
        raise ValueError(word)
    return word


def _day(word: str | None) -> date | None:
    if word is None:
        return None
    from datetime import date

    return date.fromisoformat(word)


def _now(by: str) -> Any:
    if by != "block":
        return None
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _folders(env: Mapping[str, str]) -> tuple[str, str]:
    """Gives the folders of config.toml and of the data, as `config.py` finds them. Raises ValueError."""
    if home := env.get("STACKK_HOME"):
        if not home.startswith("/"):
            raise ValueError("to be expanded")
        return f"{home}/config", f"{home}/data"
    home = env.get("HOME", "")
    if sys.platform != "linux" or not home.startswith("/"):
        raise ValueError("platformdirs knows")
    config, data = env.get("XDG_CONFIG_HOME", ""), env.get("XDG_DATA_HOME", "")
    return (
        f"{config if config.strip() else f'{home}/.config'}/stackk-tui",
        f"{data if data.strip() else f'{home}/.local/share'}/stackk-tui",
    )


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # pathlib would cost more than a warm start
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ValueError("config.py says it") from error

"""What a row of the dashboard says in words: its state, its one number, its message. Pure functions."""

from dataclasses import dataclass
from datetime import datetime

from stackk_tui.model.board import BoardRow
from stackk_tui.report import format as f


@dataclass(frozen=True, slots=True)
class State:
    """How a service is doing: a glyph, a word, and the level of its colour (`ok`, `high`, `full`, `off`)."""

    glyph: str
    word: str
    level: str


def state_of(row: BoardRow, now: datetime) -> State:
    """Gives the state, from the status and the fill of the tightest limit."""
    if row.status == "disconnected":
        return State("○", "disconnected", "off")
    if row.status == "sign-in-needed":
        return State("✖", "sign in again", "full")
    if row.status == "error":
        if waiting := waiting_until(row, now):
            return State("▲", waiting, "high")
        return State("✖", "failed", "full")
    if row.status == "stale":
        return State("◌", "old", "off")
    fill = f.level(row.headline.fill)
    if fill == "high":
        return State("▲", "high", "high")
    if fill == "full":
        return State("▲", "used up", "full")
    if full_soon(row, now):
        return State("▲", "full before it resets", "high")
    return State("●", "ok", "ok")


def full_soon(row: BoardRow, now: datetime) -> datetime | None:
    """Gives when the limit is full at the recent rate, while that may still be said."""
    full_at, until = f.instant(row.headline.full_at), f.instant(row.headline.full_until)
    return full_at if full_at and until and now < full_at and now < until else None


def workspace_words(name: str, workspace: str, kind: str) -> str:
    """Gives the workspace beside a service's name, without saying the name twice."""
    if kind == "subscription":
        return "" if workspace == kind else workspace
    if workspace.casefold() != name.casefold():
        return workspace
    return f"whole {kind}" if kind in ("organization", "team") else ""


def waiting_until(row: BoardRow, now: datetime) -> str:
    """Gives `waiting until 10:42` while the provider asks us to wait, else nothing."""
    retry = f.instant(row.retry_at)
    return f"waiting until {f.when(retry, now)}" if retry and retry > now else ""


def troubles(row: BoardRow, now: datetime) -> list[str]:
    """Gives the words that stand in place of the bar when something is wrong, longest form first."""
    if row.status == "disconnected":
        return ["disconnected", "off"]
    if row.status == "sign-in-needed":
        return ["sign in again · press enter", "sign in again", "sign in"]
    if row.status != "error":
        return []
    if waiting := waiting_until(row, now):
        forms = [waiting, waiting.removeprefix("waiting ")]
    else:
        forms = [row.error or "the last refresh failed", "failed"]
    number = short_number(row)
    return [*([f"{number} · {form}" for form in forms] if number else []), *forms]


def message(row: BoardRow, now: datetime) -> list[str]:
    """Gives what there is to say about the row under the cursor, the most important part first."""
    seen = f"figures from {f.age_words(f.instant(row.seen_at), now)}" if row.seen_at else "no figures yet"
    if row.status in ("error", "sign-in-needed"):
        waiting = waiting_until(row, now)
        return [part for part in (row.error or "The last refresh failed.", waiting, seen) if part]
    if row.status == "disconnected":
        return ["Disconnected: its history is kept.", "Press enter to look at it."]
    if row.status == "stale":
        return [f"Old: {seen}.", "Press r to ask again."]
    head = row.headline
    resets = f.instant(head.resets_at)
    if full_at := full_soon(row, now):
        label = head.label or "The limit"
        if soonest := f.instant(head.full_from):
            band = f.band(soonest, f.instant(head.full_to), now)
            likely = f"{label}: full ≈ {f.when(full_at, now)} ({band}) at the recent rate"
            return [likely, f"resets {f.when(resets, now)}"] if resets else [likely]
        before = f", before it resets {f.when(resets, now)}" if resets else ""
        return [f"{label}: full ≈ {f.when(full_at, now)} at the recent rate{before}"]
    if head.kind == "limit" and head.fill is not None and f.level(head.fill) != "ok":
        until = f", resets {f.when(resets, now)}" if resets else ""
        word = state_of(row, now).word
        return [f"{word.capitalize()}: {f.percent(head.fill)} of {head.label or 'the limit'}{until}"]
    return []


def short_label(label: str) -> str:
    """Gives a limit's label without the words that a bar beside it says anyway."""
    for ending in (" window", " limit"):
        label = label.removesuffix(ending)
    return label


def short_number(row: BoardRow) -> str:
    """Gives the headline as one short number, as it stands beside a message: `60 %`, `$96.11`."""
    head = row.headline
    if head.kind == "limit" and head.fill is not None:
        return f.percent(head.fill)
    if head.kind == "cost" and head.amount is not None:
        return f.marked(f.money(head.amount, head.currency or "USD"), head.provenance)
    return "" if head.kind in ("limit", "none") else amount_words(row)


def amount_words(row: BoardRow) -> str:
    """Gives a headline that is not a limit: `$301.20 this month`, `18.2 M tok today`, `$20 list monthly`."""
    head = row.headline
    if head.amount is None:
        return f.UNKNOWN
    if head.kind == "tokens":
        return f"{f.compact(int(head.amount))} tok {head.label}".rstrip()
    text = f.marked(f.money(head.amount, head.currency or "USD", brief=head.kind == "price"), head.provenance)
    if head.kind == "cost":
        return f"{text} {head.label or 'this month'}"
    return f"{text} {head.label}".rstrip()


def limit_tail(row: BoardRow, now: datetime) -> str:
    """Gives what stands after a limit's percentage: when it is full or resets, else its cap."""
    head = row.headline
    if full_at := full_soon(row, now):
        return f"full ≈ {f.when(full_at, now)}"
    if resets := f.instant(head.resets_at):
        return f.when(resets, now)
    if head.amount is not None:
        return f"{f.money(head.amount, head.currency or 'USD', brief=True)} cap"
    return ""

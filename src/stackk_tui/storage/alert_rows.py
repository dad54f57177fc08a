"""Alerts in the ledger: what was raised, over which channels it was told, what is remembered and muted.

Plain SQL on an open connection, each function within one transaction of the caller: two processes that look
or deliver at the same time never raise or tell the same thing twice.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from stackk_tui.insight.alerts import Decision, Memory, Note, summary_of
from stackk_tui.model.alert import Alert, AlertRecord, AlertState, Delivery, DeliveryState, Silence

NOTES_KEPT = timedelta(days=60)
"""An alert that was raised is not raised again even without its note: its id stands in the history."""
TRIES = 5
"""How often a channel that fails is tried for one alert."""
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))

Decide = Callable[[Memory], Decision]


def memory(connection: sqlite3.Connection) -> Memory:
    """Gives what is remembered."""
    notes = [Note.model_validate_json(body) for (body,) in connection.execute("SELECT body FROM alert_note")]
    return Memory(
        notes={note.key: note for note in notes},
        silences={silence.subject: silence for silence in silences(connection)},
    )


def look(
    connection: sqlite3.Connection, decide: Decide, now: datetime, *, quiet: bool
) -> list[tuple[Alert, AlertState]]:
    """Raises what is due and remembers it; after quiet hours also what was held. Gives what is new.

    An alert whose id stands in the history was raised before, by this or another process, and is left out.
    """
    decision = decide(memory(connection))
    connection.executemany(
        "INSERT OR REPLACE INTO alert_note VALUES (?, ?, ?)",
        [(note.key, _text(now), note.model_dump_json()) for note in decision.notes],
    )
    connection.execute("DELETE FROM alert_note WHERE touched < ?", (_text(now - NOTES_KEPT),))
    new = [(alert, state) for alert, state in decision.alerts if _put(connection, alert, state)]
    return new if quiet else [*_let_go(connection, now), *new]


def _let_go(connection: sqlite3.Connection, now: datetime) -> list[tuple[Alert, AlertState]]:
    """Ends the holding: one held alert is told itself, several by a summary."""
    held = _alerts(connection.execute("SELECT body FROM alert WHERE state = 'held' ORDER BY at, id"))
    quiet = memory(connection)
    wanted = [alert for alert in held if quiet.silence(alert.subject, now) is None]
    if held:
        connection.execute("UPDATE alert SET state = 'summed' WHERE state = 'held'")
    if len(wanted) == 1:
        again = wanted[0]
        connection.execute("UPDATE alert SET state = 'raised' WHERE id = ?", (again.id,))
        return [(again, "raised")]
    if wanted:
        summary = summary_of(wanted, now)
        return [(summary, "raised")] if _put(connection, summary, "raised") else []
    return []


def put(connection: sqlite3.Connection, alert: Alert) -> bool:
    """Keeps an alert that was made outside a look, e.g. a test. Gives whether it is new."""
    return _put(connection, alert, "raised")


def _put(connection: sqlite3.Connection, alert: Alert, state: AlertState) -> bool:
    done = connection.execute(
        "INSERT OR IGNORE INTO alert VALUES (?, ?, ?, ?, 0, ?)",
        (alert.id, _text(alert.at), alert.subject, state, alert.model_dump_json()),
    )
    return done.rowcount == 1


# telling


def untold(
    connection: sqlite3.Connection, channel: str, now: datetime, since: datetime, *, held_too: bool
) -> list[Alert]:
    """Gives what this channel has to tell now, oldest first. `held_too`: quiet hours do not bind it, so it
    needs no summary either."""
    states = ("raised", "held", "summed") if held_too else ("raised",)
    rows = connection.execute(
        f"""SELECT a.body FROM alert a LEFT JOIN alert_delivery d ON d.alert_id = a.id AND d.channel = ?
            WHERE a.state IN ({", ".join("?" * len(states))}) AND a.at >= ?
              AND (d.alert_id IS NULL OR (d.state = 'failed' AND d.next_at <= ?)) ORDER BY a.at, a.id""",
        (channel, *states, _text(since), _text(now)),
    )
    return [alert for alert in _alerts(rows) if not (held_too and alert.kind == "summary")]


def claim(connection: sqlite3.Connection, alert_id: str, channel: str, now: datetime) -> bool:
    """Takes on one telling; False when another process has it, or it was told."""
    new = connection.execute(
        "INSERT OR IGNORE INTO alert_delivery VALUES (?, ?, 'sending', ?, 1, NULL, '')",
        (alert_id, channel, _text(now)),
    )
    if new.rowcount == 1:
        return True
    again = connection.execute(
        """UPDATE alert_delivery SET state = 'sending', at = ?, tries = tries + 1
           WHERE alert_id = ? AND channel = ? AND state = 'failed' AND next_at <= ?""",
        (_text(now), alert_id, channel, _text(now)),
    )
    return again.rowcount == 1


def told(connection: sqlite3.Connection, alert_id: str, channel: str, now: datetime, error: str) -> None:
    """Ends a telling: an `error` means that it is tried again later, at most `TRIES` times."""
    row = connection.execute(
        "SELECT tries FROM alert_delivery WHERE alert_id = ? AND channel = ?", (alert_id, channel)
    ).fetchone()
    tries = int(row[0]) if row else TRIES
    state: DeliveryState = "sent" if not error else "gave-up" if tries >= TRIES else "failed"
    later = _text(now + PAUSES[min(tries, len(PAUSES)) - 1]) if state == "failed" else None
    connection.execute(
        """UPDATE alert_delivery SET state = ?, at = ?, next_at = ?, error = ?
           WHERE alert_id = ? AND channel = ?""",
        (state, _text(now), later, error, alert_id, channel),
    )


# the history, and what is not to be told


def history(connection: sqlite3.Connection, since: datetime, most: int) -> list[AlertRecord]:
    """Gives what was raised, newest first; what was held and then summed up is `held`."""
    rows = connection.execute(
        "SELECT id, state, seen, body FROM alert WHERE at >= ? ORDER BY at DESC, rowid DESC LIMIT ?",
        (_text(since), most),
    ).fetchall()
    deliveries: dict[str, list[Delivery]] = {}
    for alert_id, channel, state, at, tries, error in connection.execute(
        "SELECT alert_id, channel, state, at, tries, error FROM alert_delivery ORDER BY channel"
    ):
        deliveries.setdefault(alert_id, []).append(
            Delivery(channel=channel, state=state, at=datetime.fromisoformat(at), tries=tries, error=error)
        )
    return [
        AlertRecord(
            alert=Alert.model_validate_json(body),
            state="held" if state == "summed" else state,
            seen=bool(seen),
            deliveries=tuple(deliveries.get(alert_id, ())),
        )
        for alert_id, state, seen, body in rows
    ]


def see(connection: sqlite3.Connection, ids: Iterable[str] | None) -> None:
    """Marks alerts as seen by the person; None is all."""
    if ids is None:
        connection.execute("UPDATE alert SET seen = 1")
    else:
        connection.executemany("UPDATE alert SET seen = 1 WHERE id = ?", [(one,) for one in ids])


def silences(connection: sqlite3.Connection) -> list[Silence]:
    rows = connection.execute("SELECT subject, until FROM alert_silence ORDER BY subject")
    return [
        Silence(subject=subject, until=datetime.fromisoformat(until) if until else None)
        for subject, until in rows
    ]


def silence(connection: sqlite3.Connection, subject: str, until: datetime | None) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO alert_silence VALUES (?, ?)", (subject, _text(until) if until else None)
    )


def unsilence(connection: sqlite3.Connection, subject: str) -> bool:
    """Gives whether there was anything to end."""
    return connection.execute("DELETE FROM alert_silence WHERE subject = ?", (subject,)).rowcount > 0


def forget_alerts(connection: sqlite3.Connection, service_id: str) -> None:
    """Drops everything that was told of a service, and summaries, which may name it; for its purge."""
    like = f"%/{service_id}%"
    chosen = "SELECT id FROM alert WHERE body LIKE ? OR subject = 'summary'"
    of_it = f'%"service_id":"{service_id}"%'
    connection.execute(f"DELETE FROM alert_delivery WHERE alert_id IN ({chosen})", (of_it,))
    connection.execute(f"DELETE FROM alert WHERE id IN ({chosen})", (of_it,))
    connection.execute("DELETE FROM alert_silence WHERE subject LIKE ?", (like,))
    connection.execute("DELETE FROM alert_note WHERE body LIKE ?", (like,))


def subjects(connection: sqlite3.Connection) -> Sequence[str]:
    """Gives every subject that was ever told of or silenced."""
    rows = connection.execute("SELECT subject FROM alert UNION SELECT subject FROM alert_silence ORDER BY 1")
    return [subject for (subject,) in rows]


def _alerts(rows: Iterable[tuple[str]]) -> list[Alert]:
    return [Alert.model_validate_json(body) for (body,) in rows]


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")

"""Give staged events their positions and hand them to a publisher. Two runners may do this at once: the head fences them,
and one of them leads, which alone publishes.

Written on a psycopg connection in autocommit mode: this is the loop that never sleeps, so it uses prepared statements and
nothing in between. No transaction is open while the broker is spoken to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import TupleRow

from chassis.events.envelope import LoggedEvent
from chassis.events.publisher import waves
from chassis.failpoints import failpoint

BATCH = 200
HOLD_LIMIT = timedelta(seconds=60)
BEYOND = 2 * HOLD_LIMIT  # nothing is held as long: what is, was written while the clock was wrong, and is due
Db = psycopg.Connection[TupleRow]
Publish = Callable[[Sequence[LoggedEvent]], Mapping[UUID, str]]

_COLUMNS = "event_id, aggregate, aggregate_seq, type, resource, org_id, owner_id, org_path, recorded_at, headers, body"
_MOVE = f"""
WITH moved AS (
    DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT {BATCH}) RETURNING *
), numbered AS (
    SELECT %(head)s + row_number() OVER (ORDER BY id) AS position, * FROM moved
), logged AS (
    INSERT INTO event_log (position, {_COLUMNS}) SELECT position, {_COLUMNS} FROM numbered
), kept AS (
    INSERT INTO event_personal (position, person_id, data) SELECT position, person_id, personal FROM numbered WHERE personal IS NOT NULL
)
UPDATE log_head SET position = position + (SELECT count(*) FROM moved) RETURNING position"""
_SELECT = """
SELECT l.position, l.event_id, l.aggregate, l.aggregate_seq, l.type, l.recorded_at, l.headers, l.body || coalesce(p.data, '')
FROM event_log l LEFT JOIN event_personal p USING (position)"""
_UNPUBLISHED = f"{_SELECT} WHERE position > %(after)s AND position <= %(head)s ORDER BY position LIMIT {BATCH}"
_FIRST_HELD = f"""
{_SELECT} JOIN (SELECT DISTINCT ON (aggregate) position, next_attempt_at FROM outbox_held ORDER BY aggregate, position) h USING (position)
WHERE h.next_attempt_at <= %(now)s OR h.next_attempt_at > %(beyond)s ORDER BY position LIMIT {BATCH}"""
_HEAD = "SELECT position, published, EXISTS (SELECT FROM outbox_held) FROM log_head"
_PUBLISHED = "UPDATE log_head SET published = %s WHERE published = %s"
_HOLD = """
INSERT INTO outbox_held (position, aggregate, attempts, next_attempt_at, last_error)
VALUES (%(position)s, %(aggregate)s, %(attempts)s, %(next)s, %(error)s) ON CONFLICT (position) DO NOTHING"""
_HOLD_LONGER = """
UPDATE outbox_held SET attempts = attempts + 1, last_error = %(error)s,
    next_attempt_at = %(now)s + least(%(limit)s, make_interval(secs => power(2, least(attempts, 10))))
WHERE position = %(position)s"""


def number(db: Db) -> int:
    """Move staged events into the log at consecutive positions; -> how many.

    The head's lock comes first, in a statement of its own, so that the next one sees all that another runner committed.
    """
    with db.transaction():
        head = _one(db, "SELECT position FROM log_head FOR UPDATE")
        moved = int(_one(db, _MOVE, {"head": head})) - int(head)
        if moved:
            failpoint("log.moved")
    if moved:
        failpoint("log.numbered")
    return moved


def lead(db: Db) -> bool:
    """Whether this session publishes: the first that asks does, until it resigns or ends.

    Two that publish are no mistake, `published` moves once; but everything would be sent twice, and half of what consumers
    do would be dropping repeats.
    """
    return bool(_one(db, "SELECT pg_try_advisory_lock(hashtextextended('event_log.published', 0))"))


def resign(db: Db) -> None:
    """Let another session lead."""
    db.execute("SELECT pg_advisory_unlock(hashtextextended('event_log.published', 0))")


def publish(db: Db, send: Publish, now: datetime) -> int:
    """Publish the next events of the log; -> how many were dealt with.

    Those refused, and those behind one that waits, are held. Whatever `send` raises leaves `published` where it was, so
    the batch is sent again: consumers drop the repeats.
    """
    head, after, held = db.execute(_HEAD).fetchone() or (0, 0, False)
    if after >= head:
        return 0
    events = _events(db, _UNPUBLISHED, {"after": after, "head": head})
    waiting = _waiting(db, {event.aggregate for event in events}) if held else set()
    refused = _send(events, waiting, send)
    failpoint("publish.confirmed")
    _advance(db, after, events[-1].position, [_hold(event, refused[event.event_id], now) for event in events if event.event_id in refused])
    failpoint("publish.advanced")
    return len(events)


def _send(events: Sequence[LoggedEvent], waiting: set[str], send: Publish) -> dict[UUID, str]:
    """-> why an event is to be held, by its id."""
    refused: dict[UUID, str] = {}
    for wave in waves(events):
        behind = [event for event in wave if event.aggregate in waiting]
        refused |= {event.event_id: "behind" for event in behind}
        sent = [event for event in wave if event.aggregate not in waiting]
        answers = send(sent) if sent else {}
        refused |= answers
        waiting |= {event.aggregate for event in sent if event.event_id in answers}
    return refused


def _advance(db: Db, after: int, to: int, holds: Sequence[Mapping[str, Any]]) -> None:
    """Compare and set: where another runner was faster, what it found about refusals stands."""
    if not holds:
        db.execute(_PUBLISHED, (to, after))
        return
    with db.transaction():
        if db.execute(_PUBLISHED, (to, after)).rowcount:
            db.cursor().executemany(_HOLD, holds)


def _hold(event: LoggedEvent, error: str, now: datetime) -> dict[str, Any]:
    """An event behind another has no delay of its own."""
    behind = error == "behind"
    due = now if behind else now + timedelta(seconds=1)
    return {"position": event.position, "aggregate": event.aggregate, "attempts": 0 if behind else 1, "next": due, "error": error}


def publish_held(db: Db, send: Publish, now: datetime) -> int:
    """Try the first held event of each aggregate that is due; -> how many were taken."""
    events = _events(db, _FIRST_HELD, {"now": now, "beyond": now + BEYOND})
    if not events:
        return 0
    refused = send(events)
    taken = [event.position for event in events if event.event_id not in refused]
    with db.transaction():
        db.execute("DELETE FROM outbox_held WHERE position = ANY(%s)", (taken,))
        for event in events:
            if event.event_id in refused:
                answer = {"position": event.position, "error": refused[event.event_id], "now": now, "limit": HOLD_LIMIT}
                db.execute(_HOLD_LONGER, answer)
    return len(taken)


def _waiting(db: Db, aggregates: set[str]) -> set[str]:
    rows = db.execute("SELECT DISTINCT aggregate FROM outbox_held WHERE aggregate = ANY(%s)", (list(aggregates),))
    return {row[0] for row in rows}


def _events(db: Db, statement: str, values: Mapping[str, Any]) -> list[LoggedEvent]:
    return [LoggedEvent(*row) for row in db.execute(statement, values)]


def _one(db: Db, statement: str, values: Mapping[str, Any] | None = None) -> Any:
    row = db.execute(statement, values).fetchone()
    if row is None:
        raise LookupError(statement)
    return row[0]

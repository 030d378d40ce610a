"""End sessions of a person, whoever asks for it."""

from __future__ import annotations

from chassis.store.transaction import Transaction
from services.identity.sessions.table import SESSIONS, sessions


def end_sessions(tx: Transaction, person_id: str, reason: str, keep: str = "") -> None:
    """End all that are open but the one with the id `keep`."""
    open_ones = tx.take(SESSIONS, sessions.c.person_id == person_id, sessions.c.ended_at.is_(None), sessions.c.id != keep)
    for session in open_ones:
        session.end(tx.now, reason)

"""The statements of one call as the product sends them, and the same again for another object.

So the base of a mutation always issues what the product issues, whatever is changed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
from psycopg.types.json import Jsonb

Change = Callable[[Any], Any]


@dataclass
class Recording:
    """Statements in the order they were sent, with their values. `object_id`, `request_id` and `name` stand for what differs."""

    object_id: str
    request_id: str
    name: str
    statements: list[tuple[str, Any, bool]] = field(default_factory=list)


@contextmanager
def recorded(engine: sa.Engine, recording: Recording) -> Iterator[None]:
    """Note what goes through the engine's transactions; single statements, such as a look at facts, are left out."""

    def note(connection: sa.Connection, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            recording.statements.append((text, values, many))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


class Replay:
    """Sends the statements of a recording for other objects. Ids of events and decisions are new each time."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._steps = [(text, _template(values, recording), many) for text, values, many in recording.statements]

    def run(self, connection: psycopg.Connection[dict[str, Any]], object_id: str, request_id: str) -> dict[str, Any]:
        """-> the row of the object as it was loaded. Object and request ids are as long as the recorded ones."""
        fresh = {self._recording.object_id: object_id, self._recording.request_id: request_id, self._recording.name: object_id[-8:]}
        found: dict[str, Any] = {}
        uuids: dict[Any, Any] = {}
        for text, make, many in self._steps:
            values = make((fresh, uuids))
            cursor = connection.cursor()
            if many:
                cursor.executemany(text, values)
            else:
                cursor.execute(text, values)
                if "FOR UPDATE" in text:
                    found = cursor.fetchone() or found
        return found


def _template(value: Any, recording: Recording) -> Change:  # one kind of value a line
    """A function from (what differs, new uuids) to the value for another object."""
    marks = (recording.object_id, recording.request_id, recording.name)
    if isinstance(value, dict):
        parts = {key: _template(item, recording) for key, item in value.items()}
        return lambda fresh: {key: make(fresh) for key, make in parts.items()}
    if isinstance(value, list | tuple):
        items = [_template(item, recording) for item in value]
        return lambda fresh: [make(fresh) for make in items]
    if isinstance(value, Jsonb):
        inner = _template(value.obj, recording)
        return lambda fresh: Jsonb(inner(fresh))
    if isinstance(value, UUID):
        return lambda fresh: fresh[1].setdefault(value, None) or fresh[1].__setitem__(value, uuid4()) or fresh[1][value]
    if isinstance(value, str) and value.startswith("dec_"):
        return lambda fresh: f"dec_{fresh[0][recording.object_id]}"
    if isinstance(value, str) and any(mark in value for mark in marks):
        return lambda fresh: _exchanged(value, fresh[0])
    return lambda fresh: value


def _exchanged(text: str, fresh: dict[str, str]) -> str:
    for old, new in fresh.items():
        text = text.replace(old, new)
    return text

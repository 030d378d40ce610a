"""A request id makes a mutation repeatable: the first answer is stored with the change and given again."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import AlreadyExists
from chassis.store.tables import idempotency

_CLAIM = (
    insert(idempotency)
    .values({name: sa.bindparam(name) for name in ("subject_id", "request_id", "digest", "created_at")})
    .on_conflict_do_nothing()
    .returning(idempotency.c.request_id)
)
_FIND = sa.select(idempotency.c.digest, idempotency.c.answer).where(
    idempotency.c.subject_id == sa.bindparam("subject_id"), idempotency.c.request_id == sa.bindparam("request_id")
)
_KEEP = (
    idempotency.update()
    .where(idempotency.c.subject_id == sa.bindparam("subject"), idempotency.c.request_id == sa.bindparam("request"))
    .values(answer=sa.bindparam("new_answer"))
)


class ReusedRequestId(AlreadyExists):
    """The request id was used for something else."""

    reason = "REQUEST_ID_REUSED"


def claim(connection: sa.Connection, subject_id: str, request_id: str, request: bytes, now: datetime) -> bytes | None:
    """Reserve the request id in this transaction; -> the stored answer when it is a repeat.

    A concurrent repeat waits here until the first transaction ends. Raises ReusedRequestId for another body.
    """
    key = {"subject_id": subject_id, "request_id": request_id}
    digest = hashlib.sha256(request).digest()
    if connection.execute(_CLAIM, {**key, "digest": digest, "created_at": now}).first():
        return None
    first = connection.execute(_FIND, key).one()
    if first.digest != digest:
        raise ReusedRequestId("This request id was used for another request; take a new one")
    return bytes(first.answer or b"")


def keep(connection: sa.Connection, subject_id: str, request_id: str, answer: bytes) -> None:
    """Store the answer that a repeat gets."""
    connection.execute(_KEEP, {"subject": subject_id, "request": request_id, "new_answer": answer})

"""The chain is sealed once and in order, and shows when somebody was at it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from prm.audit.v1 import events_pb2

from chassis.audit import staging as audit
from chassis.audit.chain import Head, verify
from chassis.audit.sealing import seal
from chassis.audit.tables import RECORD
from chassis.audit.witness import subscriptions, witness_of
from chassis.cause import Cause
from chassis.events.envelope import Envelope
from tests.bus.world import NAME, World

AT = datetime(2026, 3, 4, 5, 6, 7, 891011, tzinfo=UTC)


def record(number: int, **fields: Any) -> audit.AuditRecord:
    changes = [{"field": "müsli", "before": "", "after": 'x"\u2028'}]
    return audit.AuditRecord(
        time=AT + timedelta(seconds=number),
        actor="per_1",
        action="registration.approve",
        subject=f"registration/reg_{number}",
        changes=changes,
        **fields,
    )


def sealed(world: World, number: int, now: datetime = AT) -> None:
    with world.connection() as connection:
        audit.stage(connection, [record(place) for place in range(number)])
    with world.connection() as connection:
        while seal(connection, NAME, now):
            pass


def verdict(world: World, **options: Any) -> Any:
    with world.database.reading() as connection:
        return verify(connection, **options)


def test_intact(world: World) -> None:
    assert verdict(world).intact
    sealed(world, 450)
    found = verdict(world)
    assert found.intact and found.checked == 450 and found.position == 450
    assert verdict(world, last=10).checked == 10
    assert world.scalar("SELECT count(*) FROM audit_outbox") == 0


MOVE = "UPDATE audit_log SET position ="
COLUMNS = ", ".join((*RECORD, "hash"))
ADD = f"INSERT INTO audit_log (position, {COLUMNS}) SELECT {{}}, {COLUMNS} FROM audit_log WHERE position = 3"


@pytest.mark.parametrize(
    ("harm", "at"),
    [
        ("UPDATE audit_log SET actor = 'per_2' WHERE position = 7", 7),
        ("UPDATE audit_log SET changes = '[]' WHERE position = 3", 3),
        ("UPDATE audit_log SET time = time + interval '1 microsecond' WHERE position = 5", 5),
        ("UPDATE audit_log SET reason = ' ' WHERE position = 1", 1),
        ("DELETE FROM audit_log WHERE position = 4", 4),
        ("DELETE FROM audit_log WHERE position = 10", 10),
        ("DELETE FROM audit_log", 1),
        ("UPDATE audit_log SET position = CASE position WHEN 2 THEN 11 ELSE position END", 11),
        (f"{MOVE} 99 WHERE position = 4; {MOVE} 4 WHERE position = 5; {MOVE} 5 WHERE position = 99", 4),
        (f"{MOVE} 99 WHERE position = 10; {MOVE} 10 WHERE position = 9; {ADD.format(9)}; DELETE FROM audit_log WHERE position = 99", 9),
        (ADD.format(11), 11),
        (ADD.format(-7), -7),
    ],
)
def test_broken(world: World, harm: str, at: int) -> None:
    sealed(world, 10)
    world.owner_execute(harm)
    found = verdict(world)
    assert not found.intact and found.broken_at == at


def test_a_chain_rewritten_from_the_start_does_not_fit_what_was_published(world: World) -> None:
    """Whoever owns the database can recompute every hash; the heads in the event log and at the witness stay."""
    sealed(world, 10)
    before = verdict(world)
    relay = world.relay()
    relay.step()
    relay.close()
    forged = "TRUNCATE audit_log; UPDATE audit_head SET position = 0, hash = decode(repeat('00', 32), 'hex'), published_position = 0, published_at = '2026-03-04'"
    world.owner_execute(forged)
    with world.connection() as connection:
        audit.stage(connection, [record(place + 1) for place in range(10)])
    with world.connection() as connection:
        seal(connection, NAME, AT)
    found = verdict(world)
    assert not found.intact and found.problem.startswith("the chain was rewritten")
    world.owner_execute("TRUNCATE event_log")
    assert verdict(world).intact, "without its own heads the forgery fits"
    assert not verdict(world, heads=[Head(before.position, before.hash)]).intact, "but not with what a witness saw"


def test_the_service_cannot_change_its_log(world: World) -> None:
    sealed(world, 3)
    for harm in (
        "UPDATE audit_log SET actor = ''",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "UPDATE event_log SET type = ''",
        "DELETE FROM event_log",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            world.execute(harm)


@pytest.mark.parametrize("place", [11, 0])
def test_a_line_that_the_service_itself_adds_is_found(world: World, place: int) -> None:
    """Its role may add lines, for it seals them; one without its place in the chain is no record."""
    sealed(world, 10)
    world.execute(ADD.format(place))
    assert not verdict(world).intact and not verdict(world, last=2).intact


def test_two_sealers(world: World) -> None:
    with world.connection() as connection:
        audit.stage(connection, [record(place) for place in range(1000)])

    def work() -> None:
        for _ in range(8):
            with world.connection() as connection:
                seal(connection, NAME, AT)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdict(world).checked == 1000 and verdict(world).intact
    assert world.scalar("SELECT count(DISTINCT subject) FROM audit_log") == 1000


def test_head_is_published_once_a_minute_and_only_when_it_moved(world: World) -> None:
    sealed(world, 1)
    sealed(world, 1, AT + timedelta(seconds=59))
    assert world.scalar("SELECT count(*) FROM outbox") == 1
    sealed(world, 0, AT + timedelta(seconds=61))
    assert world.scalar("SELECT count(*) FROM outbox") == 2
    sealed(world, 0, AT + timedelta(seconds=300))
    rows = world.rows("SELECT type, aggregate, aggregate_seq FROM outbox ORDER BY id")
    assert [tuple(row) for row in rows] == [(f"prm.{NAME}.audit_head.sealed.v1", f"audit_head/{NAME}", seq) for seq in (1, 2)]


def test_refusals_are_coalesced_for_a_minute(world: World) -> None:
    for place in range(5):
        with world.connection() as connection:
            audit.stage_coalesced(connection, record(place, result="refused", reason="NOT_ALLOWED"))
    sealed(world, 0, AT)
    assert world.scalar("SELECT count(*) FROM audit_log") == 0, "the minute is not over"
    sealed(world, 0, AT + timedelta(minutes=1))
    assert world.rows("SELECT subject, count, reason FROM audit_log") == [("registration/reg_0", 5, "NOT_ALLOWED")]
    assert verdict(world).intact


def test_witness_keeps_the_first_head_of_a_position(world: World) -> None:
    witness = witness_of(NAME)
    (subscription,) = subscriptions(witness)
    assert subscription.type == f"prm.{NAME}.audit_head.sealed.v1" and subscription.queue == f"{witness}.witness.v1"
    for number in (1, 2):
        with world.work.transaction(Cause()) as tx:
            event = events_pb2.AuditHeadSealed(position=9, hash=bytes([number]) * 32)
            subscription.handler(event, tx, Envelope(None, subscription.type))
    assert world.rows("SELECT service, position, hash FROM audit_witness") == [(NAME, 9, b"\x01" * 32)]

"""The live feed of the gateway."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import timedelta

import grpc
import pytest
from prm.deals.v1 import events_pb2 as deals
from prm.notify.v1 import notifications_pb2 as pb

from chassis.policy import putting
from tests.hosting import person_fact
from tests.integration.notify.conftest import DECIDER, OWNER

UNDO = timedelta(minutes=5)
VERSIONS = itertools.count(2)  # of the portal's facts: an older one is not taken


def watched(world, after: int, count: int, seconds: float = 5.0) -> list[pb.WatchNotificationsResponse]:
    """The next so many of the feed."""
    stream = world.call("portal").stream("WatchNotifications", pb.WatchNotificationsRequest(after=after), seconds)
    found = list(itertools.islice(stream, count))
    stream.cancel()
    return found


def head(world) -> int:
    """A position to go on from."""
    world.tell(deals.RegistrationExpired, world.registration())
    world.notify.settle()
    return int(world.notify.rows("SELECT position FROM log_head")[0]["position"])


def test_everybodys_come_in_the_order_in_which_they_became_visible(world):
    start = head(world)
    early, late = world.registration(), world.registration()
    world.approve(early, UNDO)
    world.tell(deals.RegistrationReviewStarted, late, decider_id=DECIDER)
    world.notify.settle()
    (first,) = watched(world, start, 1)
    assert first.notification.subject == f"registration/{late}"
    world.notify.shift(2 * UNDO)
    world.notify.settle()
    (second,) = watched(world, first.position, 1)
    assert second.notification.subject == f"registration/{early}", "made earlier, shown later, and not skipped"
    assert (second.notification.person_id, second.position > first.position) == (OWNER, True)
    assert "ist genehmigt" in second.notification.text
    again = watched(world, start, 2)
    assert [item.position for item in again] == [first.position, second.position], "any position can be resumed from"


def test_from_now_on_when_nothing_is_said(world):
    world.tell(deals.RegistrationExpired, world.registration())
    world.notify.settle()
    stream = world.call("portal").stream("WatchNotifications", pb.WatchNotificationsRequest(), 5)
    key = world.registration()
    begin = next(stream)
    assert (begin.position > 0, begin.HasField("notification")) == (True, False)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(next(stream).notification.subject))
    reader.start()
    reader.join(0.5)
    assert found == []
    world.tell(deals.RegistrationExpired, key)
    world.notify.settle()
    reader.join(3)
    stream.cancel()
    assert found == [f"registration/{key}"]


def test_what_was_withdrawn_is_not_passed_on_late(world):
    start = head(world)
    gone, kept = world.registration(), world.registration()
    world.approve(gone)
    world.notify.shift(timedelta(seconds=2))
    world.notify.settle()
    world.retract(gone)
    world.tell(deals.RegistrationExpired, kept)
    world.notify.settle()
    subjects = [item.notification.kind for item in watched(world, start, 2)]
    assert subjects == ["registration.decision_retracted", "registration.expired"]


@pytest.mark.parametrize("person", [OWNER, DECIDER, "administrator", "auditor", "integration"])
def test_only_the_portal_watches(world, person):
    stream = world.call(person).stream("WatchNotifications", pb.WatchNotificationsRequest(), 3)
    with pytest.raises(grpc.RpcError) as refused:
        next(stream)
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_stream_ends_within_two_seconds_of_what_was_taken_from_its_reader(world):
    stream = world.call("portal").stream("WatchNotifications", pb.WatchNotificationsRequest(), 10)
    next(stream)
    with world.notify.database.writing() as connection:
        putting.put_person(connection, person_fact("portal", version=next(VERSIONS), floor=2, roles=[]))
    began = time.monotonic()
    with pytest.raises(grpc.RpcError) as refused:
        next(stream)
    assert time.monotonic() - began < 2
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    world.notify.put_person("portal", next(VERSIONS))


def test_a_stream_goes_by_todays_rights_after_they_changed(world):
    stream = world.call("portal").stream("WatchNotifications", pb.WatchNotificationsRequest(), 10)
    begin = next(stream).position
    world.notify.put_person("portal", next(VERSIONS), roles=["portal", "integration"])
    with pytest.raises(grpc.RpcError) as ended:
        next(stream)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    key = world.registration()
    world.tell(deals.RegistrationExpired, key)
    world.notify.settle()
    assert watched(world, begin, 1)[0].notification.subject == f"registration/{key}", "nothing was missed in between"
    world.notify.put_person("portal", next(VERSIONS))


def test_a_stream_ends_with_its_token(world):
    stream = world.call("portal").stream("WatchNotifications", pb.WatchNotificationsRequest(), 10)
    next(stream)
    world.notify.shift(timedelta(minutes=6))
    with pytest.raises(grpc.RpcError) as ended:
        next(stream)
    assert ended.value.code() is grpc.StatusCode.UNAUTHENTICATED

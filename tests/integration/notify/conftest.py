"""notify on real parts, with a mail server in this process and people who work with registrations."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from prm.deals.v1 import events_pb2 as deals
from prm.identity.v1 import events_pb2 as identity
from prm.notify.v1 import notifications_pb2 as pb
from prm.notify.v1 import notifications_pb2_grpc

from chassis.events.envelope import Envelope
from tests.hosting import PEOPLE, Caller, Hosted, hosted
from tests.mailbox import Mailbox, mailbox

LANGUAGES = {"partner_sales@r": "de", "channel_manager": "en", "partner_admin@r": "fr"}
DECIDER, OWNER = "channel_manager", "partner_sales@r"


@dataclass
class World:
    """What a test asks. Each test has registrations and an undo window of its own."""

    notify: Hosted
    mail: Mailbox
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def call(self, person: str) -> Caller:
        return self.notify.caller(notifications_pb2_grpc.NotificationsStub, person)

    def told(self, person: str, subject: str) -> list[pb.Notification]:
        """What somebody sees about an object, newest first."""
        answer = self.call(person)("ListNotifications", pb.ListNotificationsRequest(page_size=200))
        return [item for item in answer.notifications if item.subject == subject]

    def registration(self) -> str:
        return f"reg_{next(self._numbers)}"

    def tell(self, fact: Callable[..., Message], key: str, actor: str = "system:deals", **values: Any) -> Envelope:
        """A fact about a registration, as deals records it."""
        known = {"registration_id": key, "number": f"DR-2026-{key}", "organization_id": "r", "owner_id": OWNER} | values
        message = fact(**{name: value for name, value in known.items() if name in fact.DESCRIPTOR.fields_by_name})  # type: ignore[attr-defined]
        return self.notify.deliver(message, f"registration/{key}", actor=actor)

    def approve(self, key: str, undo: timedelta = timedelta(0), **values: Any) -> Envelope:
        fact = deals.RegistrationApproved(approved_by=DECIDER)
        fact.undo_until.FromDatetime(self.now + undo)
        fact.protected_until.FromDatetime(self.now + timedelta(days=90))
        times = {"undo_until": fact.undo_until, "protected_until": fact.protected_until}
        return self.tell(deals.RegistrationApproved, key, DECIDER, approved_by=DECIDER, **times | values)

    def retract(self, key: str, status: str = "approved") -> Envelope:
        return self.tell(deals.RegistrationDecisionRetracted, key, DECIDER, retracted_by=DECIDER, retracted_status=status)

    def deliveries(self, **values: str) -> list[pb.Delivery]:
        condition = " AND ".join(f'{name} = "{value}"' for name, value in values.items())
        return list(self.call("administrator")("ListDeliveries", pb.ListDeliveriesRequest(page_size=200, filter=condition)).deliveries)

    @property
    def now(self) -> datetime:
        return self.notify.clock.now()


def address(person: str) -> str:
    return person.replace("@", ".at.") + "@example.com"


@pytest.fixture(scope="module")
def running(postgres, opa, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notify")
    with (
        mailbox() as mail,
        hosted("notify", postgres.service("notify"), opa, folder, smtp_url=mail.url, public_url="https://p.example/") as notify,
    ):
        found = World(notify, mail)
        for person, (_, org) in PEOPLE.items():
            fact = identity.PersonActivated(person_id=person, organization_id=org, name=f"{person} Name", email=address(person))
            fact.language, fact.time_zone = LANGUAGES.get(person, "en"), "Europe/Berlin"
            notify.deliver(fact, f"person/{person}", queue="notify.people.v1")
        yield found


@pytest.fixture
def world(running: World) -> World:
    running.mail.answers.clear()
    running.mail.seconds = 0.0
    running.notify.shift(timedelta(days=10))
    running.notify.settle()  # whatever a test before left waiting
    running.notify.shift(timedelta(0))
    running.mail.messages.clear()
    return running

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.notify.deliveries.model import Delivery
from services.notify.deliveries.model import State as DeliveryState
from services.notify.deliveries.table import DELIVERIES, deliveries
from services.notify.kinds import KINDS, Channels
from services.notify.notifications.model import Notification, State
from services.notify.notifications.table import NOTIFICATIONS, notifications
from services.notify.preferences.model import Preference
from services.notify.preferences.table import PREFERENCES, preferences

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWNED: dict[str, Any] = {
    "id": "per_1",
    "created_at": NOW,
    "updated_at": NOW,
    "org_id": "org_1",
    "org_path": "v.org_1.",
    "owner_id": "per_1",
}


def notification(**values: Any) -> Notification:
    known: dict[str, Any] = {
        "kind": "registration.approved", "subject": "registration/reg_1", "parameters": {}, "actor_id": "", "event_id": "e",
        "visible_at": NOW, "portal": True, "email": True,
    }  # fmt: skip
    return Notification(**OWNED | known | values)


def delivery(**values: Any) -> Delivery:
    return Delivery(**OWNED | {"notification_id": "", "kind": "person.invited", "subject": "person/per_1", "event_id": "e"} | values)


def test_what_waits_cannot_be_read_and_what_was_withdrawn_is_not_shown():
    one = notification()
    assert not one.read(NOW)
    one.withdraw()
    assert not one.show()
    assert one.state is State.WITHDRAWN
    assert [type(fact).__name__ for fact in one.recorded] == ["NotificationWithdrawn"]


def test_it_is_read_once():
    one = notification(state=State.SHOWN)
    assert one.read(NOW)
    assert not one.read(NOW)
    assert len(one.recorded) == 1


def test_a_mail_that_left_is_sent_whatever_was_wanted_meanwhile():
    one = delivery()
    one.cancel()
    one.sent(NOW, 1)
    assert (one.state, one.sent_at) == (DeliveryState.SENT, NOW)
    one.fail("SMTP_REFUSED", 2)
    one.cancel()
    assert one.state is DeliveryState.SENT


def test_a_choice_replaces_only_its_own_kind():
    one = Preference(**OWNED)
    one.choose({"registration.expired": Channels(portal=True, email=False)})
    one.choose({"registration.approved": Channels(portal=False, email=True)})
    assert one.channels("registration.expired") == Channels(portal=True, email=False)
    assert one.channels("registration.approved") == Channels(portal=False, email=True)
    assert one.channels("registration.rejected") == KINDS["registration.rejected"].default
    facts = len(one.recorded)
    one.choose({"registration.approved": Channels(portal=False, email=True)})
    assert len(one.recorded) == facts, "the same choice again is no change"


@pytest.mark.parametrize(("mapping", "table"), [(NOTIFICATIONS, notifications), (DELIVERIES, deliveries), (PREFERENCES, preferences)])
def test_rows_have_every_column(mapping, table):
    assert set(mapping._types) == {column.name for column in table.columns}

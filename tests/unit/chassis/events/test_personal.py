"""Personal fields leave the body and come back when both parts are joined."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from prm.deals.v1 import events_pb2 as deals_events
from prm.identity.v1 import events_pb2 as identity_events

from chassis.cause import Cause
from chassis.events.personal import person_of, split
from chassis.events.staging import make

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def invited() -> identity_events.PersonInvited:
    return identity_events.PersonInvited(person_id="per_1", organization_id="org_1", name="Ada", email="ada@example.com", language="en")


def test_split_and_join() -> None:
    body, personal = split(invited())
    assert personal is not None
    assert b"Ada" not in body and b"ada@example.com" not in body
    assert identity_events.PersonInvited.FromString(body) == identity_events.PersonInvited(
        person_id="per_1", organization_id="org_1", language="en"
    )
    assert identity_events.PersonInvited.FromString(body + personal) == invited()


def test_nothing_personal_means_no_second_part() -> None:
    assert split(deals_events.RegistrationApproved(registration_id="reg_1"))[1] is None
    assert split(identity_events.PersonInvited(person_id="per_1"))[1] is None


def test_personal_data_of_nobody_is_refused() -> None:
    with pytest.raises(TypeError, match="nobody could be erased"):
        person_of(identity_events.PersonInvited(name="Ada"), "organization/org_1")


def test_make_names_the_defect_when_aggregate_and_message_disagree() -> None:
    with pytest.raises(ValueError, match="recorded by a budget but reads as prm.deals.registration.approved.v1"):
        make(
            deals_events.RegistrationApproved(),
            service="deals",
            resource="budget",
            aggregate="budget/bud_1",
            aggregate_seq=1,
            actor="per_1",
            cause=Cause(),
            at=AT,
        )

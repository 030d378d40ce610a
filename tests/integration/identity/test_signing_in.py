"""Signing in: nothing tells whether an account exists; guessing is locked; what is kept is worth nothing to a thief."""

from __future__ import annotations

import hashlib
import statistics
import time
from datetime import timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from prm.identity.v1 import access_pb2, organizations_pb2, people_pb2

from chassis.audit.tables import audit_outbox
from services.identity.people.table import credentials
from services.identity.sessions.table import attempts, sessions
from tests.integration.identity.conftest import PASSWORD, Refusal, World, refusal


def wrong(world: World, email: str, times: int = 1, password: str = "not the right one") -> list[Refusal]:
    return [refusal(lambda: world.sign_in(email, password)) for _ in range(times)]


@pytest.fixture(scope="module")
def ali(world: World) -> Any:
    return world.join("ali@northwind.example", ["auditor"])


@pytest.fixture(scope="module")
def lena(world: World) -> Any:
    return world.join("lena@northwind.example", ["auditor"])


def answers(found: list[Refusal]) -> list[tuple[grpc.StatusCode, str, str]]:
    return [(item.code, item.reason, item.text) for item in found]


def test_the_answer_and_the_lock_are_the_same_for_strangers(world: World) -> None:
    lena = world.join("lea@northwind.example", ["auditor"])
    known, unknown = wrong(world, lena.email, 6), wrong(world, "nobody@northwind.example", 6)
    assert answers(known) == answers(unknown)
    assert [item.reason for item in known] == ["SIGN_IN_FAILED"] * 5 + ["SIGN_IN_LOCKED"]
    assert known[5].code is grpc.StatusCode.RESOURCE_EXHAUSTED
    for item in (known[5], unknown[5]):
        assert timedelta(minutes=14) < item.retry_after <= timedelta(minutes=15)


def test_the_right_password_opens_no_lock_before_its_time(world: World, lena: Any) -> None:
    wrong(world, lena.email, 5)
    assert refusal(lambda: world.sign_in(lena.email)).reason == "SIGN_IN_LOCKED"
    assert world.events(f"person/{lena.id}", "prm.identity.person.locked.v1")
    world.shift(timedelta(minutes=16))
    assert world.sign_in(lena.email).person_id == lena.id
    assert wrong(world, lena.email, 4)[-1].reason == "SIGN_IN_FAILED"  # success began the count anew


def test_the_second_lock_is_longer(world: World) -> None:
    wrong(world, "again@northwind.example", 5)
    world.shift(timedelta(minutes=16))
    wrong(world, "again@northwind.example", 5)
    assert wrong(world, "again@northwind.example")[0].retry_after > timedelta(minutes=29)


def test_time_tells_nothing(world: World) -> None:
    """Medians over pairs taken in turns, the first of each pair now one and now the other, so that what else the machine does meets
    both alike. Without the same work for strangers they would be told about five times faster."""
    people = 6
    for number in range(people):
        world.join(f"tim{number}@northwind.example", ["auditor"])

    def seconds(email: str) -> float:
        began = time.perf_counter()
        assert wrong(world, email)[0].reason == "SIGN_IN_FAILED"
        return time.perf_counter() - began

    known: list[float] = []
    unknown: list[float] = []
    for place in range(people * 4):  # a fifth failure would lock
        known_first = place % 2 == 0
        for is_known in (known_first, not known_first):
            (known if is_known else unknown).append(seconds(f"{'tim' if is_known else 'tam'}{place % people}@northwind.example"))
    apart = statistics.median(one - other for one, other in zip(known, unknown, strict=True))
    assert abs(apart) < 0.3 * statistics.median(unknown), (statistics.median(known), statistics.median(unknown))


def test_invited_deactivated_and_suspended_people_fail_alike(world: World) -> None:
    company, admin = world.company("Closed"), world.admin
    invite = people_pb2.InvitePersonRequest(organization_id=company.id, email="ina@closed.example", name="Ina", roles=["partner_sales"])
    admin(admin.people.InvitePerson, invite)
    gone = world.join("gus@closed.example", ["partner_sales"], company.id)
    admin(admin.people.DeactivatePerson, people_pb2.DeactivatePersonRequest(id=gone.id))
    world.join("sue@closed.example", ["partner_sales"], company.id)
    assert world.sign_in("sue@closed.example").person_id
    admin(admin.organizations.SuspendOrganization, organizations_pb2.SuspendOrganizationRequest(id=company.id, reason="unpaid"))
    found = [wrong(world, email, 1, PASSWORD)[0] for email in ("ina@closed.example", "gus@closed.example", "sue@closed.example")]
    assert answers(found) == answers(wrong(world, "stranger@closed.example")) * 3


def test_sign_ins_are_audited_done_and_refused(world: World) -> None:
    person = world.join("audrey@northwind.example", ["auditor"])
    wrong(world, person.email)
    world.sign_in(person.email)
    rows = world.query(sa.select(audit_outbox).where(audit_outbox.c.actor == person.id).order_by(audit_outbox.c.id))
    shown = [(row.action, row.result, row.reason) for row in rows if row.action.startswith("session.")]
    assert shown == [("session.sign_in", "refused", "SIGN_IN_FAILED"), ("session.started", "done", "")]
    assert PASSWORD not in str(rows) and "not the right one" not in str(rows)


def test_only_digests_are_kept(world: World, ali: Any) -> None:
    signed = world.sign_in(ali.email)
    kept = world.query(sa.select(sessions).where(sessions.c.digest == hashlib.sha256(signed.session_secret.encode()).digest()))
    assert [row.id for row in kept] == [signed.session_id]
    assert all(row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for row in world.query(sa.select(credentials)))
    assert {len(row.digest) for row in world.query(sa.select(attempts))} <= {hashlib.sha256().digest_size}


def test_weak_passwords_are_refused_at_the_field(world: World) -> None:
    admin, nobody = world.admin, world.nobody
    invite = people_pb2.InvitePersonRequest(email="wendy.weak@northwind.example", name="Wendy", roles=["auditor"])
    token = world.invitation(admin(admin.people.InvitePerson, invite).id)
    for password, reason in (("wendy.weak-2026", "PASSWORD_HAS_EMAIL"), ("password12345", "PASSWORD_COMMON")):
        request = people_pb2.AcceptInvitationRequest(token=token, password=password)
        found = refusal(lambda request=request: nobody(nobody.people.AcceptInvitation, request))  # type: ignore[misc]
        assert (found.code, found.fields) == (grpc.StatusCode.INVALID_ARGUMENT, {"password": reason})
    nobody(nobody.people.AcceptInvitation, people_pb2.AcceptInvitationRequest(token=token, password=PASSWORD))


def test_sessions_end_by_idleness_and_by_age(world: World, ali: Any) -> None:
    secret = world.sign_in(ali.email).session_secret
    for hours in (11, 22):
        world.shift(timedelta(hours=hours))
        world.exchange(secret)
    world.shift(timedelta(hours=35))
    assert refusal(lambda: world.exchange(secret)).reason == "SESSION_ENDED"
    world.shift(timedelta(0))
    used = world.sign_in(ali.email)
    keep_busy(world, used.session_id)
    world.shift(timedelta(days=30) - timedelta(seconds=5))
    assert world.exchange(used.session_secret)
    world.shift(timedelta(days=30))
    assert refusal(lambda: world.exchange(used.session_secret)).reason == "SESSION_ENDED"


def keep_busy(world: World, session_id: str) -> None:
    """As if it had been used until just before it ends."""
    with world.host.database.writing() as connection:
        late = sessions.c.expires_at - timedelta(hours=1)
        connection.execute(sessions.update().where(sessions.c.id == session_id).values(last_used_at=late))


def test_the_last_token_ends_with_the_session(world: World, ali: Any) -> None:
    signed = world.sign_in(ali.email)
    keep_busy(world, signed.session_id)
    world.shift(timedelta(days=30) - timedelta(seconds=100))
    answer = world.exchange(signed.session_secret)
    assert answer.access_token_expire_time.seconds == answer.expire_time.seconds


def test_only_the_gateway_exchanges(world: World, ali: Any) -> None:
    secret, admin = world.sign_in(ali.email).session_secret, world.admin
    request = access_pb2.ExchangeSessionRequest(session_secret=secret)
    assert refusal(lambda: admin(admin.sessions.ExchangeSession, request)).code is grpc.StatusCode.PERMISSION_DENIED
    nobody = world.nobody
    assert refusal(lambda: nobody(nobody.sessions.ExchangeSession, request)).reason == "TOKEN_MISSING"


def test_own_sessions_are_listed_revoked_and_signed_out(world: World) -> None:
    person = world.join("sam@northwind.example", ["auditor"])
    first, second = world.sign_in(person.email), world.sign_in(person.email)
    caller = world.nobody.with_token(second.access_token)
    listed = caller(caller.sessions.ListSessions, access_pb2.ListSessionsRequest()).sessions
    assert [(item.id, item.current) for item in listed] == [(second.session_id, True), (first.session_id, False)]
    caller(caller.sessions.RevokeSession, access_pb2.RevokeSessionRequest(id=first.session_id))
    assert refusal(lambda: world.exchange(first.session_secret)).reason == "SESSION_ENDED"
    world.host.facts.forget()
    stolen = world.nobody.with_token(first.access_token)
    assert refusal(lambda: stolen(stolen.people.GetMe, people_pb2.GetMeRequest())).reason == "TOKEN_REVOKED"
    assert world.exchange(second.session_secret).access_token  # the others go on with a new token
    foreign = world.admin
    request = access_pb2.RevokeSessionRequest(id=second.session_id)
    assert refusal(lambda: foreign(foreign.sessions.RevokeSession, request)).code is grpc.StatusCode.NOT_FOUND
    nobody = world.nobody
    nobody(nobody.sessions.SignOut, access_pb2.SignOutRequest(session_secret=second.session_secret))
    nobody(nobody.sessions.SignOut, access_pb2.SignOutRequest(session_secret=second.session_secret))
    assert refusal(lambda: world.exchange(second.session_secret)).reason == "SESSION_ENDED"


def test_a_new_password_ends_every_other_session(world: World) -> None:
    person = world.join("pat@northwind.example", ["auditor"])
    other, own = world.sign_in(person.email), world.sign_in(person.email)
    caller = world.nobody.with_token(own.access_token)
    change = people_pb2.ChangePasswordRequest
    bad = refusal(lambda: caller(caller.people.ChangePassword, change(old_password="wrong one here", new_password="another good one")))
    assert (bad.code, bad.fields) == (grpc.StatusCode.INVALID_ARGUMENT, {"old_password": "PASSWORD_WRONG"})
    caller(caller.people.ChangePassword, change(old_password=PASSWORD, new_password="another good one"))
    assert refusal(lambda: world.exchange(other.session_secret)).reason == "SESSION_ENDED"
    assert world.exchange(own.session_secret).person_id == person.id
    assert wrong(world, person.email, 1, PASSWORD)[0].reason == "SIGN_IN_FAILED"
    assert world.sign_in(person.email, "another good one").person_id == person.id


def test_guessing_the_old_password_is_locked_too(world: World) -> None:
    person = world.join("gal@northwind.example", ["auditor"])
    caller = world.as_(person.email)
    change = people_pb2.ChangePasswordRequest(old_password="wrong one here", new_password="another good one")

    def guess() -> None:
        change.request_id = ""
        caller(caller.people.ChangePassword, change)

    assert [refusal(guess).reason for _ in range(6)] == ["PASSWORD_WRONG"] * 5 + ["SIGN_IN_LOCKED"]

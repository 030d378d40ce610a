"""Tokens: made, verified without asking, refused when forged, ended before their time; systems and keys."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey
from prm.identity.v1 import access_pb2, people_pb2

from chassis.audit.tables import audit_outbox
from chassis.events.tables import event_log, log_head, outbox
from services.identity.facts.table import takings
from services.identity.tokens.issuing import sweep_takings
from tests.integration.identity.conftest import World, refusal


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, body))


def encoded(values: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.fixture(scope="module")
def tea(world: World) -> Any:
    return world.join("tea@northwind.example", ["auditor"])


def test_what_a_token_says(world: World, tea: Any) -> None:
    signed = world.sign_in(tea.email)
    head, body = parts(signed.access_token)
    assert (head["alg"], head["typ"]) == ("Ed25519", "at+jwt") and head["kid"].startswith("key_")
    wanted = {
        "iss": "prm",
        "aud": "prm",
        "sub": tea.id,
        "kind": "vendor",
        "sid": signed.session_id,
        "acr": "pwd",
        "floor": 0,
        "org_floor": 0,
    }
    assert wanted.items() <= body.items()
    assert {"roles_floor", "epoch", "iat", "exp"} <= body.keys()
    assert "roles" not in body and tea.email not in json.dumps(body)


def forgeries(token: str) -> Iterator[str]:
    head, body = parts(token)
    _, payload, signature = token.split(".")
    yield f"{encoded({**head, 'alg': 'none'})}.{payload}."
    yield f"{encoded({**head, 'alg': 'none'})}.{payload}.{signature}"
    yield f"{encoded(head)}.{encoded({**body, 'sub': 'per_other'})}.{signature}"
    yield f"{encoded({**head, 'alg': 'HS256'})}.{payload}.{signature}"
    yield f"{encoded({**head, 'kid': 'key_unknown'})}.{payload}.{signature}"
    stranger = OKPKey.generate_key("Ed25519")
    yield jws.serialize_compact(head, json.dumps(body).encode(), stranger, algorithms=["Ed25519"])
    jwk = stranger.as_dict(private=False)
    yield jws.serialize_compact(
        {"alg": "Ed25519", "typ": "at+jwt", "jwk": jwk}, json.dumps(body).encode(), stranger, algorithms=["Ed25519"]
    )
    yield token[:-4] + "AAAA"
    yield token + "x" * 5000
    yield "not a token"


def test_forged_tokens_are_refused(world: World, tea: Any) -> None:
    good = world.sign_in(tea.email).access_token
    for token in forgeries(good):
        caller = world.nobody.with_token(token)
        found = refusal(lambda caller=caller: caller(caller.people.GetMe, people_pb2.GetMeRequest()))  # type: ignore[misc]
        assert (found.code, found.reason) == (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID"), token


def test_a_token_lasts_five_minutes(world: World, tea: Any) -> None:
    token = world.sign_in(tea.email).access_token
    caller = world.nobody.with_token(token)
    world.shift(timedelta(seconds=290))
    assert caller(caller.people.GetMe, people_pb2.GetMeRequest()).person.id
    world.shift(timedelta(seconds=301))
    assert refusal(lambda: caller(caller.people.GetMe, people_pb2.GetMeRequest())).reason == "TOKEN_EXPIRED"


def account(world: World, name: str, **values: Any) -> access_pb2.CreateServiceAccountResponse:
    admin = world.admin
    wanted = access_pb2.ServiceAccount(name=name, roles=["integration"], **values)
    request = access_pb2.CreateServiceAccountRequest(service_account=wanted)
    return admin(admin.accounts.CreateServiceAccount, request)  # type: ignore[no-any-return]


def issue(world: World, client_id: str, secret: str = "", assertion: str = "") -> Any:
    nobody = world.nobody
    return nobody(nobody.tokens.Issue, access_pb2.IssueRequest(client_id=client_id, client_secret=secret, client_assertion=assertion))


def test_a_system_gets_in_by_its_secret(world: World) -> None:
    made = account(world, "CRM")
    answer = issue(world, made.service_account.id, made.client_secret)
    assert (answer.token_type, answer.expires_in) == ("Bearer", 300)
    caller = world.nobody.with_token(answer.access_token)
    me = caller(caller.people.GetMe, people_pb2.GetMeRequest())
    assert (me.kind, me.person.name, list(me.roles)) == ("system", "CRM", ["integration"])
    bad = [
        (made.service_account.id, "wrong"),
        (made.service_account.id, ""),
        ("sva_unknown", made.client_secret),
        ("portal", made.client_secret),
    ]
    found = [refusal(lambda who=who, secret=secret: issue(world, who, secret)) for who, secret in bad]  # type: ignore[misc]
    assert {(item.code, item.reason, item.text) for item in found} == {
        (grpc.StatusCode.UNAUTHENTICATED, "CLIENT_REFUSED", "Client id or credentials are wrong")
    }
    refused = world.query(sa.select(audit_outbox).where(audit_outbox.c.action == "service_account.issue"))
    assert sum(row.count for row in refused) >= 4 and {row.result for row in refused} == {"refused"}


def test_secrets_overlap_for_an_hour(world: World) -> None:
    made, admin = account(world, "ERP"), world.admin
    client = made.service_account.id
    fresh = admin(admin.accounts.RotateSecret, access_pb2.RotateSecretRequest(id=client)).client_secret
    assert issue(world, client, made.client_secret) and issue(world, client, fresh)
    world.shift(timedelta(minutes=61))
    assert refusal(lambda: issue(world, client, made.client_secret)).reason == "CLIENT_REFUSED"
    assert issue(world, client, fresh)


def test_a_closed_account_is_out_at_once(world: World) -> None:
    made, admin = account(world, "DWH"), world.admin
    client = made.service_account.id
    caller = world.nobody.with_token(issue(world, client, made.client_secret).access_token)
    assert caller(caller.people.GetMe, people_pb2.GetMeRequest())
    closed = admin(admin.accounts.DisableServiceAccount, access_pb2.DisableServiceAccountRequest(id=client))
    assert closed.disabled
    assert refusal(lambda: issue(world, client, made.client_secret)).reason == "CLIENT_REFUSED"
    world.host.facts.forget()
    assert refusal(lambda: caller(caller.people.GetMe, people_pb2.GetMeRequest())).code is grpc.StatusCode.UNAUTHENTICATED


def test_a_system_gets_in_by_a_signed_assertion_once(world: World) -> None:
    key = ECKey.generate_key("P-256")
    made = account(world, "Signed", public_key=json.dumps(key.as_dict(private=False)))
    client = made.service_account.id

    def assertion(**changes: Any) -> str:
        at = world.now().timestamp()
        claims = {
            "iss": client,
            "sub": client,
            "aud": "http://127.0.0.1:7400/v1/tokens:issue",
            "exp": at + 60,
            "jti": uuid.uuid4().hex,
            **changes,
        }
        return str(jws.serialize_compact({"alg": "ES256"}, json.dumps(claims).encode(), key, algorithms=["ES256"]))

    text = assertion()
    assert parts(issue(world, client, assertion=text).access_token)[1]["acr"] == "pop"
    for bad in (text, assertion(aud="https://elsewhere"), assertion(sub="portal"), assertion(exp=1)):
        assert refusal(lambda bad=bad: issue(world, client, assertion=bad)).reason == "CLIENT_REFUSED"  # type: ignore[misc]
    other = account(world, "Other").service_account.id
    assert refusal(lambda: issue(world, other, assertion=assertion(iss=other, sub=other))).reason == "CLIENT_REFUSED"


def test_an_account_takes_no_private_key_and_no_role_of_people(world: World) -> None:
    private = json.dumps(OKPKey.generate_key("Ed25519").as_dict(private=True))
    assert list(refusal(lambda: account(world, "Leaky", public_key=private)).fields) == ["service_account.public_key"]
    admin = world.admin
    wanted = access_pb2.ServiceAccount(name="Boss", roles=["administrator"])
    request = access_pb2.CreateServiceAccountRequest(service_account=wanted)
    assert refusal(lambda: admin(admin.accounts.CreateServiceAccount, request)).fields == {"service_account.roles[0]": "ROLE_OF_OTHER_KIND"}
    wanted = access_pb2.ServiceAccount(name="Boss", roles=["portal"])
    request = access_pb2.CreateServiceAccountRequest(service_account=wanted)
    found = refusal(lambda: admin(admin.accounts.CreateServiceAccount, request))
    assert (found.reason, found.text) == ("ROLE_ABOVE_CEILING", "You may not give or take portal")


def test_secrets_are_not_repeated_to_a_repeated_request(world: World) -> None:
    admin = world.admin
    wanted = access_pb2.ServiceAccount(name="Twice", roles=["integration"])
    request = access_pb2.CreateServiceAccountRequest(service_account=wanted, request_id=f"twice-{uuid.uuid4()}")
    first, again = (admin(admin.accounts.CreateServiceAccount, request) for _ in range(2))
    assert first.client_secret and not again.client_secret
    assert first.service_account == again.service_account


def publish_everything(world: World) -> None:
    """What the runner does, as far as the tables show it."""
    with world.host.database.writing() as connection:
        rows = connection.execute(sa.select(outbox).order_by(outbox.c.id)).mappings().all()
        position = connection.execute(sa.select(log_head.c.position)).scalar_one()
        names = [column.name for column in event_log.c if column.name != "position"]
        for place, row in enumerate(rows, 1):
            connection.execute(event_log.insert(), {"position": position + place, **{name: row[name] for name in names}})
        connection.execute(outbox.delete())
        connection.execute(log_head.update().values(position=position + len(rows), published=position + len(rows)))


def test_who_lost_something_gets_no_token_while_the_bus_is_away(world: World) -> None:
    taken, kept = world.join("tom@northwind.example", ["auditor"]), world.join("kit@northwind.example", ["auditor"])
    sessions = {person.id: world.sign_in(person.email).session_secret for person in (taken, kept)}
    publish_everything(world)
    admin = world.admin
    admin(admin.people.SetRoles, people_pb2.SetRolesRequest(id=taken.id, roles=[]))
    assert world.exchange(sessions[taken.id])  # the bus may still take it in time
    world.shift(timedelta(seconds=31))
    found = refusal(lambda: world.exchange(sessions[taken.id]))
    assert (found.code, found.reason) == (grpc.StatusCode.UNAVAILABLE, "FACTS_NOT_PUBLISHED")
    assert found.retry_after
    assert world.exchange(sessions[kept.id])  # who lost nothing works on
    publish_everything(world)
    assert world.exchange(sessions[taken.id])
    with world.host.database.writing() as connection:
        assert sweep_takings(connection) >= 1
    assert not world.query(sa.select(takings))


def test_what_is_given_waits_for_nobody(world: World) -> None:
    person = world.join("uma@northwind.example", ["auditor"])
    secret, admin = world.sign_in(person.email).session_secret, world.admin
    account(world, "Later")
    admin(admin.people.SetRoles, people_pb2.SetRolesRequest(id=person.id, roles=["auditor"]))
    world.shift(timedelta(minutes=3))
    assert world.exchange(secret)

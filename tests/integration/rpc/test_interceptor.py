"""What every call passes, tried on a real service: tokens, deadlines, bodies, repeats, refusals, streams."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from google.type import date_pb2, money_pb2
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey
from prm.events.v1 import events_pb2, events_pb2_grpc
from prm.mdf.v1 import budgets_pb2 as pb
from prm.mdf.v1 import budgets_pb2_grpc

from chassis.policy.tokens import Claims, sign
from tests.hosting import KID, Hosted, Refused, hosted, signing_key

LIST = "/prm.mdf.v1.Budgets/ListBudgets"
CREATE = "/prm.mdf.v1.Budgets/CreateBudget"


@pytest.fixture(scope="module")
def mdf(postgres, opa, tmp_path_factory):
    with hosted("mdf", postgres.service("mdf"), opa, tmp_path_factory.mktemp("mdf")) as running:
        yield running


@pytest.fixture
def manager(mdf: Hosted):
    return mdf.caller(budgets_pb2_grpc.BudgetsStub, "programme_manager")


def budget(name: str = "Year") -> pb.Budget:
    year = datetime.now(UTC).year
    return pb.Budget(
        organization_id="r",
        name=name,
        allocated=money_pb2.Money(currency_code="EUR", units=1000),
        start_date=date_pb2.Date(year=year, month=1, day=1),
        end_date=date_pb2.Date(year=year + 1, month=12, day=31),
    )


def raw(mdf: Hosted, path: str, body: bytes, token: str | None, seconds: float | None = 5) -> str:
    """Send these bytes; -> the code of the answer."""
    call = mdf.channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)
    metadata = (("authorization", token),) if token is not None else ()
    try:
        call(body, timeout=seconds, metadata=metadata)
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"


def bearer(mdf: Hosted) -> str:
    return f"Bearer {mdf.token('programme_manager')}"


@pytest.mark.parametrize("token", [None, "", "Bearer", "Bearer x", "Bearer a.b.c", "Basic dXNlcjpwYXNz", "Bearer " + "x" * 5000])
def test_no_token_or_nonsense_is_unauthenticated(mdf: Hosted, token: str | None) -> None:
    assert raw(mdf, LIST, b"", token) == "UNAUTHENTICATED"


def claims(mdf: Hosted, **changes: Any) -> Claims:
    now = mdf.clock.now().timestamp()
    values: dict[str, Any] = {"issued_at": now, "expires_at": now + 300} | changes
    return Claims("programme_manager", "vendor", "ses_1", "password", **values)


def test_a_good_token_is_taken(mdf: Hosted) -> None:
    assert raw(mdf, LIST, b"", f"Bearer {sign(claims(mdf), signing_key(), KID)}") == "OK"


def test_expired_foreign_and_forged_tokens_are_refused(mdf: Hosted) -> None:
    now = mdf.clock.now().timestamp()
    payload = claims(mdf).as_payload()
    public = signing_key().as_dict(private=False)["x"]
    forged = {
        "expired": sign(claims(mdf, issued_at=now - 900, expires_at=now - 600), signing_key(), KID),
        "from the future": sign(claims(mdf, issued_at=now + 3600, expires_at=now + 3900), signing_key(), KID),
        "another key": sign(claims(mdf), OKPKey.generate_key("Ed25519"), KID),
        "unknown kid": sign(claims(mdf), signing_key(), "key_other"),
        "the public key as a secret": jwt.encode({"alg": "HS256", "kid": KID}, payload, OctKey.import_key(str(public))),
        "no signature": jwt.encode({"alg": "HS256", "kid": KID}, payload, OctKey.import_key("x" * 32)).rpartition(".")[0] + ".",
    }
    answers = {name: raw(mdf, LIST, b"", f"Bearer {token}") for name, token in forged.items()}
    assert answers == dict.fromkeys(forged, "UNAUTHENTICATED")


def test_a_mutation_needs_a_deadline(mdf: Hosted) -> None:
    request = pb.CreateBudgetRequest(budget=budget(), request_id="no-deadline-given")
    assert raw(mdf, CREATE, request.SerializeToString(), bearer(mdf), None) == "INVALID_ARGUMENT"


def test_a_deadline_of_years_is_no_fault(mdf: Hosted) -> None:
    request = pb.CreateBudgetRequest(budget=budget("Years"), request_id="a-year-to-answer")
    assert raw(mdf, CREATE, request.SerializeToString(), bearer(mdf), 400 * 86_400.0) == "OK"


@pytest.mark.parametrize("body", [b"\xff" * 20, b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x04\x1a\x02\xff\xfe"])
def test_bytes_that_are_no_message_are_the_callers_mistake(mdf: Hosted, body: bytes) -> None:
    assert raw(mdf, CREATE, body, bearer(mdf)) == "INVALID_ARGUMENT"
    assert raw(mdf, CREATE, body, None) == "UNAUTHENTICATED"


def test_too_large_and_unknown_are_refused(mdf: Hosted) -> None:
    assert raw(mdf, CREATE, b"\x0a" + b"x" * (5 * 1024 * 1024), bearer(mdf)) == "RESOURCE_EXHAUSTED"
    assert raw(mdf, "/prm.mdf.v1.Budgets/StealBudget", b"", bearer(mdf)) == "UNIMPLEMENTED"


def test_every_wrong_field_is_named(manager) -> None:
    wrong = budget(name="x" * 121)
    wrong.organization_id = "x" * 65
    with pytest.raises(Refused) as refused:
        manager("CreateBudget", pb.CreateBudgetRequest(budget=wrong))
    assert refused.value.code == "INVALID_ARGUMENT"
    assert set(refused.value.fields) == {"budget.name", "budget.organization_id"}


def test_concurrent_repeats_make_one(mdf: Hosted, manager) -> None:
    def attempt(_: int) -> str:
        return str(manager("CreateBudget", pb.CreateBudgetRequest(budget=budget("Once"), request_id="at-the-same-time")).id)

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(attempt, range(12)))
    assert len(ids) == 1
    assert mdf.rows("SELECT count(*) AS n FROM budget WHERE name = 'Once'")[0]["n"] == 1


def test_a_request_id_is_not_reused_for_something_else(manager) -> None:
    manager("CreateBudget", pb.CreateBudgetRequest(budget=budget("First"), request_id="used-only-once"))
    with pytest.raises(Refused) as refused:
        manager("CreateBudget", pb.CreateBudgetRequest(budget=budget("Second"), request_id="used-only-once"))
    assert (refused.value.code, refused.value.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


def test_one_persons_request_id_is_not_anothers(mdf: Hosted, manager) -> None:
    other = mdf.caller(budgets_pb2_grpc.BudgetsStub, "programme_manager2")
    first = manager("CreateBudget", pb.CreateBudgetRequest(budget=budget("Mine"), request_id="shared-request-id"))
    second = other("CreateBudget", pb.CreateBudgetRequest(budget=budget("Mine"), request_id="shared-request-id"))
    assert first.id != second.id


def test_a_failed_attempt_leaves_nothing_and_may_be_repeated(mdf: Hosted, manager) -> None:
    request = pb.CreateBudgetRequest(budget=budget("Later right"), request_id="fails-then-works")
    request.budget.allocated.currency_code = "XXQ"
    with pytest.raises(Refused):
        manager("CreateBudget", request)
    assert mdf.rows("SELECT count(*) AS n FROM idempotency WHERE request_id = 'fails-then-works'")[0]["n"] == 0
    request.budget.allocated.currency_code = "EUR"
    assert manager("CreateBudget", request).name == "Later right"


def test_refusals_are_in_the_audit_log_once_a_minute_with_a_count(mdf: Hosted) -> None:
    sales = mdf.caller(budgets_pb2_grpc.BudgetsStub, "partner_sales@r")
    for _ in range(5):
        with pytest.raises(Refused) as refused:
            sales("CreateBudget", pb.CreateBudgetRequest(budget=budget()))
        assert refused.value.code == "PERMISSION_DENIED"
    rows = mdf.rows("SELECT action, result, count FROM audit_outbox WHERE actor = 'partner_sales@r'")
    assert sum(row["count"] for row in rows) == 5
    assert len(rows) <= 2
    assert {(row["action"], row["result"]) for row in rows} == {("budget.create", "refused")}


def test_a_service_answers_only_for_its_own_log(mdf: Hosted) -> None:
    auditor = mdf.caller(events_pb2_grpc.EventsStub, "auditor")
    assert auditor("ListEvents", events_pb2.ListEventsRequest(service="mdf")).next >= 0
    with pytest.raises(Refused) as refused:
        auditor("ListEvents", events_pb2.ListEventsRequest(service="deals"))
    assert refused.value.fields == ["service"]


def test_streams_have_threads_of_their_own(mdf: Hosted, manager) -> None:
    """Eight are open, the ninth is refused, and calls are answered as if there were none."""
    watcher = mdf.caller(events_pb2_grpc.EventsStub, "auditor")
    manager("CreateBudget", pb.CreateBudgetRequest(budget=budget("Seen by streams")))
    mdf.number()
    open_streams = [watcher.stream("WatchEvents", events_pb2.WatchEventsRequest(), 30) for _ in range(8)]
    try:
        assert all(next(stream).event.position == 1 for stream in open_streams)
        with pytest.raises(grpc.RpcError) as refused:
            next(watcher.stream("WatchEvents", events_pb2.WatchEventsRequest(), 5))
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        began = time.monotonic()
        for _ in range(20):
            manager("ListBudgets", pb.ListBudgetsRequest())
        assert time.monotonic() - began < 5
    finally:
        for stream in open_streams:
            stream.cancel()
    assert eventually(lambda: streams_again(watcher))


def streams_again(watcher) -> bool:
    """Whether a slot is free once streams have ended."""
    stream = watcher.stream("WatchEvents", events_pb2.WatchEventsRequest(), 3)
    try:
        return bool(next(stream).event.position)
    except grpc.RpcError:
        return False
    finally:
        stream.cancel()


def eventually(look: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if look():
            return True
        threading.Event().wait(0.2)
    return False


def test_a_call_that_waits_longer_than_its_deadline_ends(mdf: Hosted, manager) -> None:
    made = manager("CreateBudget", pb.CreateBudgetRequest(budget=budget("Locked")))
    with mdf.database.writing() as connection:
        connection.exec_driver_sql("SELECT * FROM budget WHERE id = %s FOR UPDATE", (made.id,))
        began = time.monotonic()
        with pytest.raises(Refused) as refused:
            manager("UpdateBudget", pb.UpdateBudgetRequest(budget=pb.Budget(id=made.id, name="New")), seconds=0.5)
        assert refused.value.code == "DEADLINE_EXCEEDED"
        assert time.monotonic() - began < 2

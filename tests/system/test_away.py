"""Each part taken away alone: what does not need it goes on, what does says so at once, and all of it heals by itself."""

from __future__ import annotations

import hashlib
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import grpc
import httpx
import pytest
from prm.content.v1 import documents_pb2
from prm.deals.v1 import registrations_pb2 as pb

from cli.demo.client import eventually
from tests.system.outage import back, dead, killed, silent
from tests.system.suite import Suite, running
from tests.system.test_story import details, told
from tests.system.visitors import anonymous, browser, register, rest, signing_in
from tests.system.world import World, build, submitted
from tests.system.writer import Writer, creating, named

pytestmark = pytest.mark.timeout(400)
AT_ONCE = 1.0
STORE_SECONDS = 3.0
HEALED = 60.0
Away = Callable[[Suite, str], AbstractContextManager[None]]

SAYS = {
    "deals": "Deals are not reachable.",
    "mdf": "Funds are not reachable.",
    "content": "Content is not reachable.",
    "training": "Training is not reachable.",
    "notify": "Notifications are not reachable.",
    "identity": "People and access are not reachable.",
}
EVERYWHERE = ("/", "/deals", "/desk")
SHOWN = {
    "deals": EVERYWHERE,
    "mdf": ("/", "/funds"),
    "content": ("/", "/content"),
    "training": ("/", "/training"),
    "notify": ("/notifications",),
}
REST = {
    "deals": "/v1/registrations",
    "mdf": "/v1/budgets",
    "content": "/v1/documents",
    "training": "/v1/courses",
    "notify": "/v1/notifications",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A programme on a suite with a process for each role of each service, which these tests may hurt."""
    with running(tmp_path_factory.mktemp("away"), "--isolated") as suite:
        yield build(suite)


@pytest.fixture(scope="module")
def partner(world: World) -> Iterator[httpx.Client]:
    """A browser of the reseller's administrator, who sees every panel of the home page."""
    with browser(world, "admin") as found:
        yield found


@pytest.fixture(scope="module")
def vendor(world: World) -> Iterator[httpx.Client]:
    """A browser of the channel manager."""
    with browser(world, "manager") as found:
        yield found


def customer(about: str) -> str:
    return f"{about} {uuid.uuid4().hex[:10].title()} GmbH"


def asked(world: World, who: str, method: Any, request: Any) -> tuple[str, str, float]:
    """(code, reason, seconds) of one call that nobody repeats."""
    token, code, reason = world.metadata(who), "OK", ""
    if "request_id" in request.DESCRIPTOR.fields_by_name:
        request.request_id = request.request_id or f"away-{uuid.uuid4()}"
    began = time.monotonic()
    try:
        method(request, timeout=15, metadata=token)
    except grpc.RpcError as error:
        code, reason, _ = details(error)
    return code, reason, time.monotonic() - began


def refused_in_time(attempt: Callable[[], tuple[str, str, float]], reason: str, seconds: float) -> None:
    """Always refused so, and the fastest of a few attempts in time: the others may wait for a busy machine."""
    found = [attempt() for _ in range(3)]
    assert {each[:2] for each in found} == {("UNAVAILABLE", reason)}
    assert min(each[2] for each in found) < seconds


def status_of(world: World, id: str) -> int:
    stub = world.api.registrations
    return int(world.call("sales", stub.GetRegistration, pb.GetRegistrationRequest(id=id)).status)


def reaches_review(world: World, id: str) -> None:
    eventually(lambda: status_of(world, id) == pb.Registration.IN_REVIEW, f"the check of {id}", HEALED)


def heals(world: World) -> str:
    """Somebody registers, it is checked, and the manager is told: api, runner, broker and consumers work; -> the deal."""
    found = submitted(world, "sales", customer("Heilung"))
    eventually(lambda: told(world, "manager", found.id), "the notification", HEALED)
    return str(found.id)


def latency(world: World, about: str) -> float:
    """Seconds that creating a registration takes, the median of some; each must be answered."""
    stub, found = world.api.registrations, []
    for _ in range(9):
        code, _, seconds = asked(world, "sales", stub.CreateRegistration, creating(customer(about)))
        assert code == "OK"
        found.append(seconds)
    return statistics.median(found)


@pytest.mark.parametrize("away", [silent, dead])
def test_without_the_broker_writes_go_on_and_events_arrive_once(world: World, away: Away) -> None:
    usual = latency(world, "Vorher")
    with away(world.suite, "rabbitmq"):
        assert latency(world, "Ohne Broker") < 2 * usual + 0.1
        during = submitted(world, "sales", customer("Ohne Broker"))
        assert told(world, "manager", during.id) == []
    kinds = eventually(lambda: told(world, "manager", during.id), "the notification after the outage", HEALED)
    heals(world)  # a later event of the same queue has been handled, so a second copy would be there
    assert told(world, "manager", during.id) == kinds
    assert len(kinds) == len(set(kinds)) == 1


@pytest.mark.parametrize("away", [silent, dead])
def test_without_policy_what_needs_a_decision_is_refused_at_once(world: World, away: Away) -> None:
    stub = world.api.registrations
    found = submitted(world, "sales", customer("Ohne Policy"))
    mine, approve = pb.ListRegistrationsRequest(), pb.ApproveRegistrationRequest(id=found.id)
    assert asked(world, "sales", stub.ListRegistrations, mine)[0] == "OK"
    world.metadata("manager")
    with away(world.suite, "opa"):
        refused_in_time(lambda: asked(world, "manager", stub.ApproveRegistration, approve), "POLICY_UNAVAILABLE", AT_ONCE)
        assert asked(world, "sales", stub.ListRegistrations, mine)[0] == "OK", "what was decided a moment ago serves on"
        with rest(world, "manager") as client:
            answer = client.post(f"/v1/registrations/{found.id}:approve", json={})
        assert (answer.status_code, answer.json()["reason"]) == (503, "POLICY_UNAVAILABLE")
        assert int(answer.headers["retry-after"]) >= 1
    approve.request_id = ""
    approved = world.call("manager", stub.ApproveRegistration, approve)
    assert approved.status == pb.Registration.APPROVED


@pytest.mark.parametrize("service", list(SHOWN))
def test_without_a_service_the_portal_says_what_is_missing(world: World, partner: httpx.Client, vendor: httpx.Client, service: str) -> None:
    with rest(world, "admin") as api:
        with dead(world.suite, f"api-{service}"):
            for path in sorted({*EVERYWHERE, *SHOWN[service]}):
                says(vendor if path == "/desk" else partner, path, SAYS[service] if path in SHOWN[service] else "")
            answer = api.get(REST[service])
            assert (answer.status_code, answer.json()["reason"]) == (503, f"{service.upper()}_UNAVAILABLE")
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) >= 1
            others = [path for name, path in REST.items() if name != service]
            assert {path: api.get(path).status_code for path in others} == dict.fromkeys(others, 200)
        eventually(lambda: api.get(REST[service]).status_code == 200, f"{service} over REST", HEALED)
    eventually(lambda: SAYS[service] not in partner.get(SHOWN[service][0]).text, f"the panel of {service}", HEALED)


def test_without_an_answer_of_a_service_the_portal_does_not_wait_for_it(partner: httpx.Client, world: World) -> None:
    with silent(world.suite, "api-mdf"):
        says(partner, "/", SAYS["mdf"])
        says(partner, "/funds", SAYS["mdf"])
        says(partner, "/deals", "")
    eventually(lambda: SAYS["mdf"] not in partner.get("/funds").text, "the funds", HEALED)


def says(client: httpx.Client, path: str, sentence: str) -> None:
    """The page is there; of all that may be missing it names this alone."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer.url.path == path
    assert [text for text in SAYS.values() if text in answer.text] == ([sentence] if sentence else []), path
    assert "Traceback" not in answer.text


def test_without_identity_who_is_signed_in_works_on(world: World) -> None:
    """For the life of her token: she signs in just before."""
    with browser(world, "admin") as partner, anonymous(world) as nobody, dead(world.suite, "api-identity"):
        for path in ("/", "/deals", "/deals/new", "/funds", "/notifications"):
            says(partner, path, "")
        deal = register(partner, customer("Ohne Identity"))
        refused = signing_in(nobody, world.email("sales"))
        assert refused is not None
        assert refused.status_code == 503
        assert "Signing in does not work right now" in refused.text
        says(partner, "/team", SAYS["identity"])
    with browser(world, "sales"):
        pass
    get = pb.GetRegistrationRequest(id=deal)
    eventually(
        lambda: world.call("admin", world.api.registrations.GetRegistration, get).status == pb.Registration.IN_REVIEW, "the check", HEALED
    )


@pytest.mark.parametrize("away", [silent, dead])
def test_without_the_store_only_files_are_missing(world: World, partner: httpx.Client, away: Away) -> None:
    stub, body = world.api.documents, b"%PDF-1.7 price list\n" * 500
    document = world.call(
        "programme",
        stub.CreateDocument,
        documents_pb2.CreateDocumentRequest(document=documents_pb2.Document(title="Prices", language="en")),
    )
    begin = documents_pb2.BeginUploadRequest(
        id=document.id, file_name="prices.pdf", media_type="application/pdf", size_bytes=len(body), sha256=hashlib.sha256(body).hexdigest()
    )
    begun = world.call("programme", stub.BeginUpload, begin)
    assert httpx.put(begun.url, content=body, timeout=30).status_code == 200
    confirm = documents_pb2.ConfirmUploadRequest(id=document.id, upload_id=begun.upload_id)
    with away(world.suite, "s3"):
        refused_in_time(lambda: asked(world, "programme", stub.ConfirmUpload, confirm), "STORE_UNAVAILABLE", STORE_SECONDS)
        begin.request_id = ""
        refused_in_time(lambda: asked(world, "programme", stub.BeginUpload, begin), "STORE_UNAVAILABLE", STORE_SECONDS)
        with rest(world, "programme") as client:
            answer = client.post(f"/v1/documents/{document.id}:confirmUpload", json={"uploadId": begun.upload_id})
        assert (answer.status_code, answer.json()["reason"]) == (503, "STORE_UNAVAILABLE")
        assert asked(world, "programme", stub.ListDocuments, documents_pb2.ListDocumentsRequest())[0] == "OK"
        for path in ("/", "/content", "/deals"):
            says(partner, path, "")
        submitted(world, "sales", customer("Ohne Store"))
    confirm.request_id = ""
    assert world.call("programme", stub.ConfirmUpload, confirm).file_version == 1
    world.call("programme", stub.PublishDocument, documents_pb2.PublishDocumentRequest(id=document.id))
    link = world.call("sales", stub.DownloadDocument, documents_pb2.DownloadDocumentRequest(id=document.id))
    assert httpx.get(link.url, timeout=30).content == body


def test_a_killed_database_loses_nothing_that_was_acknowledged(world: World) -> None:
    writer = Writer(world)
    writer.start()
    try:
        eventually(lambda: len(writer.acknowledged) >= 3, "the first writes")
        before = killed(world.suite, "postgres")
        eventually(lambda: writer.refused, "the outage")
        back(world.suite, "postgres", before)
        there = len(writer.acknowledged)
        eventually(lambda: len(writer.acknowledged) > there + 2, "writes after the outage", HEALED)
    finally:
        writer.done.set()
        writer.join()
    assert writer.codes == {"UNAVAILABLE"}
    writer.repeat()
    assert named(world, writer.tag) == writer.acknowledged  # nothing is lost, and what was repeated is there once
    heals(world)


@pytest.mark.parametrize("part", ["api-deals", "runner-deals", "consumer-deals", "consumer-notify", "gateway"])
def test_a_killed_process_comes_back_and_the_deal_goes_its_way(world: World, part: str) -> None:
    stub = world.api.registrations
    made = world.call("sales", stub.CreateRegistration, creating(customer("Abbruch")))
    before = killed(world.suite, part)
    world.call("sales", stub.SubmitRegistration, pb.SubmitRegistrationRequest(id=made.id))
    back(world.suite, part, before)
    reaches_review(world, made.id)
    assert eventually(lambda: told(world, "manager", made.id), "the notification", HEALED)
    assert httpx.get(f"{world.suite.base_url}/signin", timeout=30).status_code == 200

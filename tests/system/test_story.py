"""The story of the suite, over gRPC and over REST with the same answers: register, check, decide, undo, protect, tell."""

from __future__ import annotations

import time
from typing import Any, cast

import grpc
import httpx
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from prm.audit.v1 import audit_pb2, audit_pb2_grpc
from prm.deals.v1 import registrations_pb2 as pb
from prm.events.v1 import events_pb2, events_pb2_grpc
from prm.identity.v1 import people_pb2
from prm.notify.v1 import notifications_pb2, notifications_pb2_grpc

from cli.demo.client import eventually
from tests.system.suite import Suite
from tests.system.world import World, build, registration, submitted

pytestmark = pytest.mark.timeout(300)


def details(error: grpc.RpcError) -> tuple[str, str, list[str]]:
    """(code, reason, fields) of a refusal."""
    status, reason, fields = rpc_status.from_call(cast(grpc.Call, error)), "", []
    for packed in status.details if status else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if packed.Unpack(info):
            reason = info.reason
        if packed.Unpack(bad):
            fields = [item.field for item in bad.field_violations]
    return error.code().name, reason, fields


def refused(world: World, who: str, method: Any, request: Any) -> tuple[str, str, list[str]]:
    with pytest.raises(grpc.RpcError) as found:
        world.call(who, method, request)
    return details(found.value)


def test_an_incomplete_submission_names_every_missing_field(world: World) -> None:
    stub = world.api.registrations
    bare = pb.Registration(customer=pb.Customer(name="Bare AG"))
    made = world.call("sales", stub.CreateRegistration, pb.CreateRegistrationRequest(registration=bare))
    assert made.status == pb.Registration.DRAFT
    code, _, fields = refused(world, "sales", stub.SubmitRegistration, pb.SubmitRegistrationRequest(id=made.id))
    assert code == "INVALID_ARGUMENT"
    assert {"registration.customer.country", "registration.product_families", "registration.value", "registration.evidence_note"} <= set(
        fields
    )
    kept = world.call("sales", stub.GetRegistration, pb.GetRegistrationRequest(id=made.id))
    assert kept.status == pb.Registration.DRAFT
    assert kept.etag == made.etag


def test_from_submission_to_protection(world: World) -> None:
    stub = world.api.registrations
    found = submitted(world, "sales", "Protected Pumps GmbH")
    assert found.decider_id == world.people["manager"]
    assert found.clock_side == pb.Registration.VENDOR
    assert found.clock_due_time.seconds > time.time()
    approve = pb.ApproveRegistrationRequest(id=found.id, etag=found.etag, text="Good work.")
    assert refused(world, "sales", stub.ApproveRegistration, approve)[0] == "PERMISSION_DENIED"
    approved = world.call("manager", stub.ApproveRegistration, pb.ApproveRegistrationRequest(id=found.id, etag=found.etag))
    assert approved.status == pb.Registration.APPROVED
    assert approved.protected_until.seconds > time.time() + 89 * 86400
    seen = world.call("sales", stub.GetRegistration, pb.GetRegistrationRequest(id=found.id))
    assert seen.status == pb.Registration.APPROVED
    stale = pb.RejectRegistrationRequest(id=found.id, etag=found.etag, rule="other_registration", text="x")
    assert refused(world, "manager", stub.RejectRegistration, stale)[0] in {"ABORTED", "PERMISSION_DENIED", "FAILED_PRECONDITION"}


def test_a_decision_can_be_taken_back_at_once_but_not_later(world: World) -> None:
    stub = world.api.registrations
    found = submitted(world, "sales", "Undo Ursprung KG")
    rejected = pb.RejectRegistrationRequest(id=found.id, rule="other_registration", text="Somebody was first.")
    decided = world.call("manager", stub.RejectRegistration, rejected)
    back = world.call("manager", stub.RetractDecision, pb.RetractDecisionRequest(id=found.id, etag=decided.etag))
    assert back.status == pb.Registration.IN_REVIEW
    assert not back.decision_text
    world.call("manager", stub.ApproveRegistration, pb.ApproveRegistrationRequest(id=found.id))
    time.sleep(1.2)  # the undo window of this suite is one second
    code, reason, _ = refused(world, "manager", stub.RetractDecision, pb.RetractDecisionRequest(id=found.id))
    assert (code, reason) == ("FAILED_PRECONDITION", "DECISION_FINAL")


def test_sent_back_answered_and_decided(world: World) -> None:
    stub = world.api.registrations
    found = submitted(world, "sales", "Rückfrage Rohrbau GmbH")
    ask = pb.SendBackRegistrationRequest(id=found.id, text="Which plant?", fields=["customer.town"])
    asked = world.call("manager", stub.SendBackRegistration, ask)
    assert asked.status == pb.Registration.ACTION_REQUIRED
    assert asked.clock_side == pb.Registration.PARTNER
    changed = pb.Registration(id=found.id, customer=pb.Customer(name=found.customer.name, town="Emden"))
    update = pb.UpdateRegistrationRequest(registration=changed)
    update.update_mask.paths.append("customer.town")
    world.call("sales", stub.UpdateRegistration, update)
    update = pb.UpdateRegistrationRequest(registration=registration("Another Name GmbH", id=found.id))
    update.update_mask.paths.append("customer.name")
    assert refused(world, "sales", stub.UpdateRegistration, update)[0] in {"FAILED_PRECONDITION", "INVALID_ARGUMENT"}
    world.call("sales", stub.SubmitRegistration, pb.SubmitRegistrationRequest(id=found.id))
    again = eventually(lambda: in_review(world, found.id), "the second check")
    assert again.submit_time == found.submit_time


def in_review(world: World, id: str) -> pb.Registration | None:
    found = world.call("sales", world.api.registrations.GetRegistration, pb.GetRegistrationRequest(id=id))
    return found if found.status == pb.Registration.IN_REVIEW else None


def test_a_second_partner_meets_the_first_one_and_learns_nothing_about_him(world: World) -> None:
    first = submitted(world, "sibling_sales", "Conflict Castings Ltd")
    second = submitted(world, "sales", "Conflict Castings Limited")
    assert second.conflict in {pb.CONFLICT_CLASS_HARD, pb.CONFLICT_CLASS_PROBABLE}
    stub = world.api.registrations
    report = world.call("sales", stub.GetConflictReport, pb.GetConflictReportRequest(id=second.id))
    assert all(match.redacted and not match.other_organization_id and not match.other_id for match in report.matches)
    assert first.id not in str(report)
    shown = world.call("programme", stub.GetConflictReport, pb.GetConflictReportRequest(id=second.id))
    assert first.id in {match.other_id for match in shown.matches}
    checks = {check.check: check.result for check in shown.checks}
    assert checks["direct_opportunity"] == checks["direct_outreach"] == pb.ConflictReport.NOT_CONNECTED
    assert checks["other_registration"] == pb.ConflictReport.FOUND


def test_a_repeated_request_gets_the_first_answer(world: World) -> None:
    stub = world.api.registrations
    request = pb.CreateRegistrationRequest(registration=registration("Repeat Reederei"), request_id="repeat-me-once-please")
    first, second = (world.call("sales", stub.CreateRegistration, request) for _ in range(2))
    assert first == second
    request.registration.customer.name = "Something Else"
    assert refused(world, "sales", stub.CreateRegistration, request)[:2] == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")


def test_every_step_is_in_the_event_log_and_in_the_audit_log(world: World) -> None:
    found = submitted(world, "sales", "Spuren Spedition")
    world.call("manager", world.api.registrations.ApproveRegistration, pb.ApproveRegistrationRequest(id=found.id))
    events = events_pb2_grpc.EventsStub(grpc.insecure_channel(world.suite.targets["deals"]))
    about = events_pb2.ListEventsRequest(subject=f"registration/{found.id}", page_size=50)

    def facts() -> list[str] | None:
        listed = events.ListEvents(about, timeout=10, metadata=world.metadata("sales"))
        names = [event.type.split(".")[3] for event in listed.events]
        return names if "approved" in names else None

    assert eventually(facts, "the approval in the log") == ["created", "submitted", "review_started", "approved"]
    audit = audit_pb2_grpc.AuditStub(grpc.insecure_channel(world.suite.targets["deals"]))
    query = audit_pb2.ListAuditRecordsRequest(filter=f'subject = "registration/{found.id}"')

    def actions() -> list[str] | None:
        listed = audit.ListAuditRecords(query, timeout=10, metadata=world.metadata("auditor"))
        names = [record.action for record in listed.records]
        return names if "registration.approve" in names else None

    assert "registration.submit" in eventually(actions, "the approval in the audit log")
    checked = audit.VerifyAudit(audit_pb2.VerifyAuditRequest(), timeout=10, metadata=world.metadata("auditor"))
    assert checked.intact
    assert checked.checked > 0


def test_the_manager_is_told_at_once_and_the_partner_after_the_undo_window(world: World) -> None:
    found = submitted(world, "sales", "Nachricht Nord GmbH")
    assert eventually(lambda: told(world, "manager", found.id), "the manager's notification")
    world.call("manager", world.api.registrations.ApproveRegistration, pb.ApproveRegistrationRequest(id=found.id))
    kinds = eventually(lambda: told(world, "sales", found.id), "the partner's notification")
    assert any("approved" in kind for kind in kinds)
    mails = eventually(lambda: mails_about(world, world.email("sales"), found.id), "the partner's mail")
    assert mails


def told(world: World, who: str, id: str) -> list[str]:
    stub = notifications_pb2_grpc.NotificationsStub(grpc.insecure_channel(world.suite.targets["notify"]))
    listed = stub.ListNotifications(notifications_pb2.ListNotificationsRequest(page_size=200), timeout=10, metadata=world.metadata(who))
    return [item.kind for item in listed.notifications if item.subject == f"registration/{id}"]


def mails_about(world: World, address: str, id: str) -> list[str]:
    found = (file.read_text(errors="replace") for file in world.suite.mailbox.glob("*.eml"))
    return [text for text in found if address in text and id in text.replace("=\n", "")]


def test_rest_speaks_like_grpc(world: World) -> None:
    with httpx.Client(base_url=world.suite.base_url, timeout=15, headers=dict(world.metadata("sales"))) as client:
        body = {"customer": {"name": "REST Reederei GmbH", "country": "germany"}}
        wrong = client.post("/v1/registrations", json=body)
        assert wrong.status_code == 400
        assert wrong.headers["content-type"].startswith("application/problem+json")
        assert [item["field"] for item in wrong.json()["errors"]] == ["registration.customer.country"]
        body["customer"]["country"] = "DE"
        key = {"Idempotency-Key": "rest-story-0001"}
        made = client.post("/v1/registrations", json=body, headers=key)
        assert made.status_code == 200
        assert client.post("/v1/registrations", json=body, headers=key).json() == made.json()
        mine = made.json()["id"]
        assert client.get(f"/v1/registrations/{mine}").json()["number"] == made.json()["number"]
        stale = client.patch(
            f"/v1/registrations/{mine}", json={"evidence_note": "A longer note than before."}, headers={"If-Match": '"77"'}
        )
        assert stale.status_code == 412
        assert client.get("/v1/registrations/reg_nowhere").status_code == 404
        other = httpx.get(f"{world.suite.base_url}/v1/registrations/{mine}", headers=dict(world.metadata("stranger_admin")), timeout=15)
        assert other.status_code == 404


def test_what_is_taken_away_is_gone_within_two_seconds(suite: Suite) -> None:
    world = build(suite)  # of its own: whoever is deactivated here is missing everywhere else
    stub = world.api.registrations
    token = world.metadata("colleague")
    asked = pb.ListRegistrationsRequest()
    stub.ListRegistrations(asked, timeout=10, metadata=token)
    world.call("administrator", world.api.people.DeactivatePerson, people_pb2.DeactivatePersonRequest(id=world.people["colleague"]))
    began = time.monotonic()
    answer = eventually(lambda: code_of(stub.ListRegistrations, asked, token), "the refusal", seconds=5)
    assert time.monotonic() - began <= 2.0
    assert answer in {"UNAUTHENTICATED", "PERMISSION_DENIED"}


def code_of(method: Any, request: Any, token: Any) -> str:
    """The code of the refusal, empty when there is none."""
    try:
        method(request, timeout=10, metadata=token)
    except grpc.RpcError as error:
        return str(error.code().name)
    return ""

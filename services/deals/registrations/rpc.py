"""The servicer of registrations."""

from __future__ import annotations

from typing import Any

from prm.deals.v1 import registrations_pb2 as pb
from prm.deals.v1 import registrations_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.store.reading import Question
from chassis.store.transaction import Transaction
from services.deals.projections import Calendars
from services.deals.registrations import commands, decisions, queries, reports
from services.deals.registrations.content import asked_about
from services.deals.registrations.messages import registration_proto, report_proto
from services.deals.registrations.model import Registration


class Registrations(registrations_pb2_grpc.RegistrationsServicer):
    """prm.deals.v1.Registrations. Errors: see registrations.proto."""

    def CreateRegistration(self, request: pb.CreateRegistrationRequest, context: Any) -> pb.Registration:
        """Open a draft."""
        tx = transaction(context)
        return _answer(tx, commands.create(tx, commands.Create(request.registration)))

    def GetRegistration(self, request: pb.GetRegistrationRequest, context: Any) -> pb.Registration:
        """One, with what the caller may do."""
        view = reading(context)
        registration, actions = queries.get_registration(view, request.id)
        return registration_proto(registration, Calendars(view.connection), view.now, actions)

    def ListRegistrations(self, request: pb.ListRegistrationsRequest, context: Any) -> pb.ListRegistrationsResponse:
        """A page."""
        view = reading(context)
        question = Question(request.page_size, request.page_token, request.filter, request.order_by, request.search)
        page = queries.list_registrations(view, question)
        calendars = Calendars(view.connection)
        calendars.read({item.org_id for item in page.items})
        shown = [registration_proto(item, calendars, view.now) for item in page.items]
        return pb.ListRegistrationsResponse(registrations=shown, next_page_token=page.next_token)

    def CountRegistrations(self, request: pb.CountRegistrationsRequest, context: Any) -> pb.CountRegistrationsResponse:
        """How many, up to 100."""
        count, more = queries.count_registrations(reading(context), request.filter)
        return pb.CountRegistrationsResponse(count=count, more=more)

    def UpdateRegistration(self, request: pb.UpdateRegistrationRequest, context: Any) -> pb.Registration:
        """Change content."""
        tx, content = transaction(context), request.registration
        command = commands.Update(content.id, request.etag or content.etag, content, request.update_mask.paths)
        return _answer(tx, commands.update(tx, command))

    def SubmitRegistration(self, request: pb.SubmitRegistrationRequest, context: Any) -> pb.Registration:
        """Send it for decision."""
        tx = transaction(context)
        return _answer(tx, commands.submit(tx, commands.Act(request.id, request.etag)))

    def DiscardRegistration(self, request: pb.DiscardRegistrationRequest, context: Any) -> pb.DiscardRegistrationResponse:
        """Throw a draft away."""
        commands.discard(transaction(context), commands.Act(request.id, request.etag))
        return pb.DiscardRegistrationResponse()

    def WithdrawRegistration(self, request: pb.WithdrawRegistrationRequest, context: Any) -> pb.Registration:
        """Take it back."""
        tx = transaction(context)
        return _answer(tx, commands.withdraw(tx, commands.Act(request.id, request.etag, request.text)))

    def ApproveRegistration(self, request: pb.ApproveRegistrationRequest, context: Any) -> pb.Registration:
        """Protect it."""
        tx = transaction(context)
        return _answer(tx, decisions.approve(tx, commands.Act(request.id, request.etag, request.text)))

    def RejectRegistration(self, request: pb.RejectRegistrationRequest, context: Any) -> pb.Registration:
        """Refuse it."""
        tx = transaction(context)
        return _answer(tx, decisions.reject(tx, decisions.Reject(request.id, request.etag, request.rule, request.text)))

    def SendBackRegistration(self, request: pb.SendBackRegistrationRequest, context: Any) -> pb.Registration:
        """Ask the partner."""
        tx = transaction(context)
        return _answer(tx, decisions.send_back(tx, decisions.SendBack(request.id, request.etag, request.text, request.fields)))

    def RetractDecision(self, request: pb.RetractDecisionRequest, context: Any) -> pb.Registration:
        """Undo one's own decision."""
        tx = transaction(context)
        return _answer(tx, decisions.retract(tx, commands.Act(request.id, request.etag)))

    def PreviewConflicts(self, request: pb.PreviewConflictsRequest, context: Any) -> pb.ConflictReport:
        """A hint while typing."""
        content = request.registration
        return report_proto(reports.preview(reading(context), content.id, asked_about(content)))

    def GetConflictReport(self, request: pb.GetConflictReportRequest, context: Any) -> pb.ConflictReport:
        """The binding check."""
        return report_proto(reports.binding_report(reading(context), request.id))


def _answer(tx: Transaction, registration: Registration) -> pb.Registration:
    return registration_proto(registration, Calendars(tx.connection), tx.now)

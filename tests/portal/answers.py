"""What the invented services answer, by the type of the request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from prm.audit.v1 import audit_pb2
from prm.content.v1 import documents_pb2
from prm.deals.v1 import programme_pb2
from prm.deals.v1 import registrations_pb2 as deals_pb2
from prm.decisions.v1 import decisions_pb2
from prm.events.v1 import events_pb2
from prm.identity.v1 import access_pb2, organizations_pb2, people_pb2
from prm.mdf.v1 import budgets_pb2
from prm.notify.v1 import notifications_pb2
from prm.training.v1 import courses_pb2

from tests.portal import more_samples, sample_deals, samples

Answer = Callable[[Any, bool], Message]


def answer(request: Message, *, vendor: bool) -> Message:
    """The sample that this request gets."""
    return ANSWERS[type(request)](request, vendor)


def _known(vendor: bool) -> list[deals_pb2.Registration]:
    if not vendor:
        return sample_deals.partner_deals()
    waiting = sample_deals.queue()
    seen = {deal.id for deal in waiting}
    return [*waiting, *(deal for deal in sample_deals.partner_deals() if deal.id not in seen)]


def _get(request: Any, vendor: bool) -> Message:
    found = {deal.id: deal for deal in reversed(_known(vendor))}
    deal = found.get(request.id, sample_deals.partner_deals()[0])
    if not deal.actions and deal.status in (deals_pb2.Registration.DRAFT, deals_pb2.Registration.ACTION_REQUIRED):
        deal.actions.extend([sample_deals.action("update"), sample_deals.action("submit"), sample_deals.action("withdraw")])
    return deal


def _list(request: deals_pb2.ListRegistrationsRequest, vendor: bool) -> Message:
    found = _known(vendor)
    for name, value in deals_pb2.Registration.Status.items():
        if f'status = "{name}"' in request.filter:
            found = [deal for deal in found if deal.status == value]
    found = [deal for deal in found if request.search.lower() in deal.customer.name.lower()]
    return deals_pb2.ListRegistrationsResponse(registrations=found)


def _count(request: Any, vendor: bool) -> Message:
    listed = _list(deals_pb2.ListRegistrationsRequest(filter=request.filter), vendor)
    return deals_pb2.CountRegistrationsResponse(count=len(listed.registrations))  # type: ignore[attr-defined]


def _settings(_request: Any, _vendor: bool) -> Message:
    made = [programme_pb2.ProgrammeSetting(name=name, value=json.dumps(value)) for name, value in samples.CATALOGUE.values.items()]
    return programme_pb2.ProgrammeSettings(settings=made, time_zone="Europe/Berlin")


def _people(request: Any, _vendor: bool) -> Message:
    cards = [
        people_pb2.BatchGetPeopleResponse.Card(id=one, name=samples.NAMES.people[one], organization_id=samples.NAMES.homes.get(one, ""))
        for one in request.ids
        if one in samples.NAMES.people
    ]
    return people_pb2.BatchGetPeopleResponse(people=cards)


def _organizations(_request: Any, _vendor: bool) -> list[organizations_pb2.Organization]:
    active = organizations_pb2.Organization.ACTIVE
    return [
        organizations_pb2.Organization(
            id=one,
            name=name,
            country="DE",
            tier="silver",
            types=["vendor"] if one == "org_nw" else ["reseller", "si"],
            state=active,
            channel_manager_id=samples.TOMAS,
        )
        for one, name in samples.NAMES.organizations.items()
    ]


def _changed(request: Any, vendor: bool) -> Message:
    return _get(request, vendor)


def _person(request: Any, _vendor: bool) -> Message:
    return next((one for one in more_samples.people() if one.id == request.id), more_samples.people()[1])


ANSWERS: dict[type[Message], Answer] = {
    deals_pb2.GetRegistrationRequest: _get,
    deals_pb2.ListRegistrationsRequest: _list,
    deals_pb2.CountRegistrationsRequest: _count,
    deals_pb2.CreateRegistrationRequest: lambda request, vendor: sample_deals.partner_deals()[6],
    deals_pb2.UpdateRegistrationRequest: lambda request, vendor: _get(request.registration, vendor),
    deals_pb2.SubmitRegistrationRequest: _changed,
    deals_pb2.WithdrawRegistrationRequest: _changed,
    deals_pb2.DiscardRegistrationRequest: lambda request, vendor: deals_pb2.DiscardRegistrationResponse(),
    deals_pb2.ApproveRegistrationRequest: lambda request, vendor: sample_deals.partner_deals()[0],
    deals_pb2.RejectRegistrationRequest: _changed,
    deals_pb2.SendBackRegistrationRequest: _changed,
    deals_pb2.RetractDecisionRequest: _changed,
    deals_pb2.PreviewConflictsRequest: lambda request, vendor: sample_deals.report(),
    deals_pb2.GetConflictReportRequest: lambda request, vendor: sample_deals.report(redacted=not vendor),
    programme_pb2.GetProgrammeSettingsRequest: _settings,
    events_pb2.ListEventsRequest: lambda request, vendor: events_pb2.ListEventsResponse(events=sample_deals.events()),
    people_pb2.BatchGetPeopleRequest: _people,
    organizations_pb2.BatchGetOrganizationsRequest: lambda request, vendor: organizations_pb2.BatchGetOrganizationsResponse(
        organizations=_organizations(request, vendor)
    ),
    organizations_pb2.ListOrganizationsRequest: lambda request, vendor: organizations_pb2.ListOrganizationsResponse(
        organizations=_organizations(request, vendor)
    ),
    documents_pb2.DownloadDocumentRequest: lambda request, vendor: documents_pb2.DownloadDocumentResponse(
        url="https://store.example.test/x.pdf"
    ),
    people_pb2.ListPeopleRequest: lambda request, vendor: people_pb2.ListPeopleResponse(people=more_samples.people()),
    people_pb2.ListRolesRequest: lambda request, vendor: people_pb2.ListRolesResponse(roles=more_samples.roles()),
    people_pb2.ListGrantsRequest: lambda request, vendor: people_pb2.ListGrantsResponse(grants=more_samples.grants()),
    people_pb2.GetPersonRequest: _person,
    decisions_pb2.ExplainRequest: lambda request, vendor: decisions_pb2.ExplainResponse(answer=more_samples.explained(request)),
    decisions_pb2.WhatIfRequest: lambda request, vendor: decisions_pb2.WhatIfResponse(
        live=more_samples.explained(request), supposed=more_samples.explained(request, allowed=True)
    ),
    decisions_pb2.WhoCanRequest: lambda request, vendor: more_samples.holders(),
    people_pb2.SetRolesRequest: _person,
    people_pb2.DeactivatePersonRequest: _person,
    people_pb2.ReactivatePersonRequest: _person,
    people_pb2.ResendInvitationRequest: _person,
    people_pb2.InvitePersonRequest: lambda request, vendor: more_samples.people()[5],
    people_pb2.CreateGrantRequest: lambda request, vendor: more_samples.grants()[0],
    people_pb2.RevokeGrantRequest: lambda request, vendor: more_samples.grants()[1],
    people_pb2.AcceptInvitationRequest: lambda request, vendor: people_pb2.AcceptInvitationResponse(person_id="per_rike"),
    people_pb2.ChangePasswordRequest: lambda request, vendor: people_pb2.ChangePasswordResponse(),
    access_pb2.ListSessionsRequest: lambda request, vendor: access_pb2.ListSessionsResponse(sessions=more_samples.sessions()),
    access_pb2.RevokeSessionRequest: lambda request, vendor: more_samples.sessions()[1],
    audit_pb2.ListAuditRecordsRequest: lambda request, vendor: audit_pb2.ListAuditRecordsResponse(
        records=more_samples.records(request.service)
    ),
    audit_pb2.VerifyAuditRequest: lambda request, vendor: more_samples.checked(request.service),
    notifications_pb2.ListNotificationsRequest: lambda request, vendor: notifications_pb2.ListNotificationsResponse(
        notifications=more_samples.notifications()
    ),
    notifications_pb2.MarkReadRequest: lambda request, vendor: notifications_pb2.MarkReadResponse(marked=2),
    notifications_pb2.GetPreferencesRequest: lambda request, vendor: more_samples.preferences(),
    notifications_pb2.UpdatePreferencesRequest: lambda request, vendor: more_samples.preferences(),
    notifications_pb2.CountUnreadRequest: lambda request, vendor: notifications_pb2.CountUnreadResponse(count=2),
    budgets_pb2.ListBudgetsRequest: lambda request, vendor: budgets_pb2.ListBudgetsResponse(budgets=[samples.budget()]),
    courses_pb2.ListCoursesRequest: lambda request, vendor: courses_pb2.ListCoursesResponse(courses=samples.courses()),
    documents_pb2.ListDocumentsRequest: lambda request, vendor: documents_pb2.ListDocumentsResponse(documents=samples.documents()),
}

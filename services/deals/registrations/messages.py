"""Registrations and reports as the contract shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from prm.deals.v1 import registrations_pb2 as pb

from chassis.store.reading import Action
from chassis.times import to_date, to_timestamp
from services.deals.projections import Calendars
from services.deals.registrations import clocks
from services.deals.registrations.checking import CLEAR, FOUND, NOT_CONNECTED
from services.deals.registrations.model import Registration
from services.deals.registrations.reports import Shown, ShownReport
from services.deals.registrations.states import Side

SIDES = {Side.NOBODY: pb.Registration.SIDE_UNSPECIFIED, Side.PARTNER: pb.Registration.PARTNER, Side.VENDOR: pb.Registration.VENDOR}
RESULTS = {CLEAR: pb.ConflictReport.CLEAR, FOUND: pb.ConflictReport.FOUND, NOT_CONNECTED: pb.ConflictReport.NOT_CONNECTED}
VERDICTS = {"for": pb.Evidence.FOR, "against": pb.Evidence.AGAINST, "unknown": pb.Evidence.UNKNOWN}


def registration_proto(item: Registration, calendars: Calendars, now: datetime, actions: Sequence[Action] = ()) -> pb.Registration:
    """One registration at a time, which says how much of a clock is used and whether undo is still open."""
    message = pb.Registration(
        id=item.id,
        number=item.number,
        status=pb.Registration.Status.Value(item.status.name),
        organization_id=item.org_id,
        owner_id=item.owner_id,
        customer=_customer(item),
        product_families=item.product_families,
        evidence_note=item.evidence_note,
        margin_percent=item.margin_percent,
        decider_id=item.decider_id,
        submit_time=to_timestamp(item.submit_time),
        submitted_by=item.submitted_by,
        actions=[pb.AllowedAction(action=one.action, allowed=one.allowed, reason=one.reason) for one in actions],
        create_time=to_timestamp(item.created_at),
        update_time=to_timestamp(item.updated_at),
        etag=item.etag,
    )
    if item.value:
        message.value.CopyFrom(item.value.to_proto())
    if item.expected_close:
        message.expected_close.CopyFrom(to_date(item.expected_close))
    message.MergeFrom(_decision(item, now))
    message.MergeFrom(_clock(item, calendars, now))
    return message


def _customer(item: Registration) -> pb.Customer:
    return pb.Customer(
        name=item.customer_name,
        domain=item.customer_domain,
        country=item.customer_country,
        town=item.customer_town,
        tax_id=item.customer_tax_id,
        contact_email=item.customer_contact_email,
    )


def _decision(item: Registration, now: datetime) -> pb.Registration:
    undoable = item.undo_until is not None and now <= item.undo_until
    return pb.Registration(
        conflict=pb.ConflictClass.ValueType(item.conflict),
        conflict_score=item.conflict_score,
        decided_by=item.decided_by,
        decide_time=to_timestamp(item.decided_at),
        undo_until=to_timestamp(item.undo_until) if undoable else None,
        decision_rule=item.decision_rule,
        decision_text=item.decision_text,
        requested_fields=item.requested_fields,
        protected_from=to_timestamp(item.protected_from),
        protected_until=to_timestamp(item.protected_until),
    )


def _clock(item: Registration, calendars: Calendars, now: datetime) -> pb.Registration:
    if item.clock_side is Side.NOBODY:
        return pb.Registration()
    used = clocks.clock_used(item, calendars, now)
    return pb.Registration(
        clock_side=SIDES[item.clock_side],
        clock_due_time=to_timestamp(item.clock_due_at),
        clock_used_minutes=int(used.total_seconds() // 60),
        clock_total_minutes=item.clock_total // 60,
    )


def report_proto(report: ShownReport) -> pb.ConflictReport:
    """A report."""
    return pb.ConflictReport(
        registration_id=report.registration_id,
        check_time=to_timestamp(report.checked_at),
        conflict=pb.ConflictClass.ValueType(report.conflict or 0),
        checks=[pb.ConflictReport.Check(check=one.check, result=RESULTS[one.result], detail=one.detail) for one in report.checks],
        matches=_matches(report.matches),
    )


def _matches(matches: Iterable[Shown]) -> list[pb.Match]:
    return [
        pb.Match(
            conflict=pb.ConflictClass.ValueType(one.conflict),
            score=one.score,
            kind=one.kind,
            other_id=one.id,
            other_number=one.number,
            other_organization_id=one.organization_id,
            other_protected_until=to_timestamp(one.protected_until),
            other_submit_time=to_timestamp(one.submit_time),
            evidence=[
                pb.Evidence(
                    field=part["field"], verdict=VERDICTS[part["verdict"]], ours=part["ours"], theirs=part["theirs"], reason=part["reason"]
                )
                for part in one.evidence
            ],
            redacted=one.redacted,
        )
        for one in matches
    ]

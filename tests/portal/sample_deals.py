"""Invented deal registrations: a partner's, those on the desk, what a conflict check found, the life of one."""

from __future__ import annotations

from typing import Any

from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from prm.deals.v1.registrations_pb2 import (
    AllowedAction,
    ConflictClass,
    ConflictReport,
    Customer,
    Evidence,
    Match,
    Registration,
)
from prm.events.v1.events_pb2 import Event

from tests.portal.samples import BRENNERO, HAFENKANTE, INGRID, LUMEN, MARTA, SUZHOU, TALLER, TOMAS, TYNE, VINCULO, at, euro

Status = Registration.Status


def deal(
    number: int,
    customer: str,
    status: Status.ValueType,
    value: Money,
    families: list[str],
    **more: object,
) -> Registration:
    """A deal with the fields every one has."""
    base: dict[str, object] = {
        "id": f"reg_{number}",
        "number": f"DR-2026-{number:05}",
        "status": status,
        "organization_id": HAFENKANTE,
        "owner_id": MARTA,
        "customer": Customer(name=customer, domain="fischwerk.example", country="DE", town="Cuxhaven"),
        "product_families": families,
        "value": value,
        "expected_close": Date(year=2026, month=12, day=18),
        "create_time": at(-80),
        "update_time": at(-2),
        "etag": "7",
    }
    return Registration(**(base | more))  # type: ignore[arg-type]


def approved(number: int, customer: str, value: Money, families: list[str], days: float) -> Registration:
    return deal(
        number,
        customer,
        Status.APPROVED,
        value,
        families,
        protected_from=at(days - 90),
        protected_until=at(days),
        decider_id=TOMAS,
        decided_by=TOMAS,
        decide_time=at(days - 90),
        submit_time=at(days - 94),
    )


def partner_deals() -> list[Registration]:
    """One of each kind that a partner has."""
    return [*_protected(), _sent_back(), _in_review(), *_at_rest()]


def _protected() -> list[Registration]:
    return [
        approved(4417, "Fischwerk Cuxhaven GmbH", euro(214000), ["halo-c12", "vigil"], 14.55),
        approved(4390, "Brauhaus Ottensen KG", euro(96500), ["drift-300"], 25.5),
        approved(4431, "Lübecker Marzipan-Manufaktur", euro(58000), ["halo-c5"], 73.5),
    ]


def _sent_back() -> Registration:
    return deal(
        4499,
        "Molkerei Sonnenhof eG",
        Status.ACTION_REQUIRED,
        euro(88000),
        ["halo-c5"],
        clock_side=Registration.PARTNER,
        clock_due_time=at(hours=6.3),
        clock_total_minutes=7200,
        clock_used_minutes=6700,
        decision_text="Please add the VAT number and a note of the meeting, so that we can tell two dairies apart.",
        requested_fields=["customer.tax_id"],
        decider_id=INGRID,
        decided_by=INGRID,
        decide_time=at(-4),
        submit_time=at(-5),
    )


def _in_review() -> Registration:
    return deal(
        4506,
        "Reederei Petersen GmbH & Co. KG",
        Status.IN_REVIEW,
        euro(186000),
        ["drift-300", "beacon"],
        clock_side=Registration.VENDOR,
        clock_due_time=at(1.2),
        clock_total_minutes=2880,
        clock_used_minutes=1000,
        decider_id=TOMAS,
        submit_time=at(-0.8),
    )


def _at_rest() -> list[Registration]:
    bakery = "Großbäckerei Wiener Feinbackstubenbetriebsgesellschaft mbH"
    return [
        deal(4402, "Halvorsen Fiskeindustri AS", Status.EXPIRED, euro(1480000, "NOK"), ["halo-c12"]),
        deal(4511, "Papierfabrik Elbtal AG", Status.DRAFT, euro(132000), ["drift-300", "beacon"]),
        deal(4350, bakery, Status.REJECTED, euro(640), ["beacon"]),
    ]


def report(redacted: bool = True) -> ConflictReport:
    """A check that found one similar registration."""
    return ConflictReport(
        registration_id="reg_4502",
        check_time=at(hours=-1),
        conflict=ConflictClass.CONFLICT_CLASS_PROBABLE,
        checks=_checks(),
        matches=[_match(redacted)],
    )


def _checks() -> list[ConflictReport.Check]:
    found, clear, missing = ConflictReport.FOUND, ConflictReport.CLEAR, ConflictReport.NOT_CONNECTED
    checks = [
        ("other_registration", found, ""),
        ("reserved_account", clear, ""),
        ("minimum_size", clear, "EUR 5000"),
        ("direct_opportunity", missing, ""),
        ("direct_outreach", missing, ""),
    ]
    return [ConflictReport.Check(check=name, result=result, detail=detail) for name, result, detail in checks]


def _match(redacted: bool) -> Match:
    found = Match(
        conflict=ConflictClass.CONFLICT_CLASS_PROBABLE, score=93, kind="registration", evidence=_evidence(redacted), redacted=redacted
    )
    if not redacted:
        found.other_id, found.other_number, found.other_organization_id = "reg_3981", "DR-2026-03981", BRENNERO
        found.other_protected_until.CopyFrom(at(15))
        found.other_submit_time.CopyFrom(at(-105))
    return found


def _evidence(redacted: bool) -> list[Evidence]:
    compared = [
        ("name", Evidence.FOR, "Vasseur Emballages SAS", "Groupe Vasseur Emballage SAS"),
        ("town", Evidence.FOR, "Lyon", "Lyon"),
        ("products", Evidence.FOR, "halo-c5, beacon", "halo-c5"),
        ("domain", Evidence.AGAINST, "vasseur-emb.example", "groupe-vasseur.example"),
        ("tax_id", Evidence.UNKNOWN, "", "FR 83 404 833 048"),
    ]
    return [
        Evidence(field=field, verdict=verdict, ours=ours, theirs="" if redacted else theirs) for field, verdict, ours, theirs in compared
    ]


def action(name: str, reason: str = "") -> AllowedAction:
    return AllowedAction(action=name, allowed=not reason, reason=reason)


def queued(number: int, customer: str, partner: str, value: Money, hours: float, used: int, **more: object) -> Registration:
    """A deal that waits for the vendor."""
    fields = {
        "organization_id": partner,
        "clock_side": Registration.VENDOR,
        "clock_due_time": at(hours=hours),
        "clock_total_minutes": 2880,
        "clock_used_minutes": used,
        "decider_id": TOMAS,
        "submit_time": at(-2),
        "conflict": ConflictClass.CONFLICT_CLASS_NONE,
        "evidence_note": "Walked line 2 with the plant manager on 10 November. They want two cells before Easter.",
        "actions": [action("approve"), action("send_back"), action("reject"), action("withdraw", "ROLE_MISSING")],
    }
    return deal(number, customer, Status.IN_REVIEW, value, ["halo-c5", "beacon"], **(fields | more))


def queue() -> list[Registration]:
    """What waits for Tomás Ferreira."""
    probable, hard = ConflictClass.CONFLICT_CLASS_PROBABLE, ConflictClass.CONFLICT_CLASS_HARD
    return [
        queued(4470, "Conservas Ría de Arousa S.L.", TALLER, euro(72400), -2.1, 2880),
        queued(4502, "Vasseur Emballages SAS", LUMEN, euro(128000), 1.4, 2797, conflict=probable, conflict_score=93),
        queued(4503, "Cerâmica Alvorada S.A.", VINCULO, euro(640000, "BRL"), 3.97, 2640),
        queued(4504, "Fratelli Corsini S.p.A.", BRENNERO, euro(54900), 5.5, 2550),
        queued(4506, "Reederei Petersen GmbH & Co. KG", HAFENKANTE, euro(186000), 28.6, 1100, conflict=probable, conflict_score=86),
        queued(4507, "Oakhurst Pharma Ltd", TYNE, euro(310000, "GBP"), 31, 1000, conflict=hard, conflict_score=98),
        queued(4508, "宁波海盛冷链有限公司", SUZHOU, euro(1250000, "CNY"), 47.4, 300),
        deal(
            4499,
            "Molkerei Sonnenhof eG",
            Status.ACTION_REQUIRED,
            euro(88000),
            ["halo-c5"],
            clock_side=Registration.PARTNER,
            clock_due_time=at(3),
            clock_total_minutes=7200,
            clock_used_minutes=2000,
            decider_id=TOMAS,
            decide_time=at(-5),
            conflict=ConflictClass.CONFLICT_CLASS_NONE,
        ),
    ]


def event(sequence: int, name: str, days: float, actor: str, **data: Any) -> Event:
    """A fact of the log."""
    found = Event(position=sequence, sequence=sequence, type=f"prm.deals.registration.{name}.v1", time=at(days), actor=actor)
    found.data.update(data)
    return found


def events() -> list[Event]:
    """The life of a deal that was sent back once and then protected."""
    return [
        event(1, "created", -81, MARTA, registration_id="reg_4417"),
        event(2, "submitted", -80.8, MARTA, submitted_by=MARTA),
        event(3, "review_started", -80.79, "system:deals", decider_id=TOMAS, due_time="2026-09-01T12:07:00Z"),
        event(4, "action_requested", -79, TOMAS, requested_by=TOMAS, fields=["customer.tax_id"], due_time="2026-09-07T12:00:00Z"),
        event(5, "updated", -78.2, MARTA, fields=["customer.tax_id"]),
        event(6, "submitted", -78.1, MARTA, submitted_by=MARTA, resubmitted=True, priority_time="2026-08-29T12:07:00Z"),
        event(7, "approved", -76, TOMAS, approved_by=TOMAS, protected_until="2026-12-01T22:59:59Z"),
        event(8, "expiring", -0.1, "system:deals", days_left=14),
    ]

"""Invented messages as the services would send them, for the renderer's tests and for looking at pages without a stack.

The clock stands at Tuesday 17 November 2026, 10:42 in Berlin, so that a picture of today looks like one of tomorrow.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from prm.content.v1.documents_pb2 import Document
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
from prm.mdf.v1.budgets_pb2 import Budget
from prm.training.v1.courses_pb2 import Course

from gateway.portal.models import Theme
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.shell import Me, Shell
from gateway.portal.words import Reader
from gateway.views.names import Names

NOW = datetime(2026, 11, 17, 9, 42, 7, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
Status = Registration.Status
HAFENKANTE, LUMEN, TALLER, VINCULO, BRENNERO, TYNE, SUZHOU = (f"org_{name}" for name in ("haf", "lum", "tal", "vin", "bre", "tyn", "suz"))
MARTA, DENIZ, TOMAS, INGRID = (f"per_{name}" for name in ("marta", "deniz", "tomas", "ingrid"))

NAMES = Names(
    people={
        MARTA: "Marta Keller",
        DENIZ: "Deniz Aydın",
        TOMAS: "Tomás Ferreira",
        INGRID: "Ingrid Solheim",
        "per_jonas": "Jonas Brandt",
    },
    organizations={
        HAFENKANTE: "Hafenkante Robotik",
        LUMEN: "Lumen Systèmes",
        TALLER: "Taller Norte Robótica",
        VINCULO: "Vínculo Integração",
        BRENNERO: "Brennero Automazione",
        TYNE: "Tyne Robotics",
        SUZHOU: "苏州启明自动化",
        "org_nw": "Northwind",
    },
    homes={MARTA: HAFENKANTE, DENIZ: HAFENKANTE, TOMAS: "org_nw", INGRID: "org_nw"},
)
CATALOGUE = Catalogue(
    {
        "registration.product_families": [
            {"code": "halo-c5", "name": "Halo C5", "description": "Cobot arm, 5 kg"},
            {"code": "halo-c12", "name": "Halo C12", "description": "Cobot arm, 12 kg"},
            {"code": "vigil", "name": "Vigil", "description": "Safety vision"},
            {"code": "drift-300", "name": "Drift 300", "description": "Mobile robot"},
            {"code": "beacon", "name": "Beacon", "description": "Fleet software"},
        ],
        "registration.rejection_rules": [
            {
                "code": "other_registration",
                "name": "Another registration holds the customer",
            },
            {"code": "reserved_account", "name": "The account is reserved"},
        ],
    }
)
PARTNER_CAN = frozenset(
    {
        "registration.read",
        "registration.create",
        "registration.update",
        "budget.read",
        "course.read",
        "document.read",
        "person.read",
        "person.invite",
        "person.set_roles",
        "person.deactivate",
        "role.read",
        "grant.read",
        "grant.create",
        "decision.explain",
    }
)
VENDOR_CAN = frozenset(
    {
        "registration.read",
        "registration.approve",
        "organization.read",
        "budget.read",
        "course.read",
        "document.read",
        "person.read",
        "audit_record.read",
        "role.read",
        "grant.read",
        "decision.explain",
        "decision.what_if",
        "decision.who_can",
    }
)


def at(days: float = 0, hours: float = 0) -> Timestamp:
    """A time relative to now."""
    stamp = Timestamp()
    stamp.FromDatetime((NOW + timedelta(days=days, hours=hours)).replace(tzinfo=None))
    return stamp


def reader(language: str = "en") -> Reader:
    return Reader(language, BERLIN, NOW)


def partner(theme: Theme = "system", here: str = "", path: str = "/") -> Shell:
    me = Me(MARTA, "Marta Keller", HAFENKANTE, "Hafenkante Robotik", "partner", PARTNER_CAN)
    return Shell(me, "Northwind", "csrf-sample", path, here, theme, unread=2, needs=3, live=False)


def vendor(theme: Theme = "system", here: str = "", path: str = "/desk") -> Shell:
    me = Me(TOMAS, "Tomás Ferreira", "org_nw", "Northwind", "vendor", VENDOR_CAN, role="Channel manager")
    return Shell(
        me,
        "Northwind",
        "csrf-sample",
        path,
        here,
        theme,
        unread=2,
        needs=19,
        live=False,
    )


def euro(units: int, currency: str = "EUR") -> Money:
    return Money(currency_code=currency, units=units)


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
    return [
        approved(4417, "Fischwerk Cuxhaven GmbH", euro(214000), ["halo-c12", "vigil"], 14.55),
        approved(4390, "Brauhaus Ottensen KG", euro(96500), ["drift-300"], 25.5),
        approved(4431, "Lübecker Marzipan-Manufaktur", euro(58000), ["halo-c5"], 73.5),
        deal(
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
        ),
        deal(
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
        ),
        deal(
            4402,
            "Halvorsen Fiskeindustri AS",
            Status.EXPIRED,
            euro(1480000, "NOK"),
            ["halo-c12"],
        ),
        deal(
            4511,
            "Papierfabrik Elbtal AG",
            Status.DRAFT,
            euro(132000),
            ["drift-300", "beacon"],
        ),
        deal(
            4350,
            "Großbäckerei Wiener Feinbackstubenbetriebsgesellschaft mbH",
            Status.REJECTED,
            euro(640),
            ["beacon"],
        ),
    ]


def report(redacted: bool = True) -> ConflictReport:
    """A check that found one similar registration."""
    evidence = [
        Evidence(
            field="name",
            verdict=Evidence.FOR,
            ours="Vasseur Emballages SAS",
            theirs="Groupe Vasseur Emballage SAS",
        ),
        Evidence(field="town", verdict=Evidence.FOR, ours="Lyon", theirs="Lyon"),
        Evidence(
            field="products",
            verdict=Evidence.FOR,
            ours="halo-c5, beacon",
            theirs="halo-c5",
        ),
        Evidence(
            field="domain",
            verdict=Evidence.AGAINST,
            ours="vasseur-emb.example",
            theirs="groupe-vasseur.example",
        ),
        Evidence(
            field="tax_id",
            verdict=Evidence.UNKNOWN,
            ours="",
            theirs="FR 83 404 833 048",
        ),
    ]
    if redacted:
        for one in evidence:
            one.theirs = ""
    found = Match(
        conflict=ConflictClass.CONFLICT_CLASS_PROBABLE,
        score=93,
        kind="registration",
        evidence=evidence,
        redacted=redacted,
    )
    if not redacted:
        found.MergeFrom(
            Match(
                other_id="reg_3981",
                other_number="DR-2026-03981",
                other_organization_id=BRENNERO,
                other_protected_until=at(15),
                other_submit_time=at(-105),
            )
        )
    clear, missing, hit = (
        ConflictReport.CLEAR,
        ConflictReport.NOT_CONNECTED,
        ConflictReport.FOUND,
    )
    checks = [
        ("other_registration", hit, ""),
        ("reserved_account", clear, ""),
        ("minimum_size", clear, "EUR 5000"),
        ("direct_opportunity", missing, ""),
        ("direct_outreach", missing, ""),
    ]
    return ConflictReport(
        registration_id="reg_4502",
        check_time=at(hours=-1),
        conflict=ConflictClass.CONFLICT_CLASS_PROBABLE,
        checks=[ConflictReport.Check(check=name, result=result, detail=detail) for name, result, detail in checks],
        matches=[found],
    )


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


def budget() -> Budget:
    return Budget(
        id="bud_1",
        name="2026",
        organization_id=HAFENKANTE,
        status=Budget.ACTIVE,
        end_date=Date(year=2026, month=12, day=31),
        allocated=euro(24000),
        paid=euro(8200),
        claimed=euro(3400),
        reserved=euro(6840),
    )


def courses() -> list[Course]:
    made = [("Safety assessment", 90), ("Vigil: first installation", 240), ("Selling fleets", 45)]
    return [
        Course(id=f"crs_{minutes}", code=f"C-{minutes}", title=title, minutes=minutes, status=Course.PUBLISHED) for title, minutes in made
    ]


def documents() -> list[Document]:
    made = [("Price list 2027", -1, 2_400_000), ("Halo C12 ships from Rotterdam from January", -6, 180_000)]
    return [
        Document(
            id=f"doc_{size}",
            title=title,
            status=Document.PUBLISHED,
            update_time=at(days),
            file_name=f"{title}.pdf",
            media_type="application/pdf",
            size_bytes=size,
            language="en",
            description="For all tiers. Replaces the one of July.",
            tags=["prices"],
        )
        for title, days, size in made
    ]

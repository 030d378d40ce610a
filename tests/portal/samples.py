"""Invented messages as the services would send them, for the renderer's tests and for looking at pages without a stack.

The clock stands at Tuesday 17 November 2026, 10:42 in Berlin, so that a picture of today looks like one of tomorrow.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from prm.content.v1.documents_pb2 import Document
from prm.mdf.v1.budgets_pb2 import Budget
from prm.training.v1.courses_pb2 import Course

from gateway.portal.models import Theme
from gateway.portal.present.catalogue import Catalogue
from gateway.portal.shell import Me, Shell
from gateway.portal.words import Reader
from gateway.views.names import Names

NOW = datetime(2026, 11, 17, 9, 42, 7, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
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

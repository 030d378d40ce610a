"""Load the demo programme into an empty installation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from google.type import date_pb2
from prm.deals.v1 import programme_pb2
from prm.mdf.v1 import budgets_pb2
from prm.training.v1 import courses_pb2

from chassis.money import Money
from cli.demo.client import Api
from cli.demo.customers import MONTHS
from cli.demo.people import Programme, assign_managers, create_companies, invite_everybody
from cli.demo.programme import COMPANIES, MEMBERS, PASSWORD, RESERVED, email
from cli.demo.shift import Shift
from cli.demo.walk import Progress, settle, walk_year

COURSES = (
    ("HALO-101", "Halo cells: first installation", "Unpack, mount and commission a Halo cell.", 90, ("Safety", "Mounting", "First program")),
    ("SAFE-200", "Safety assessment", "Assess the risk of a cell by ISO 10218-2.", 180, ("Hazards", "Limits", "Measures", "File", "Exam")),
    ("DRIFT-110", "Drift 300 fleets", "Plan routes and traffic for mobile robots.", 120, ("Maps", "Traffic", "Chargers")),
)  # fmt: skip
BUDGETS = {"hafenkante": 24000, "lumen": 40000, "tyne": 18000, "tallernorte": 15000, "qiming": 160000, "kestrel": 60000}


@dataclass(frozen=True)
class Place:
    """Where the loader finds what it needs."""

    targets: dict[str, str]
    clock_file: Path
    mailbox: Path
    state: Path
    administrator: str
    administrator_password: str


def load_demo(place: Place, progress: Progress) -> str:
    """Load everything once; -> what came of it. The clock stands at today afterwards, whatever happens."""
    if place.state.exists():
        loaded = json.loads(place.state.read_text())
        return "was there already" if loaded else "was interrupted when it was loaded first, and stays as it is"
    shift = Shift(place.clock_file)
    if shift.now() > datetime.now(UTC) - timedelta(days=MONTHS * 30):
        return "not loaded: this installation began today; ./prm up loads it when it starts for the first time"
    place.state.write_text("{}")
    api = Api(place.targets, shift.now)
    api.knows(place.administrator, place.administrator_password)
    made = Programme(place.administrator)
    try:
        progress("companies and people")
        create_companies(api, made)
        invite_everybody(api, made, place.mailbox)
        assign_managers(api, made)
        _funds_and_courses(api, made)
        count = walk_year(api, made, shift, progress)
    finally:
        shift.back()
    settle()
    place.state.write_text(json.dumps({"registrations": count, "organizations": made.organizations, "people": made.people}, indent=1))
    return f"loaded: {len(made.organizations)} companies, {len(made.people) + 1} people, {count} registrations"


def _funds_and_courses(api: Api, made: Programme) -> None:
    deniz, svenja = (email(next(item for item in MEMBERS if item.key == key)) for key in ("deniz", "svenja"))
    for name, domain, country, note in RESERVED:
        account = programme_pb2.ReservedAccount(name=name, domain=domain, country=country, note=note)
        api.call(deniz, api.programme.CreateReservedAccount, programme_pb2.CreateReservedAccountRequest(reserved_account=account))
    for code, title, summary, minutes, modules in COURSES:
        course = courses_pb2.Course(code=code, title=title, summary=summary, minutes=minutes, modules=modules, language="en")
        created = api.call(deniz, api.courses.CreateCourse, courses_pb2.CreateCourseRequest(course=course))
        api.call(deniz, api.courses.PublishCourse, courses_pb2.PublishCourseRequest(id=created.id))
    for key, amount in BUDGETS.items():
        _budget(api, made, deniz, svenja, key, amount)


def _budget(api: Api, made: Programme, opener: str, activator: str, key: str, amount: int) -> None:
    currency = next(item.currency for item in COMPANIES if item.key == key)
    budget = budgets_pb2.Budget(
        organization_id=made.organizations[key], name="2026", allocated=Money(currency, amount * 100).to_proto(),
        start_date=date_pb2.Date(year=2026, month=1, day=1), end_date=date_pb2.Date(year=2026, month=12, day=31),
    )  # fmt: skip
    created = api.call(opener, api.budgets.CreateBudget, budgets_pb2.CreateBudgetRequest(budget=budget))
    api.call(activator, api.budgets.ActivateBudget, budgets_pb2.ActivateBudgetRequest(id=created.id))


def sign_ins() -> list[tuple[str, str, str]]:
    """(who, e-mail, password) worth printing."""
    shown = ("marta", "jonas", "ottilie", "tomas", "ingrid", "deniz", "piet")
    return [(f"{item.name}, {item.roles[0]}", email(item), PASSWORD) for item in MEMBERS if item.key in shown]

"""What the demo's partners find beside deals: reserved accounts, courses and marketing budgets."""

from __future__ import annotations

from google.type import date_pb2
from prm.deals.v1 import programme_pb2
from prm.mdf.v1 import budgets_pb2
from prm.training.v1 import courses_pb2

from chassis.money import Money
from cli.demo.client import Api
from cli.demo.people import Programme
from cli.demo.programme import COMPANIES, RESERVED, member_email

COURSES = (
    ("HALO-101", "Halo cells: first installation", "Unpack, mount and commission a Halo cell.", 90, "en", ("Safety", "Mounting", "First program")),
    ("HALO-101-DE", "Halo-Zellen: erste Inbetriebnahme", "Auspacken, montieren, in Betrieb nehmen.", 90, "de", ("Sicherheit", "Montage", "Erstes Programm")),
    ("SAFE-200", "Safety assessment", "Assess the risk of a cell by ISO 10218-2.", 180, "en", ("Hazards", "Limits", "Measures", "File", "Exam")),
    ("DRIFT-110", "Drift 300 fleets", "Plan routes and traffic for mobile robots.", 120, "en", ("Maps", "Traffic", "Chargers")),
    ("VIGIL-120", "Vigil : vision de sécurité", "Choisir, placer et valider les caméras.", 75, "fr", ("Champs", "Validation")),
    ("SELL-050", "Registering a deal", "What qualifies, what evidence counts, and which clock runs.", 30, "en", ("Evidence", "Clocks")),
)  # fmt: skip
BUDGETS = {
    "hafenkante": 24000, "alpenwerk": 12000, "polnord": 40000, "lumen": 40000, "brennero": 15000, "tyne": 18000,
    "tallernorte": 15000, "vinculo": 60000, "qiming": 160000, "kestrel": 60000, "maris": 45000,
}  # fmt: skip


def fill_shelves(api: Api, made: Programme) -> None:
    """Make all of it, as the programme's manager; finance opens the budgets."""
    deniz = member_email("deniz")
    for name, domain, country, note in RESERVED:
        account = programme_pb2.ReservedAccount(name=name, domain=domain, country=country, note=note)
        api.call(deniz, api.programme.CreateReservedAccount, programme_pb2.CreateReservedAccountRequest(reserved_account=account))
    for code, title, summary, minutes, language, modules in COURSES:
        course = courses_pb2.Course(code=code, title=title, summary=summary, minutes=minutes, modules=modules, language=language)
        created = api.call(deniz, api.courses.CreateCourse, courses_pb2.CreateCourseRequest(course=course))
        api.call(deniz, api.courses.PublishCourse, courses_pb2.PublishCourseRequest(id=created.id))
    for key, amount in BUDGETS.items():
        _budget(api, made, key, amount)


def _budget(api: Api, made: Programme, key: str, amount: int) -> None:
    currency = next(item.currency for item in COMPANIES if item.key == key)
    budget = budgets_pb2.Budget(
        organization_id=made.organizations[key], name="Marketing 2026", allocated=Money(currency, amount * 100).to_proto(),
        start_date=date_pb2.Date(year=2026, month=1, day=1), end_date=date_pb2.Date(year=2026, month=12, day=31),
    )  # fmt: skip
    created = api.call(member_email("deniz"), api.budgets.CreateBudget, budgets_pb2.CreateBudgetRequest(budget=budget))
    api.call(member_email("svenja"), api.budgets.ActivateBudget, budgets_pb2.ActivateBudgetRequest(id=created.id))

"""Customers of the demo programme and what becomes of their registrations; the same every time."""

from __future__ import annotations

import random
from dataclasses import dataclass

from cli.demo.programme import COMPANIES, MEMBERS, Company

FAMILIES = ("halo_c5", "halo_c12", "drift_300", "beacon", "vigil")
TOTAL = 200
NEWEST = 16  # beyond a month's share, sent in the last two working days
MONTHS = 12
WEIGHTS = {"hafenkante": 4, "lumen": 2, "tyne": 2, "kestrel": 2}

TOWNS = {
    "DE": ("Hamburg", "Bremen", "Kiel", "Rostock", "Emden", "Lübeck", "Cuxhaven"),
    "CH": ("Winterthur", "Chur", "Olten", "Baden", "Thun"),
    "PL": ("Gdynia", "Poznań", "Toruń", "Łódź"),
    "ES": ("Bilbao", "Vigo", "Gijón", "Zaragoza", "Burgos"),
    "BR": ("Curitiba", "Joinville", "Campinas", "Caxias do Sul"),
    "FR": ("Lyon", "Nantes", "Lille", "Rennes", "Annecy"),
    "IT": ("Bolzano", "Trento", "Verona", "Brescia"),
    "GB": ("Newcastle", "Leeds", "Sheffield", "Derby", "Cardiff"),
    "NO": ("Bergen", "Stavanger", "Ålesund", "Trondheim"),
    "CN": ("宁波", "苏州", "无锡", "常州"),
}
LEGAL = {
    "DE": "GmbH",
    "CH": "AG",
    "PL": "Sp. z o.o.",
    "ES": "S.L.",
    "BR": "S.A.",
    "FR": "SAS",
    "IT": "S.p.A.",
    "GB": "Ltd",
    "NO": "AS",
    "CN": "有限公司",
}
OTHER_LEGAL = {
    "DE": "AG",
    "CH": "GmbH",
    "PL": "S.A.",
    "ES": "S.A.",
    "BR": "Ltda.",
    "FR": "SARL",
    "IT": "S.r.l.",
    "GB": "plc",
    "NO": "ASA",
    "CN": "股份有限公司",
}
STEMS = {
    "DE": (
        "Molkerei {}",
        "Fischwerk {}",
        "Brauhaus {}",
        "Papierfabrik {}",
        "Kühlhaus {}",
        "Marzipan-Manufaktur {}",
        "Werft {}",
        "Getreidemühle {}",
    ),
    "CH": ("Uhrenwerk {}", "Käserei {}", "Präzisionsteile {}", "Schokolade {}"),
    "PL": ("Stocznia {}", "Mleczarnia {}", "Meble {}", "Szkło {}"),
    "ES": ("Conservas {}", "Cerámica {}", "Bodegas {}", "Astilleros {}"),
    "BR": ("Cerâmica {}", "Laticínios {}", "Móveis {}", "Têxtil {}"),
    "FR": ("Emballages {}", "Fromagerie {}", "Verrerie {}", "Biscuiterie {}"),
    "IT": ("Fratelli {}", "Officine {}", "Pastificio {}", "Distilleria {}"),
    "GB": ("{} Pharma", "{} Biscuits", "{} Castings", "{} Textiles", "{} Packaging"),
    "NO": ("{} Fiskeindustri", "{} Trevare", "{} Aluminium"),
    "CN": ("{}冷链", "{}食品", "{}包装", "{}电子"),
}
WORDS = {
    "DE": ("Sonnenhof", "Ottensen", "Elbtal", "Petersen", "Nordkap", "Wendland", "Hansen", "Altona", "Rieck", "Dahlmann"),
    "CH": ("Rätia", "Aarefels", "Säntis", "Bürgi", "Calanda"),
    "PL": ("Bałtyk", "Wisła", "Kaszuby", "Zielona", "Gryf"),
    "ES": ("Ría de Arousa", "Cantábrico", "Valdés", "Ulloa", "Peña Alta", "Marisma"),
    "BR": ("Alvorada", "Serra Azul", "Ipê", "Guarani", "Litoral"),
    "FR": ("Vasseur", "Belmont", "Kerguelen", "Roussel", "Montclair", "Delorme"),
    "IT": ("Corsini", "Dolomiti", "Valsugana", "Pedrotti", "Marini"),
    "GB": ("Oakhurst", "Harrowgate", "Penrose", "Ashfield", "Wexcombe", "Tamar"),
    "NO": ("Halvorsen", "Nordfjord", "Kvalsund", "Lyngdal", "Torvik"),
    "CN": ("海盛", "江南", "瑞丰", "华光", "明远"),
}
NOTES = (
    "Walked the packing line with the plant manager; they want two cells before Easter.",
    "Met operations and purchasing on site. Budget is approved, decision within the quarter.",
    "Second demo done, the safety officer asked for the risk assessment template.",
    "Customer asked for an offer by e-mail after the trade fair; trial planned next month.",
    "Layout drawn together with the customer, cycle time proven in our lab at 9.4 seconds.",
)
QUESTION = "Which plant is it for, and what is the company's tax number? Add a meeting note."


@dataclass(frozen=True)
class Plan:
    """One registration of the demo: who, when, and how it ends."""

    partner: Company
    seller: str
    month: int
    name: str
    domain: str
    country: str
    town: str
    families: tuple[str, ...]
    amount: int
    note: str
    margin: float
    outcome: str
    asked: bool


def plans() -> list[Plan]:
    """200 registrations over twelve months; about every twentieth meets another partner's customer."""
    draw = random.Random(2026)
    made: list[Plan] = []
    weights = [WEIGHTS.get(company.key, 1) for company in COMPANIES]
    for place in range(TOTAL):
        month = min(place * MONTHS // (TOTAL - NEWEST), MONTHS - 1)
        company = draw.choices(COMPANIES, weights)[0]
        every = 5 if month == MONTHS - 1 else 20
        rivals = [plan for plan in made if plan.partner is not company and plan.month >= month - 2 and plan.outcome == "approve"]
        twin = draw.choice(rivals) if rivals and place % every == every - 1 else None
        made.append(_plan(draw, company, month, place, twin))
    return made


def _plan(draw: random.Random, company: Company, month: int, place: int, twin: Plan | None) -> Plan:
    country = twin.country if twin else company.country
    town = twin.town if twin else draw.choice(TOWNS[country])
    name, domain = _meeting(draw, twin, place) if twin else (_name(draw, country, town), f"kunde-{place:03d}.example")
    seller = draw.choice(_sellers(company))
    return Plan(
        partner=company,
        seller=seller,
        month=month,
        name=name,
        domain=domain,
        country=country,
        town=town,
        families=twin.families if twin else tuple(sorted(draw.sample(FAMILIES, draw.randint(1, 2)))),
        amount=draw.randrange(6, 90) * 1000 * {"NOK": 10, "CNY": 7, "BRL": 5, "PLN": 4}.get(company.currency, 1),
        note=draw.choice(NOTES),
        margin=float(draw.randrange(8, 25)) if knows_margin(seller) else 0.0,
        outcome=_outcome(draw, month),
        asked=draw.random() < 0.2,
    )


def _meeting(draw: random.Random, twin: Plan, place: int) -> tuple[str, str]:
    """Name and domain of a customer whom another partner has registered: the very same, or one that a person compares."""
    if draw.random() < 0.5:
        return twin.name, twin.domain
    return twin.name.replace(LEGAL[twin.country], OTHER_LEGAL[twin.country]), f"kunde-{place:03d}.example"


def _sellers(company: Company) -> list[str]:
    selling = {"partner_sales", "partner_admin", "distributor_admin"}
    return [item.key for item in MEMBERS if item.company == company.key and selling & set(item.roles)]


def knows_margin(seller: str) -> bool:
    """Whether somebody sees margins; a distributor's administrator does not, so she cannot set one either."""
    return next("distributor_admin" not in item.roles for item in MEMBERS if item.key == seller)


def _name(draw: random.Random, country: str, town: str) -> str:
    stem = draw.choice(STEMS[country]).format(draw.choice(WORDS[country]))
    joiner = "" if country == "CN" else " "
    return (
        f"{town if country == 'CN' else ''}{stem}{joiner}{LEGAL[country]}"
        if draw.random() < 0.6 or country == "CN"
        else f"{stem} {town} {LEGAL[country]}"
    )


def _outcome(draw: random.Random, month: int) -> str:
    """Old ones are decided; of the last month's some still wait."""
    if month == MONTHS - 1:
        return draw.choices(("approve", "in_review", "send_back", "draft"), (20, 55, 15, 10))[0]
    return draw.choices(("approve", "reject", "withdraw", "no_answer", "draft"), (66, 14, 7, 7, 6))[0]

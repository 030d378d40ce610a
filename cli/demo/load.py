"""Load the demo programme into an empty installation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cli.demo.client import Api
from cli.demo.customers import MONTHS
from cli.demo.documents import publish_documents
from cli.demo.people import Programme, assign_managers, create_companies, invite_everybody
from cli.demo.programme import MEMBERS, PASSWORD, email
from cli.demo.shelves import fill_shelves
from cli.demo.shift import Shift
from cli.demo.walk import Progress, settle, walk_year


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
        fill_shelves(api, made)
        count = walk_year(api, made, shift, progress)
    finally:
        shift.back()
    publish_documents(api)
    settle()
    place.state.write_text(json.dumps({"registrations": count, "organizations": made.organizations, "people": made.people}, indent=1))
    return f"loaded: {len(made.organizations)} companies, {len(made.people) + 1} people, {count} registrations"


def sign_ins() -> list[tuple[str, str, str]]:
    """(who, e-mail, password) worth printing."""
    shown = ("marta", "jonas", "ottilie", "tomas", "ingrid", "deniz", "svenja", "piet")
    return [(f"{item.name}, {item.roles[0]}", email(item), PASSWORD) for item in MEMBERS if item.key in shown]

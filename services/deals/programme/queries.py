"""The programme at a time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chassis.store.reading import Reading
from services.deals.programme.definitions import DEFINITIONS, Programme, programme_of
from services.deals.programme.model import Setting
from services.deals.programme.table import CURRENT, SETTINGS
from services.deals.projections import Calendars


def programme_at(connection: sa.Connection, at: datetime) -> Programme:
    """The programme's numbers as they hold at a time."""
    return programme_of({row.name: row.value for row in connection.execute(CURRENT, {"at": at})})


def zone_at(connection: sa.Connection, at: datetime) -> str:
    """The IANA zone in which the programme's days end."""
    return Calendars(connection).programme(programme_at(connection, at).time_zone).zone.key


def settings_at(reading: Reading, at: datetime) -> list[Setting]:
    """Every setting that the caller may read, by name; shipped values have no id."""
    rows = reading.connection.execute(CURRENT, {"at": at}).mappings()
    scheduled = {row["name"]: SETTINGS.from_row(row) for row in rows}
    every = [scheduled.get(name) or _shipped(name, at) for name in sorted(DEFINITIONS)]
    return [item for item in every if reading.sees(SETTINGS, SETTINGS.to_row(item))]


def _shipped(name: str, at: datetime) -> Setting:
    return Setting(
        id="", created_at=at, updated_at=at, name=name, value=DEFINITIONS[name].shipped, effective_at=at, scheduled_by=""
    )  # fmt: skip

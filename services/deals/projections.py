"""What deals knows of organisations: where they are, so that clocks run in their working days."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.calendars import BusinessCalendar, calendar

metadata = sa.MetaData()

# `parent_id` is empty for the vendor.
organizations = sa.Table(
    "organization",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("parent_id", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
)
_VENDOR = sa.select(organizations.c.time_zone, organizations.c.country).where(organizations.c.parent_id == "").order_by(organizations.c.id)
_PLACES = sa.select(organizations).where(organizations.c.id == sa.func.any(sa.bindparam("ids")))


def put_organization(connection: sa.Connection, id: str, *, country: str, time_zone: str, parent_id: str | None = None) -> None:
    """Write what is known. The parent is said once, when it is created."""
    row = {"id": id, "country": country, "time_zone": time_zone}
    statement = insert(organizations).values(**row, parent_id="?" if parent_id is None else parent_id)
    changed = {**row, **({} if parent_id is None else {"parent_id": parent_id})}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


@dataclass
class Calendars:
    """Calendars as one command or one answer needs them; each is read once."""

    connection: sa.Connection
    _known: dict[str, BusinessCalendar] = field(default_factory=dict)

    @property
    def vendor(self) -> BusinessCalendar:
        """The vendor's; UTC without holidays while nothing is known of it."""
        if "" not in self._known:
            row = self.connection.execute(_VENDOR).first()
            self._known[""] = calendar(row.time_zone, row.country) if row else calendar("", "")
        return self._known[""]

    def of(self, org_id: str) -> BusinessCalendar:
        """An organisation's; the vendor's while nothing is known of it."""
        self.read({org_id})
        return self._known.get(org_id) or self.vendor

    def read(self, org_ids: set[str]) -> None:
        """Read those of several at once."""
        missing = sorted(org_ids - self._known.keys())
        if missing:
            for row in self.connection.execute(_PLACES, {"ids": missing}):
                self._known[row.id] = calendar(row.time_zone, row.country)

    def programme(self, zone: str) -> BusinessCalendar:
        """Where protection ends: the programme's zone, or the vendor's own."""
        return calendar(zone, self.vendor.country) if zone else self.vendor

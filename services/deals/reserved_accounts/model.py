"""An account that the vendor keeps; registrations that match it say so."""

from __future__ import annotations

from dataclasses import dataclass

from prm.deals.v1 import events_pb2

from chassis.errors import FailedPrecondition
from chassis.store.entity import Entity
from services.deals.matching.profile import Party


@dataclass(kw_only=True)
class ReservedAccount(Entity):
    """A company by name, and what else is known of it. It is kept for all product families."""

    name: str
    domain: str = ""
    country: str = ""
    tax_id: str = ""
    note: str = ""
    released: bool = False

    def keep(self) -> None:
        """It is kept from now on."""
        self.record(events_pb2.ReservedAccountCreated(reserved_account_id=self.id))

    def release(self) -> None:
        """It is open again. Raises FailedPrecondition where it already was."""
        if self.released:
            raise FailedPrecondition("It is open already", reason="RESERVED_ACCOUNT_RELEASED")
        self.released = True
        self.record(events_pb2.ReservedAccountReleased(reserved_account_id=self.id))

    @property
    def party(self) -> Party:
        """What of it is compared."""
        return Party(name=self.name, domain=self.domain, country=self.country, tax_id=self.tax_id)

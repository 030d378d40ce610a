"""Reading deliveries."""

from __future__ import annotations

from dataclasses import replace

from chassis.store.reading import Filter, Listing, Page, Question, Reading
from services.notify.deliveries.commands import SEND
from services.notify.deliveries.model import Delivery, State
from services.notify.deliveries.table import DELIVERIES, TRIES

LISTING = Listing(
    orders={"create_time desc": ("created_at", True)},
    filters={
        "state": Filter("state", convert=lambda text: State(text.lower()).value),
        "kind": Filter("kind"),
        "person_id": Filter("owner_id"),
        "notification_id": Filter("notification_id"),
    },
)


def list_deliveries(reading: Reading, question: Question) -> Page[Delivery]:
    """Newest first; those that still wait with the attempts made so far."""
    page = reading.page(DELIVERIES, LISTING, question)
    waiting = [delivery.id for delivery in page.items if delivery.state is State.WAITING]
    tries = {row.key: row.attempts for row in reading.connection.execute(TRIES, {"job": SEND, "keys": waiting})}
    items = tuple(replace(item, attempts=tries.get(item.id, item.attempts)) for item in page.items)
    return Page(items, page.next_token)

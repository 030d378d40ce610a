"""What can be done with preferences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.errors import InvalidArgument
from chassis.store.transaction import Transaction
from services.notify.kinds import Channels, kinds_for
from services.notify.preferences.model import Preference
from services.notify.preferences.queries import fresh, preference_of
from services.notify.preferences.table import PREFERENCES


@dataclass(frozen=True)
class UpdatePreferences:
    """New choices by kind, for the caller herself."""

    choices: Mapping[str, Channels]
    etag: str


def update_preferences(tx: Transaction, cmd: UpdatePreferences) -> Preference:
    """Replace the choices given. Raises InvalidArgument for a kind that does not concern the caller."""
    known = {kind.key for kind in kinds_for(tx.subject.kind)}
    for kind in cmd.choices:
        if kind not in known:
            raise InvalidArgument.field("preferences.choices", f"{kind!r} does not concern you; use {', '.join(sorted(known))}")
    tx.lock(f"notification_preference/{tx.subject.id}")  # the first choice makes the row: two at once would both make it
    known_before = preference_of(tx.connection, tx.subject.id) is not None
    preference = tx.load(PREFERENCES, tx.subject.id) if known_before else fresh(tx.subject, tx.now)
    tx.authorize("update", preference, PREFERENCES)
    tx.require_etag(preference, cmd.etag)
    preference.choose(cmd.choices)
    if preference.recorded and not known_before:
        tx.add(PREFERENCES, preference)
    return preference

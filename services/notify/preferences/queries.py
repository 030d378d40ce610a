"""Reading preferences."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chassis.policy.subject import Subject
from services.notify.preferences.model import Preference
from services.notify.preferences.table import FIND, PREFERENCES


def preference_of(connection: sa.Connection, person_id: str) -> Preference | None:
    """What a person chose; None while she chose nothing."""
    row = connection.execute(FIND, {"person": person_id}).mappings().one_or_none()
    return None if row is None else PREFERENCES.from_row(row)


def own_preference(connection: sa.Connection, subject: Subject, now: datetime) -> Preference:
    """The caller's; all defaults while she chose nothing."""
    return preference_of(connection, subject.id) or fresh(subject, now)


def fresh(subject: Subject, now: datetime) -> Preference:
    """One without choices."""
    return Preference(id=subject.id, created_at=now, updated_at=now, org_id=subject.org_id, org_path=subject.org_path, owner_id=subject.id)

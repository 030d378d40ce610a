"""Changing the programme's numbers, from a date on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prm.deals.v1 import events_pb2

from chassis.errors import InvalidArgument
from chassis.store.transaction import Transaction
from chassis.times import to_timestamp
from services.deals.programme.definitions import DEFINITIONS
from services.deals.programme.model import Setting
from services.deals.programme.table import SETTINGS

FARTHEST = timedelta(days=3660)


@dataclass(frozen=True)
class ScheduleSetting:
    """A new value, JSON text, from a time; now when None."""

    name: str
    value: str
    effective_at: datetime | None


def schedule_setting(tx: Transaction, cmd: ScheduleSetting) -> Setting:
    """Raises InvalidArgument naming what the value must be."""
    effective_at = cmd.effective_at or tx.now
    setting = Setting(
        id=tx.new_id(SETTINGS.prefix),
        created_at=tx.now,
        updated_at=tx.now,
        name=cmd.name,
        value=cmd.value,
        effective_at=effective_at,
        scheduled_by=tx.subject.id,
    )
    tx.add(SETTINGS, setting)
    tx.authorize("update", setting)
    setting.value = _checked(cmd.name, cmd.value)
    if not tx.now <= effective_at <= tx.now + FARTHEST:
        raise InvalidArgument.field("effective_time", "must be now or later, within ten years")
    setting.record(_scheduled(setting))
    return setting


def _checked(name: str, text: str) -> Any:
    definition = DEFINITIONS.get(name)
    if definition is None:
        raise InvalidArgument.field("name", f"there is no such setting; use one of {', '.join(DEFINITIONS)}")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidArgument.field("value", "must be JSON") from None
    try:
        definition.shape.check(value)
    except ValueError as error:
        raise InvalidArgument.field("value", str(error)) from None
    return value


def _scheduled(setting: Setting) -> events_pb2.ProgrammeSettingScheduled:
    value = json.dumps(setting.value, ensure_ascii=False)
    return events_pb2.ProgrammeSettingScheduled(
        programme_setting_id=setting.id, name=setting.name, value=value, effective_time=to_timestamp(setting.effective_at)
    )  # fmt: skip

"""The clock of a notification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.store.transaction import Transaction
from services.notify.notifications.commands import show
from services.notify.notifications.table import NOTIFICATIONS


def show_when_due(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Its time to wait is over."""
    show(tx, tx.load(NOTIFICATIONS, key))

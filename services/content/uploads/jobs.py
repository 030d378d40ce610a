"""The clocks of an upload: nobody confirmed it, and what was put is not needed any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis.service import Effect
from chassis.store.transaction import Transaction
from services.content.files import store, upload_key
from services.content.uploads.table import UPLOADS


def lapse(tx: Transaction, key: str, payload: Mapping[str, Any]) -> None:
    """Its time is over."""
    tx.load(UPLOADS, key).lapse()


def clear(effect: Effect) -> None:
    """Remove what was put: confirmed content has been copied. After the link's end, since until then it can come back."""
    store(effect.settings).remove(upload_key(effect.key))

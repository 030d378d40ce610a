"""What a service is made of, as data: read by its api, its consumer, its runner and its migrations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from chassis.settings import SharedSettings
    from chassis.store.entity import Mapping as EntityMapping
    from chassis.store.transaction import Transaction

JobHandler = Callable[["Transaction", str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Effect:
    """An outside effect that is due: its key doubles as the idempotency key towards the outside."""

    kind: str
    key: str
    payload: Mapping[str, Any]
    attempt: int
    connection: sa.Connection
    settings: SharedSettings
    now: datetime


EffectHandler = Callable[[Effect], None]


@dataclass(frozen=True)
class Service:
    """One of the six.

    `jobs` are clocks: each due one runs in a transaction of its own, like a command. `effects` reach outside (mail,
    webhooks) while their job row stays locked, 10 s at most. `system_actions` is all that `system:<name>` may do, as
    `resource.action`; reading is always among it. `nouns` are the objects that people have rights on. `metadata` holds the tables of its nouns and projections.
    """

    name: str
    metadata: sa.MetaData
    jobs: Mapping[str, JobHandler] = field(default_factory=dict)
    effects: Mapping[str, EffectHandler] = field(default_factory=dict)
    system_actions: frozenset[str] = frozenset()
    nouns: tuple[EntityMapping[Any], ...] = ()

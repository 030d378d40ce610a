"""Private keys: files of mode 600 in one folder, `<kid>.pem`. Their public halves are rows and facts."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from joserfc.jwk import OKPKey

from chassis.errors import Unavailable
from chassis.policy.tokens import private_key
from chassis.store.transaction import Transaction
from services.identity.facts.commands import key_published, key_retired
from services.identity.tokens.model import SigningKey
from services.identity.tokens.table import SIGNING_KEYS, signing_keys

_OLD_ENOUGH = signing_keys.c.usable_from <= sa.bindparam("now", type_=signing_keys.c.usable_from.type)
_USABLE = (
    sa.select(signing_keys.c.id)
    .where(signing_keys.c.retired_at.is_(None))
    .order_by(sa.case((_OLD_ENOUGH, signing_keys.c.usable_from)).desc().nulls_last(), signing_keys.c.usable_from, signing_keys.c.id)
)


class NoSigningKey(Unavailable):
    """No published key has its private half here."""

    reason = "SIGNING_KEY_MISSING"


class KeyFolder:
    """The private keys on this machine, read once each. Thread-safe: reading twice does no harm."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, OKPKey] = {}

    def create(self, kid: str) -> str:
        """Make a key; -> its public half, base64url. Raises FileExistsError rather than replace one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = OKPKey.generate_key("Ed25519")
        file = os.open(self._path(kid), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(key.as_pem(private=True))
        return str(key.as_dict(private=False)["x"])

    def kids(self) -> list[str]:
        """Ids of the keys that lie here, oldest name first."""
        return sorted(path.stem for path in self._folder.glob("*.pem"))

    def public_half(self, kid: str) -> str:
        """base64url (RFC 8037). Raises NoSigningKey when the file is not here."""
        key = self.find(kid)
        if key is None:
            raise NoSigningKey(f"There is no key {kid} here")
        return str(key.as_dict(private=False)["x"])

    def find(self, kid: str) -> OKPKey | None:
        """The private key of this id, if it is here."""
        if kid not in self._known:
            try:
                self._known[kid] = private_key(self._path(kid).read_text())
            except FileNotFoundError:
                return None
        return self._known[kid]

    def newest(self, connection: sa.Connection, now: datetime) -> tuple[str, OKPKey]:
        """(kid, key) to sign with now: the newest that is published long enough and is here. Raises NoSigningKey.

        Where none is published long enough, the one that was published first: a clock may be set back behind them all.
        """
        for kid in connection.execute(_USABLE, {"now": now}).scalars():
            key = self.find(kid)
            if key is not None:
                return kid, key
        raise NoSigningKey("There is no key to sign tokens with", retry_after=timedelta(seconds=5))

    def _path(self, kid: str) -> Path:
        return self._folder / f"{kid}.pem"


def publish_key(tx: Transaction, folder: KeyFolder, lead: timedelta) -> SigningKey:
    """Make a key known that signs from `lead` later on, by when everybody has it.

    It is one that lies in the folder and was never published (put there by whoever runs the suite), or else a new one.
    """
    known = set(tx.connection.execute(sa.select(signing_keys.c.id)).scalars())
    waiting = [kid for kid in folder.kids() if kid not in known]
    kid = waiting[0] if waiting else tx.new_id(SIGNING_KEYS.prefix)
    x = folder.public_half(kid) if waiting else folder.create(kid)
    key = SigningKey(id=kid, created_at=tx.now, updated_at=tx.now, x=x, usable_from=tx.now + lead)
    tx.add(SIGNING_KEYS, key)
    key_published(tx, key)
    return key


def has_usable_key(tx: Transaction, folder: KeyFolder) -> bool:
    """Whether tokens can be signed now."""
    return any(folder.find(kid) for kid in tx.connection.execute(_USABLE, {"now": tx.now}).scalars())


def retire_old_keys(tx: Transaction, token_life: timedelta) -> list[str]:
    """Retire the keys that a newer one has replaced for longer than a token lives; -> their ids."""
    rows = tx.take(SIGNING_KEYS, signing_keys.c.retired_at.is_(None))
    replaced_since = max((key.usable_from for key in rows if key.usable_from <= tx.now - token_life), default=None)
    old = [key for key in rows if replaced_since is not None and key.usable_from < replaced_since]
    for key in old:
        key_retired(tx, key)
    return [key.id for key in old]

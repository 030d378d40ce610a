"""The keys by which candidates are found in SQL: exact ones by a btree, names by trigrams. Only what is live has keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from services.deals.matching.profile import Profile
from services.deals.matching.words import Kind, Word

metadata = sa.MetaData()
TAX, DOMAIN, TOWN, WORD, NAME = "tax", "domain", "town", "word", "name"
STRONG = (TAX, DOMAIN, TOWN)  # few share one, so all of them are looked at
LOCKED = (TAX, DOMAIN, WORD)
WORD_LIMIT = 300
LONGEST = 300  # characters of a key; 200 emoji are thousands of letters, and an index row has its limit
NAME_LIMIT = 100
LEAST_SIMILAR = 0.35  # of pg_trgm, 0 to 1, above its own threshold of 0.3; the scoring afterwards is far stricter

# One row for each key of something live: `kind` is registration or reserved_account.
match_keys = sa.Table(
    "match_key",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Index("match_key_exact", "key", "type"),
    sa.Index(
        "match_key_name", "key", postgresql_using="gin", postgresql_ops={"key": "gin_trgm_ops"}, postgresql_where=sa.text("type = 'name'")
    ),
)
_DELETE = match_keys.delete().where(match_keys.c.kind == sa.bindparam("of_kind"), match_keys.c.id == sa.bindparam("of_id"))
_INSERT = match_keys.insert()
_EXACT = sa.text(
    "SELECT DISTINCT kind, id FROM match_key JOIN unnest(CAST(:types AS text[]), CAST(:keys AS text[])) AS asked (type, key)"
    " USING (type, key) ORDER BY id DESC LIMIT :most"
)
_ALIKE = sa.text(
    "SELECT kind, id FROM match_key WHERE type = 'name' AND key % :name AND similarity(key, :name) >= :least"
    " ORDER BY similarity(key, :name) DESC, id LIMIT :most"
)
_LOCK = sa.text(
    "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT hashtextextended(key, 0) AS number FROM unnest(CAST(:keys AS text[])) AS key"
    " ORDER BY number) AS sorted"
)


def keys_of(profile: Profile) -> set[tuple[str, str]]:
    """(type, key) of everything that another description of the same company is likely to share."""
    return {(type_, key[:LONGEST]) for type_, key in _keys(profile) if key}


def _keys(profile: Profile) -> set[tuple[str, str]]:
    found = {(TAX, profile.tax_id.key)} if profile.tax_id else set()
    found |= {(DOMAIN, domain) for domain in (profile.domain, profile.contact_domain) if domain}
    for form in profile.forms:
        found |= {(WORD, spelling) for word in _telling(form.words, profile.party.country) for spelling in word}
        found.add((NAME, form.plain))
        if profile.town:
            found.add((TOWN, f"{form.plain}@{' '.join(profile.town)}"))
    return found


def _telling(words: Iterable[Word], country: str) -> list[tuple[str, ...]]:
    """Words that are worth looking up; a family name only together with its country, since thousands share it."""
    kept = [word for word in words if word.kind.core] or list(words)
    return [
        (word.plain, word.expanded) if word.kind is Kind.DISTINCTIVE else (f"{word.plain}@{country}", f"{word.expanded}@{country}")
        for word in kept
    ]


def store(connection: sa.Connection, kind: str, id: str, profile: Profile) -> None:
    """Let it be found; replaces the keys it had."""
    forget(connection, kind, id)
    rows = [{"kind": kind, "id": id, "type": type_, "key": key} for type_, key in sorted(keys_of(profile))]
    if rows:  # a name without letters and nothing else is like nobody's
        connection.execute(_INSERT, rows)


def forget(connection: sa.Connection, kind: str, id: str) -> None:
    """Let it be found no more."""
    connection.execute(_DELETE, {"of_kind": kind, "of_id": id})


def lock(connection: sa.Connection, profile: Profile) -> None:
    """Let nobody else submit or approve the same customer until this transaction ends. Sorted, so that two never deadlock."""
    keys = sorted(f"{type_}:{key}" for type_, key in keys_of(profile) if type_ in LOCKED)
    connection.execute(_LOCK, {"keys": keys})


def candidates(connection: sa.Connection, profile: Profile) -> set[tuple[str, str]]:
    """(kind, id) of what may be the same company; to be compared one by one."""
    asked = keys_of(profile)
    found = _exact(connection, [item for item in asked if item[0] in STRONG], None)
    found |= _exact(connection, [item for item in asked if item[0] == WORD], WORD_LIMIT)
    for form in profile.forms:
        found |= {
            (row.kind, row.id)
            for row in connection.execute(_ALIKE, {"name": form.plain[:LONGEST], "least": LEAST_SIMILAR, "most": NAME_LIMIT})
        }
    return found


def _exact(connection: sa.Connection, asked: Sequence[tuple[str, str]], most: int | None) -> set[tuple[str, str]]:
    """What shares one of the keys; of more than `most` the newest."""
    values = {"types": [type_ for type_, _ in asked], "keys": [key for _, key in asked], "most": most}
    return {(row.kind, row.id) for row in connection.execute(_EXACT, values)} if asked else set()

"""The keys by which candidates are found in SQL, each by an exact lookup in a btree. Only what is live has keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sqlalchemy as sa

from services.deals.matching.profile import Profile
from services.deals.matching.words import MOST, Kind, Word

metadata = sa.MetaData()
TAX, DOMAIN, TOWN, WORD, SLIP, INITIALS = "tax", "domain", "town", "word", "slip", "initials"
STRONG = (TAX, DOMAIN, TOWN)  # few share one, so all of them are looked at
LOCKED = (TAX, DOMAIN, WORD)
MOST_OF_A_KEY = 300  # of a weak key, the newest
LONGEST = 300  # characters of a key; 200 emoji are thousands of letters, and an index row has its limit
SHORTEST_SLIP = 5  # letters; in shorter words another letter makes another word
SHORTEST_BEGINNING = 4
LONGEST_SLIP = 40

# One row for each key of something live: `kind` is registration or reserved_account.
match_keys = sa.Table(
    "match_key",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Index("match_key_exact", "type", "key", "id"),
)
_DELETE = match_keys.delete().where(match_keys.c.kind == sa.bindparam("of_kind"), match_keys.c.id == sa.bindparam("of_id"))
_INSERT = sa.text(
    "INSERT INTO match_key (kind, id, type, key) SELECT :kind, :id, type, key FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[])) AS made (type, key)"
)
_FIND = sa.text(
    "SELECT DISTINCT found.kind, found.id FROM unnest(CAST(:types AS text[]), CAST(:keys AS text[]), CAST(:most AS int[])) AS asked (type, key, most),"
    " LATERAL (SELECT kind, id FROM match_key WHERE match_key.type = asked.type AND match_key.key = asked.key"
    " ORDER BY id DESC LIMIT asked.most) AS found"
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
        found |= {(WORD, spelling) for spelling in _written_as_one(form.words)}
        found |= {(WORD, beginning) for word in form.words if word.han for beginning in _beginnings(word.plain)}
        found |= {(SLIP, slip) for word in form.words if word.kind is Kind.DISTINCTIVE for slip in _slips(word)}
        found.add((INITIALS, _initials(form.words)))
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


def _written_as_one(words: Sequence[Word]) -> Iterator[str]:
    """`Nordsee Kühlhaus` is found by `Nordseekühlhaus`."""
    for length in (2, 3):
        for place in range(len(words) - length + 1):
            part = words[place : place + length]
            yield "".join(word.plain for word in part)
            yield "".join(word.expanded for word in part)


def _beginnings(word: str) -> Iterator[str]:
    """Chinese is written without spaces: a name and its trade may hang together."""
    return (word[:length] for length in range(SHORTEST_BEGINNING, len(word)))


def _slips(word: Word) -> set[str]:
    """The word, and what is left without each of its letters: two words that differ by one slip of the pen share one of them.

    A letter too many, too few, another one or two that changed places; whatever the number of names that are known, these
    are found in the time of a few exact lookups, which trigrams are not.
    """
    spellings = {text[:LONGEST_SLIP] for text in (word.plain, word.expanded) if len(text) >= SHORTEST_SLIP}
    return spellings | {text[:place] + text[place + 1 :] for text in spellings for place in range(len(text))}


def _initials(words: Sequence[Word]) -> str:
    """`Nordkap Kabel Anlagenbau` and `NKA` have the same; a family name, or more letters than a name has words, are nobody's."""
    if len(words) == 1:
        return words[0].plain if words[0].kind is Kind.DISTINCTIVE and len(words[0].plain) <= MOST else ""
    return "".join(word.plain[0] for word in words) if len(words) >= 3 else ""


def store(connection: sa.Connection, kind: str, id: str, profile: Profile) -> None:
    """Let it be found; replaces the keys it had."""
    forget(connection, kind, id)
    types, made = _columns(keys_of(profile))
    if made:  # a name without letters and nothing else is like nobody's
        connection.execute(_INSERT, {"kind": kind, "id": id, "types": types, "keys": made})


def forget(connection: sa.Connection, kind: str, id: str) -> None:
    """Let it be found no more."""
    connection.execute(_DELETE, {"of_kind": kind, "of_id": id})


def lock(connection: sa.Connection, profile: Profile) -> None:
    """Let nobody else submit or approve the same customer until this transaction ends. Sorted, so that two never deadlock."""
    keys = sorted(f"{type_}:{key}" for type_, key in keys_of(profile) if type_ in LOCKED)
    connection.execute(_LOCK, {"keys": keys})


def candidates(connection: sa.Connection, profile: Profile) -> set[tuple[str, str]]:
    """(kind, id) of what may be the same company; to be compared one by one."""
    types, asked = _columns(keys_of(profile))
    most = [None if type_ in STRONG else MOST_OF_A_KEY for type_ in types]
    return {(row.kind, row.id) for row in connection.execute(_FIND, {"types": types, "keys": asked, "most": most})} if asked else set()


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """(types, keys), in one order."""
    listed = sorted(pairs)
    return [type_ for type_, _ in listed], [key for _, key in listed]

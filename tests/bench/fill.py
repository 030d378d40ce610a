"""A million registrations in the real tables: what a programme of a thousand partners has after some years.

Names are invented words; one in ten rows is live and has the keys that the conflict check looks for, made in SQL and
compared with those that the code makes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from services.deals.matching.keys import keys_of
from services.deals.matching.profile import Party, profile_of
from tests.bench.people import DISTRIBUTORS, QUIET, RESELLERS, SELLERS

WORDS, KINDS = 40_000, 40
VERSION = "4"  # count up when rows change
TOWNS = ("Cuxhaven", "Emden", "Kiel", "Husum", "Stade", "Leer", "Norden", "Varel")
SYLLABLES = ("ba", "do", "fe", "ga", "hu", "ja", "ko", "lu", "mi", "no", "pe", "qua", "ri", "so", "ta", "ve", "wi", "xo", "ya", "zu")

_COLUMNS = (
    "id, version, sequence, created_at, updated_at, org_id, org_path, owner_id, number, created_by, status, customer_name,"
    " customer_domain, customer_country, customer_town, customer_tax_id, customer_contact_email, product_families, value_minor,"
    " value_currency, expected_close, evidence_note, margin_percent, decider_id, submit_time, submitted_by, clock_side,"
    " clock_started_at, clock_due_at, clock_total, decision_used, decision_total, decided_by, decided_at, undo_until, decision_rule,"
    " decision_text, requested_fields, protected_from, protected_until, conflict, conflict_score"
)
# A row each minute and a half, three years for a million. The oldest hundredth belongs to the quiet distributor; clocks run in
# the newest hundredth only, as a clock of years takes milliseconds to count and nobody has one.
_ROWS = f"""
INSERT INTO registration ({_COLUMNS})
SELECT 'reg_' || lpad(n::text, 12, '0'), 3, 3, at, at, org, path, owner, 'DR-2020-' || lpad(n::text, 7, '0'), owner, status,
    word || ' ' || kind || ' GmbH', word || '-' || slug || '.example', 'DE', town, '', '', ARRAY['halo_c5'], 18600000, 'EUR', DATE '2030-01-31',
    'Walked the mill with the manager; they want a fleet.', 12.5, 'per_tomas', at, owner,
    CASE status WHEN 'in_review' THEN 'vendor' WHEN 'action_required' THEN 'partner' ELSE '' END, NULL,
    CASE WHEN status IN ('in_review', 'action_required') THEN at + interval '2 days' END, 0, 0, 0, '', NULL, NULL, '', '',
    ARRAY[]::text[], NULL, CASE WHEN status IN ('approved', 'expired') THEN at + interval '90 days' END, 0, 0
FROM (
    SELECT n, timestamptz '2023-01-01Z' + n * (interval '3 years' / %(rows)s) AS at,
        CASE WHEN quiet THEN '{QUIET}' ELSE 'd' || n %% {DISTRIBUTORS} END AS distributor,
        CASE WHEN quiet THEN n %% {RESELLERS} ELSE n / {DISTRIBUTORS} %% {RESELLERS} END AS place,
        CASE WHEN live %% 10 > 0 THEN (ARRAY['rejected', 'withdrawn', 'expired'])[live %% 3 + 1]
             WHEN n < %(rows)s * 99 / 100 THEN 'approved'
             ELSE (ARRAY['in_review', 'action_required', 'approved', 'approved', 'approved'])[live %% 5 + 1] END AS status,
        (n * 7919) %% {WORDS} AS word_place, (n * 104729) %% {KINDS} AS kind_place, (%(towns)s::text[])[n %% {len(TOWNS)} + 1] AS town
    FROM (SELECT n, n < %(rows)s / 100 AS quiet, n * 31 / 7 AS live FROM generate_series(1, %(rows)s::bigint) AS n) AS numbers
) AS picked
JOIN bench_word ON bench_word.place = word_place JOIN bench_kind ON bench_kind.place = kind_place,
LATERAL (SELECT distributor || 'r' || picked.place AS org) AS one,
LATERAL (SELECT 'v.' || distributor || '.' || org || '.' AS path, 'per_' || org || '_' || n / 1000 %% {SELLERS} AS owner) AS two"""
_KEYS = """
INSERT INTO match_key (kind, id, type, key)
SELECT 'registration', id, type, key FROM registration r
JOIN bench_word w ON w.word = split_part(customer_name, ' ', 1)
JOIN bench_kind k ON k.kind = split_part(customer_name, ' ', 2),
LATERAL (VALUES ('word', w.word), ('domain', customer_domain), ('town', w.word || ' ' || k.plain || '@' || lower(customer_town))
    UNION ALL SELECT 'word', unnest(k.words) UNION ALL SELECT 'word', w.word || ending FROM unnest(k.endings) AS ending
    UNION ALL SELECT 'slip', unnest(w.slips)) AS keys (type, key)
WHERE status IN ('in_review', 'action_required', 'approved')"""
_SUBMISSIONS = """
INSERT INTO submission (registration_id, submitted_at, submitted_by, sets_priority, content)
SELECT id, submit_time, submitted_by, true, '{}' FROM registration"""
_SETTING = """
INSERT INTO programme_setting (id, version, sequence, created_at, updated_at, name, value, effective_at, scheduled_by)
VALUES ('set_bench', 1, 1, now(), now(), 'registration.open_limit', '100000', '2020-01-01Z', 'bench')"""
KINDS_OF_COMPANIES = [
    "Logistik",
    "Maschinenbau",
    "Stahlbau",
    "Elektrotechnik",
    "Automation",
    "Robotik",
    "Verpackung",
    "Werkzeugbau",
    "Brauerei",
    "Reederei",
    "Spedition",
    "Druckerei",
    "Molkerei",
    "Bäckerei",
    "Kellerei",
    "Gerberei",
    "Weberei",
    "Schlosserei",
    "Tischlerei",
    "Gärtnerei",
    "Metallbau",
    "Anlagenbau",
    "Apparatebau",
    "Holzbau",
    "Tiefbau",
    "Messtechnik",
    "Medizintechnik",
    "Lasertechnik",
    "Klimatechnik",
    "Antriebstechnik",
    "Papier",
    "Kabel",
    "Pumpen",
    "Ventile",
    "Federn",
    "Farben",
    "Lacke",
    "Glas",
    "Möbel",
    "Optik",
]


def filler(rows: int) -> Callable[[psycopg.Connection], None]:
    """Fills an empty database of deals with so many registrations."""

    def fill(connection: psycopg.Connection) -> None:
        _vocabulary(connection)
        with _without_indexes(connection, ("registration", "match_key", "submission")):
            connection.execute(_ROWS, {"rows": rows, "towns": list(TOWNS)})
            connection.execute(_KEYS)
            connection.execute(_SUBMISSIONS)
        connection.execute(_SETTING)
        _compare_keys(connection)
        connection.execute("VACUUM (ANALYZE) registration, match_key, submission")

    return fill


def words() -> list[str]:
    """Invented words, each once, always the same."""
    chance = random.Random(1)
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(chance.choice(SYLLABLES) for _ in range(chance.choice((3, 3, 4)))) + chance.choice(("n", "x", "l", "r", ""))] = None
    return list(found)


def _vocabulary(connection: psycopg.Connection) -> None:
    """The words of names, and each kind of company as it is written and as the check compares it."""
    connection.execute("CREATE TABLE bench_word (place bigint PRIMARY KEY, word text UNIQUE, slips text[])")
    connection.execute(
        "CREATE TABLE bench_kind (place bigint PRIMARY KEY, kind text UNIQUE, plain text, slug text, words text[], endings text[])"
    )
    with connection.cursor() as cursor:
        known = [(place, word, [key for type_, key in _asked(word) if type_ == "slip"]) for place, word in enumerate(words())]
        cursor.executemany("INSERT INTO bench_word VALUES (%s, %s, %s)", known)
        rows = [(place, kind, *_read(kind)) for place, kind in enumerate(KINDS_OF_COMPANIES)]
        cursor.executemany("INSERT INTO bench_kind VALUES (%s, %s, %s, %s, %s, %s)", rows)


def _read(kind: str) -> tuple[str, str, list[str], list[str]]:
    """(how the check writes it, how a domain does, the words of it that the check looks for, and how it ends what is written as one)."""
    asked = _asked(f"dofexo {kind}")
    plain = next(key for type_, key in asked if type_ == "town").removeprefix("dofexo ").removesuffix("@emden")
    found = [key for type_, key in asked if type_ == "word" and key != "dofexo"]
    endings = [key.removeprefix("dofexo") for key in found if key.startswith("dofexo")]
    return plain, kind.lower().translate({0xE4: "ae", 0xF6: "oe"}), [key for key in found if not key.startswith("dofexo")], endings


def _asked(name: str) -> set[tuple[str, str]]:
    return keys_of(profile_of(Party(name=f"{name} GmbH", country="DE", town="Emden")))


@contextmanager
def _without_indexes(connection: psycopg.Connection, tables: Sequence[str]) -> Iterator[None]:
    """Indexes that no constraint needs are made again afterwards, which takes a third of the time."""
    found = connection.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid::regclass::text = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)",
        [list(tables)],
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    connection.execute("SET maintenance_work_mem = '1GB'")
    for _, definition in found:
        connection.execute(definition)


def _compare_keys(connection: psycopg.Connection) -> None:
    """Raises RuntimeError when the keys made here are not those that a submission stores."""
    sample = connection.execute(
        "SELECT r.id, customer_name, customer_domain, customer_country, customer_town, array_agg(ARRAY[type, key])"
        " FROM (SELECT * FROM registration WHERE status IN ('in_review', 'action_required', 'approved') ORDER BY md5(id) LIMIT 200) r JOIN match_key k USING (id)"
        " GROUP BY r.id, customer_name, customer_domain, customer_country, customer_town"
    ).fetchall()
    if not sample:
        raise RuntimeError("nothing live was filled in")
    for key, name, domain, country, town, stored in sample:
        made = keys_of(profile_of(Party(name=name, domain=domain, country=country, town=town)))
        if made != {(type_, text) for type_, text in stored}:
            raise RuntimeError(f"{key} {name}: the code makes {sorted(made)}, the fill made {sorted(stored)}")


def drafts(connection: psycopg.Connection, count: int, tag: str) -> list[str]:
    """Complete drafts, each of another customer, spread over all partners; those of earlier runs go."""
    connection.execute("DELETE FROM registration WHERE id LIKE 'reg_draft%'")
    connection.execute("DELETE FROM match_key WHERE id LIKE 'reg_draft%'")
    connection.execute("TRUNCATE jobs, outbox, audit_outbox, idempotency")
    connection.execute(
        f"INSERT INTO registration ({_COLUMNS}) SELECT %(tag)s || lpad(n::text, 6, '0'), 1, 1, now(), now(),"
        f" r.org_id, r.org_path, r.owner_id, %(tag)s || n, r.created_by, 'draft', 'Kd' || md5(n::text) || ' GmbH', md5(n::text) || '.example',"
        " r.customer_country, r.customer_town, '', '', r.product_families, r.value_minor, r.value_currency, r.expected_close, r.evidence_note,"
        " r.margin_percent, '', NULL, '', '', NULL, NULL, 0, 0, 0, '', NULL, NULL, '', '', r.requested_fields, NULL, NULL, 0, 0"
        " FROM generate_series(1, %(count)s) AS n JOIN registration r ON r.id = 'reg_' || lpad((%(first)s + n)::text, 12, '0')",
        {"tag": f"reg_draft{tag}", "count": count, "first": _first(connection)},
    )
    connection.execute("VACUUM (ANALYZE) registration, match_key, submission, jobs, outbox, audit_outbox, decision, idempotency")
    return [row[0] for row in connection.execute("SELECT id FROM registration WHERE status = 'draft' ORDER BY id")]


def _first(connection: psycopg.Connection) -> int:
    """A number after which rows of busy partners come."""
    newest = connection.execute("SELECT max(number) FROM registration WHERE status <> 'draft'").fetchone()
    return int(str(newest[0]).rpartition("-")[2]) // 50 if newest else 0


def some_ids(connection: psycopg.Connection, count: int, clause: str = "true") -> list[str]:
    """Ids of rows all over the table."""
    statement = sql.SQL("SELECT id FROM registration WHERE status <> 'draft' AND {} ORDER BY md5(id) LIMIT %s").format(sql.SQL(clause))
    return [row[0] for row in connection.execute(statement, [count])]


__all__ = ["VERSION", "Jsonb", "drafts", "filler", "some_ids", "words"]

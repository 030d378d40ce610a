"""The labelled corpus: no false hard match, hardly a customer missed, and few notes about strangers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from services.deals.matching.compare import Class, Comparison, Limits, compare
from services.deals.matching.keys import keys_of
from services.deals.matching.profile import Party, profile_of
from tests.unit.deals.corpus import Pair, pairs

PAIRS = pairs()


def judged(pair: Pair) -> Comparison:
    return compare(profile_of(pair.one), profile_of(pair.other), Limits())


RESULTS = [(pair, judged(pair).conflict) for pair in PAIRS]


def shares(label: str) -> tuple[Counter[Class], int]:
    found = Counter(conflict for pair, conflict in RESULTS if pair.label == label)
    return found, sum(found.values())


def listed(label: str, *classes: Class) -> list[str]:
    return [f"{conflict.name}: {pair}" for pair, conflict in RESULTS if pair.label == label and conflict in classes]


def test_the_corpus_is_large_enough() -> None:
    assert len(PAIRS) >= 200
    assert {pair.one.country for pair in PAIRS} >= {"DE", "FR", "ES", "PT", "BR", "IT", "GB", "US", "CN", "NO", "PL"}
    assert all(shares(label)[1] >= 30 for label in ("same", "related", "different"))


def test_no_false_hard_match() -> None:
    assert not listed("different", Class.HARD) + listed("related", Class.HARD)


def test_the_same_customer_is_found() -> None:
    found, count = shares("same")
    assert 1 - found[Class.NONE] / count >= 0.95, listed("same", Class.NONE)


def test_most_of_the_same_are_put_before_a_person() -> None:
    found, count = shares("same")
    assert (found[Class.HARD] + found[Class.PROBABLE]) / count >= 0.85, listed("same", Class.POSSIBLE, Class.NONE)


def test_strangers_are_left_alone() -> None:
    found, count = shares("different")
    assert found[Class.PROBABLE] / count <= 0.02, listed("different", Class.PROBABLE)
    assert found[Class.NONE] / count >= 0.8, listed("different", Class.POSSIBLE)


def test_sisters_branches_and_franchises_are_a_note() -> None:
    found, count = shares("related")
    assert found[Class.POSSIBLE] / count >= 0.9, listed("related", Class.NONE, Class.PROBABLE)


def test_a_probable_match_is_worth_the_time_of_a_person() -> None:
    probable = [pair.label for pair, conflict in RESULTS if conflict is Class.PROBABLE]
    assert probable.count("same") / len(probable) >= 0.95


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_both_ways_say_the_same(pair: Pair) -> None:
    there, back = judged(pair), judged(replace(pair, one=pair.other, other=pair.one))
    assert (there.conflict, there.score) == (back.conflict, back.score)
    assert {(item.field, item.verdict) for item in there.evidence} == {(item.field, item.verdict) for item in back.evidence}


@pytest.mark.parametrize("pair", [pair for pair, conflict in RESULTS if conflict > Class.NONE], ids=str)
def test_what_would_match_is_looked_at(pair: Pair) -> None:
    """Only what shares a key is compared."""
    assert keys_of(profile_of(pair.one)) & keys_of(profile_of(pair.other))


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_other_products_leave_a_note_at_most(pair: Pair) -> None:
    elsewhere = replace(pair.other, families=frozenset({"vigil"}))
    assert judged(replace(pair, other=elsewhere)).conflict <= Class.POSSIBLE


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_a_company_is_itself(pair: Pair) -> None:
    for party in (pair.one, pair.other):
        itself = compare(profile_of(party), profile_of(party), Limits())
        assert itself.score == 100 and itself.conflict >= Class.PROBABLE


TRAPS = {
    "two builders of one name": ("different", "Schmidt Bau Köln GmbH", "Schmidt Bau Kiel GmbH"),
    "only the bank in common": ("different", "Bank of America", "Bank of Texas"),
    "only technology in common": ("different", "深圳市科技有限公司", "广州市科技有限公司"),
    "franchises on one domain": ("related", "McDonald's Schulz Restaurants e.K.", "McDonald's Behrens Restaurants GmbH"),
    "placeholder numbers": ("different", "Weber Metallbau GmbH", "Kessler Holzbau GmbH"),
    "free mail": ("different", "Bäckerei Hoffmann", "Bäckerei Hofmann"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps(trap: str) -> None:
    label, one, other = TRAPS[trap]
    pair = next(item for item in PAIRS if (item.one.name, item.other.name) == (one, other))
    assert pair.label == label
    assert judged(pair).conflict <= (Class.NONE if label == "different" else Class.POSSIBLE)


def test_limits_are_the_programme_s() -> None:
    one, other = (Party(name, country="DE") for name in ("Molkerei Sonnenhof", "Sonnenhof"))
    at = {limit: compare(profile_of(one), profile_of(other), Limits(limit, 60)).conflict for limit in (80, 95)}
    assert at == {80: Class.PROBABLE, 95: Class.POSSIBLE}
    assert compare(profile_of(one), profile_of(other), Limits(95, 95)).conflict is Class.NONE

from __future__ import annotations

import string

import pytest

from services.notify.kinds import INVITED, KINDS
from services.notify.texts import LANGUAGES, Reader, catalogue, say

VALUES = {"number": "DR-2026-00001", "due": "2026-03-01T23:30:00+00:00", "until": "2026-03-31T21:59:59+00:00", "days": "5", "rule": "R4"}
PARTS = [(kind, part) for kind in (*KINDS, INVITED) for part in ("text", "mail")]


def names(template) -> set[str]:
    forms = template.values() if isinstance(template, dict) else [template]
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_values_of_english(language):
    for kind, part in (*PARTS, *(("mail", key) for key in catalogue("en")["mail"])):
        own, english = catalogue(language)[kind][part], catalogue("en")[kind][part]
        assert names(own) == names(english), (language, kind, part)
    assert set(catalogue(language)) == {*KINDS, INVITED, "mail"}, "a kind that nothing sends"


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_open_in_any_sentence(language):
    for kind, part in PARTS:
        said = say(Reader(language, "Europe/Berlin"), kind, part, VALUES)
        assert "{" not in said
        assert "…" not in said, (kind, part, said)


def test_times_are_those_of_the_reader():
    berlin = say(Reader("de", "Europe/Berlin"), "registration.review_started", "text", VALUES)
    shanghai = say(Reader("zh", "Asia/Shanghai"), "registration.review_started", "text", VALUES)
    assert "2. März 2026, 00:30" in berlin
    assert "2026年3月2日 07:30" in shanghai


def test_a_whole_day_is_the_same_for_every_reader():
    for zone in ("Europe/Berlin", "Asia/Shanghai", "Pacific/Honolulu"):
        said = say(Reader("en", zone), "registration.approved", "text", VALUES | {"until": "2026-03-31"})
        assert said == "DR-2026-00001 is approved and protected until 31 Mar 2026"


def test_one_day_is_not_days():
    assert "1 day," in say(Reader("en"), "registration.expiring", "text", VALUES | {"days": "1"})
    assert "5 days," in say(Reader("en"), "registration.expiring", "text", VALUES)
    assert "0 jour," in say(Reader("fr"), "registration.expiring", "text", VALUES | {"days": "0"}), "French counts nought as one"


@pytest.mark.parametrize("reader", [Reader("tlh", "Nowhere/At_all"), Reader("", ""), Reader("../en", "../../etc")])
def test_an_unknown_language_or_zone_is_english_in_utc(reader):
    assert "1 Mar 2026, 23:30" in say(reader, "registration.review_started", "text", VALUES)


def test_a_row_from_before_still_says_something():
    assert say(Reader("de"), "registration.forgotten", "text", {}) == "registration.forgotten"
    assert say(Reader("de"), "registration.withdrawn", "text", {}) == "… wurde zurückgezogen"


def test_a_regional_variant_speaks_its_language():
    assert say(Reader("pt-BR"), "registration.rejected", "text", VALUES) == "DR-2026-00001 foi recusado"

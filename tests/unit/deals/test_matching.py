"""Normalising: what is dropped, what is kept, and that nothing anybody types makes it fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.deals.matching import keys, tax_ids
from services.deals.matching.compare import Class, Limits, compare
from services.deals.matching.domains import host_of, registrable, telling
from services.deals.matching.names import Use, forms_of
from services.deals.matching.places import is_country, same_town, town_of
from services.deals.matching.profile import Party, profile_of
from services.deals.matching.tax_ids import SCHEMES, Verdict
from services.deals.matching.words import Kind, words_of

anything = st.text(max_size=60)
law = settings(deadline=None, max_examples=200)


def plain(name: str) -> list[str]:
    return [word.plain for word in words_of(name)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme GmbH", "ACME G.m.b.H."),
        ("Acme AG", "Acme Aktiengesellschaft"),
        ("Acme S.A. de C.V.", "Acme"),
        ("Acme Sp. z o.o.", "ACME spółka z ograniczoną odpowiedzialnością"),
        ("Acme S.à r.l.", "Acme SARL"),
        ("Acme Co., Ltd.", "The Acme Company"),
        ("ООО Акме", "Akme"),
        ("Acme A/S", "Acme AS"),
        ("Acme S.p.A.", "Società per Azioni Acme"),
        ("海澜股份有限公司", "海澜有限责任公司"),
        ("Weiß & Söhne GmbH & Co. KG", "Weiss und Söhne"),
    ],
)
def test_legal_forms_say_nothing(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize("name", ["GmbH", "AG", "S.A.", "Co., Ltd.", "有限公司", "The Company", "AG für"])
def test_a_name_is_never_dropped_whole(name: str) -> None:
    assert words_of(name)


def test_umlauts_are_read_both_ways() -> None:
    word = words_of("Müller")[0]
    assert (word.plain, word.expanded, word.kind) == ("muller", "mueller", Kind.ORDINARY)


def test_chinese_is_cut_into_place_name_and_trade() -> None:
    found = [(word.plain, word.kind) for word in words_of("苏州启明自动化有限公司")]
    assert found == [("suzhou", Kind.PLACE), ("qiming", Kind.DISTINCTIVE), ("automation", Kind.GENERIC)]


@pytest.mark.parametrize(
    ("name", "uses"),
    [
        ("Nordkai AG (formerly Kaihaus GmbH)", [Use.LEGAL, Use.FORMER]),
        ("Nordkai AG, vormals Kaihaus", [Use.LEGAL, Use.FORMER]),
        ("Penrose Ltd t/a Tamar", [Use.LEGAL, Use.TRADING]),
        ("Alvorada Ltda (nome fantasia Azulmar)", [Use.LEGAL, Use.TRADING]),
        ("Ex Libris AG", [Use.LEGAL]),
        ("Formerly", [Use.LEGAL]),
        ("Nordkai (ex Kaihaus)", [Use.LEGAL, Use.FORMER]),
    ],
)
def test_other_names(name: str, uses: list[Use]) -> None:
    assert [form.use for form in forms_of(name)] == uses


@pytest.mark.parametrize(
    ("text", "host", "domain", "tells"),
    [
        ("https://www.Nordkai.example/start?x=1", "nordkai.example", "nordkai.example", True),
        ("shop.oakhurst.co.uk", "shop.oakhurst.co.uk", "oakhurst.co.uk", True),
        ("www.müller-bau.de", "müller-bau.de", "xn--mller-bau-q9a.de", True),
        ("nordkai.github.io", "nordkai.github.io", "nordkai.github.io", True),
        ("gmail.com", "gmail.com", "gmail.com", False),
        ("firma.jimdosite.com", "firma.jimdosite.com", "", False),
        ("facebook.com/nordkai", "facebook.com", "facebook.com", False),
        ("nordkai.example:8443", "nordkai.example", "nordkai.example", True),
        ("192.168.1.1", "", "", False),
        ("localhost", "", "", False),
        ("not a host", "", "", False),
        ("http://[::1", "", "", False),
        ("-.example", "", "", False),
        ("com", "", "", False),
        ("co.uk", "co.uk", "", False),
    ],
)
def test_domains(text: str, host: str, domain: str, tells: bool) -> None:
    assert host_of(text) == host
    if domain:
        assert registrable(host) == domain
    assert bool(telling(host)) is tells


@pytest.mark.parametrize(
    ("text", "country", "key"),
    [
        ("DE 136 695 976", "DE", "DE.vat:136695976"),
        ("136695976", "DE", "DE.vat:136695976"),
        ("ATU13585627", "DE", "AT.uid:U13585627"),
        ("FR40303265045", "FR", "FR.siren:303265045"),
        ("303 265 045", "FR", "FR.siren:303265045"),
        ("16.727.230/0001-97", "BR", "BR.cnpj:16727230"),
        ("NO 988 077 917 MVA", "NO", "NO.orgnr:988077917"),
        ("SE556188840401", "SE", "SE.orgnr:5561888404"),
    ],
)
def test_numbers_of_one_company_are_one(text: str, country: str, key: str) -> None:
    verdict, found = tax_ids.read(text, country)
    assert verdict is Verdict.VALID and found is not None and found.key == key


@pytest.mark.parametrize(
    ("text", "country", "verdict"),
    [
        ("", "DE", Verdict.EMPTY),
        ("000000000", "DE", Verdict.PLACEHOLDER),
        ("DE999999999", "DE", Verdict.PLACEHOLDER),
        ("n/a", "FR", Verdict.PLACEHOLDER),
        ("税号", "CN", Verdict.PLACEHOLDER),
        ("DE123456788", "DE", Verdict.SAMPLE),
        ("12-3456789", "US", Verdict.SAMPLE),
        ("DE 8123 45", "DE", Verdict.WRONG_FORMAT),
        ("DE136695975", "DE", Verdict.WRONG_CHECKSUM),
        ("A-77-1", "KZ", Verdict.UNCHECKED),
    ],
)
def test_what_is_no_number(text: str, country: str, verdict: Verdict) -> None:
    assert tax_ids.read(text, country) == (verdict, None)


def test_every_scheme_is_in_the_library() -> None:
    for country, schemes in SCHEMES.items():
        for module, _ in schemes:
            assert hasattr(tax_ids._module(country, module), "validate"), (country, module)


def test_every_example_is_a_number() -> None:
    for country, text in tax_ids.EXAMPLES.items():
        assert tax_ids.read(text, country)[0] is Verdict.VALID, country


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Köln", "Cologne", True),
        ("D-50667 Koeln", "Köln", True),
        ("Frankfurt am Main", "Frankfurt", True),
        ("苏州市", "Suzhou", True),
        ("St. Gallen", "Sankt Gallen", True),
        ("Newcastle upon Tyne", "Newcastle", True),
        ("Köln", "Kiel", False),
        ("San José", "San Francisco", False),
        ("", "Kiel", None),
        ("12345", "Kiel", None),
    ],
)
def test_towns(one: str, other: str, same: bool | None) -> None:
    assert same_town(town_of(one), town_of(other)) is same


def test_countries() -> None:
    assert is_country("DE") and is_country("XK")
    assert not any(map(is_country, ("EU", "ZZ", "de", "DEU", "", "UN")))


@law
@given(anything, anything, anything, anything, st.sampled_from(["DE", "CN", "US", "", "XX"]))
def test_nothing_typed_makes_it_fail(name: str, domain: str, town: str, tax_id: str, country: str) -> None:
    party = Party(name, host_of(domain), country, town, tax_id, f"{town}@{domain}")
    found = compare(profile_of(party), profile_of(party), Limits())
    assert Class.NONE <= found.conflict <= Class.HARD and 0 <= found.score <= 100
    assert keys.keys_of(profile_of(party)) is not None


@law
@given(anything, anything)
def test_comparing_is_symmetric(one: str, other: str) -> None:
    a, b = (profile_of(Party(name, country="DE")) for name in (one, other))
    there, back = compare(a, b, Limits()), compare(b, a, Limits())
    assert (there.conflict, there.score) == (back.conflict, back.score)


@law
@given(anything)
def test_a_host_stays_what_it_is(text: str) -> None:
    assert host_of(host_of(text)) == host_of(text)


def test_the_same_company_shares_an_exact_key_or_a_name() -> None:
    one = profile_of(Party("Nordseekühlhaus Emden GmbH", "nordsee.example", "DE", tax_id="DE136695976"))
    other = profile_of(Party("Nordsee Kuehlhaus", "www.nordsee.example", "DE", tax_id="136695976", contact_email="a@gmail.com"))
    shared = keys.keys_of(one) & keys.keys_of(other)
    assert {type_ for type_, _ in shared} >= {keys.TAX, keys.DOMAIN}
    assert ("domain", "gmail.com") not in keys.keys_of(other)


def test_a_family_name_is_looked_up_in_its_country_only() -> None:
    words = {key for type_, key in keys.keys_of(profile_of(Party("Müller GmbH", country="DE"))) if type_ == keys.WORD}
    assert words == {"muller@DE", "mueller@DE"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hafenkante Robotik", "Hafnkante Automation"),  # a letter too few
        ("Hafenkante Robotik", "Haffenkante Automation"),  # too many
        ("Hafenkante Robotik", "Hafenkamte Automation"),  # another
        ("Hafenkante Robotik", "Hafenkatne Automation"),  # two that changed places
        ("Hafenkante Robotik", "Hafen Kante"),
        ("Zwölfender", "Zwoelfendr"),
        ("天宇光学", "Tianyu Optics"),
        ("Nordkap Kabel Anlagenbau", "NKA"),
    ],
)
def test_a_name_is_found_as_it_is_typed(one: str, other: str) -> None:
    """By keys alone: nothing else of the two companies agrees."""
    asked, stored = (keys.keys_of(profile_of(Party(name, country="DE"))) for name in (one, other))
    assert asked & stored


@pytest.mark.parametrize("name", ["Müller GmbH", "Donaudampfschifffahrtsgesellschaft"])
def test_what_can_be_no_initials_is_looked_up_as_none(name: str) -> None:
    """A family name would be found in every country, and by thousands."""
    assert keys.INITIALS not in {type_ for type_, _ in keys.keys_of(profile_of(Party(name, country="DE")))}


def test_another_name_shares_no_key() -> None:
    asked, stored = (keys.keys_of(profile_of(Party(name, country="DE"))) for name in ("Hafenkante Robotik", "Haferkarte Robotik"))
    assert not asked & stored

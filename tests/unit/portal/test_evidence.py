"""Evidence side by side: what agrees is marked, codes are words, and whom one may not see has no bare id."""

from __future__ import annotations

from prm.deals.v1.registrations_pb2 import Evidence, Match

from gateway.portal.present.catalogue import Catalogue
from gateway.portal.present.evidence import alike, match
from gateway.portal.words import Reader, reading
from gateway.views.names import Names


def marked(text: str, other: str) -> str:
    return "".join(piece for piece, same in alike(text, other) if same)


def test_whole_words_and_long_beginnings_are_marked() -> None:
    assert marked("Halo C5", "Beacon, Halo C5") == "HaloC5"
    assert marked("Vasseur Emballages SAS", "Groupe Vasseur Emballage SAS") == "VasseurEmballageSAS"
    assert marked("Brauhaus Dahlmann AG", "Brauhaus Dahlmann GmbH") == "BrauhausDahlmann"
    assert marked("Molkerei", "Werft") == ""


def test_another_ones_partner_is_no_bare_id_in_the_evidence() -> None:
    with reading(Reader("de")):
        other = Match(other_organization_id="org_01KAENZRS3EZQ9AG3S5HPKZ9HH", evidence=[Evidence(field="country", ours="BR", theirs="BR")])
        found = match(other, Names(), Catalogue())
    assert found.partner == "Ein Partner, der nicht Ihrer ist"
    assert found.compared[0].ours == "Brasilien"

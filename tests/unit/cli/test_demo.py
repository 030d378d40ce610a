"""The demo's data, before it is loaded: papers that a reader opens, customers that meet."""

from __future__ import annotations

import re

import pytest

from cli.demo.customers import MONTHS, TOTAL, plans
from cli.demo.documents import PAPERS, Paper
from cli.demo.pdf import pdf


@pytest.mark.parametrize("paper", [one for one in PAPERS if one.file.endswith(".pdf")], ids=lambda paper: paper.file)
def test_a_pdf_names_where_its_objects_begin(paper: Paper) -> None:
    body = paper.body
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", body)[1])  # type: ignore[index]  # None fails the test too
    places = [int(found) for found in re.findall(rb"(\d{10}) 00000 n ", body[start:])]
    assert [body[place:].split(b" ", 1)[0] for place in places] == [b"%d" % number for number in range(1, 7)]
    length = int(re.search(rb"/Length (\d+)", body)[1])  # type: ignore[index]
    assert body.split(b"stream\n", 1)[1][length : length + 10] == b"\nendstream"


def test_what_means_something_in_a_pdf_is_written_as_text() -> None:
    assert rb"(a \(b\) \\ \344) Tj".replace(rb"\344", "ä".encode("cp1252")) in pdf("t", ["a (b) \\ ä"])


def test_customers_are_the_same_every_time_and_the_newest_meet() -> None:
    made = plans()
    assert made == plans() and len(made) == TOTAL
    newest = [one for one in made if one.month == MONTHS - 1]
    earlier = {one.domain: one.partner for one in made if one.month < MONTHS - 1}
    assert any(earlier.get(one.domain, one.partner) is not one.partner for one in newest)

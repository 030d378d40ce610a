"""What the fault tests call broken, missed and passed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from tests.faults.judge import Verdict, inversions
from tests.faults.report import Result, at_least, at_most, exactly, table

HELD = Verdict(0, 0, 0, 0, 0, 0, 0)


def row(aggregate: str, seq: int) -> SimpleNamespace:
    return SimpleNamespace(aggregate=aggregate, seq=seq)


def test_inversions_are_counted_within_an_aggregate() -> None:
    assert inversions([row("a", 1), row("b", 2), row("a", 3), row("b", 5)]) == []
    assert inversions([row("a", 1), row("a", 3), row("a", 2), row("b", 1)]) == ["a: 2 after 3"]
    assert len(inversions([row("a", 1), row("a", 1)])) == 1, "twice is out of order too"


def _with(name: str) -> Verdict:
    changes: dict[str, Any] = {name: 1}
    return replace(HELD, **changes)


def test_any_broken_invariant_fails_a_row() -> None:
    for name in HELD.counts():
        assert Result("x", verdict=_with(name)).said == "failed"
    assert Result("x", verdict=HELD).said == "passed"
    assert Result("x", verdict=HELD, broken="not done").said == "failed"
    assert Result("x", skipped="no such kernel").said == "skipped"


def test_a_number_beyond_its_limit_is_missed_not_failed() -> None:
    assert Result("x", verdict=HELD, numbers=[at_most("took", 31, 30, "s")]).said == "missed"
    assert Result("x", verdict=HELD, numbers=[at_most("took", 30, 30), at_least("rate", 0.8, 0.8), exactly("n", 5, 5)]).said == "passed"
    assert Result("x", verdict=HELD, numbers=[exactly("n", 6, 5)]).said == "missed"


def test_the_table_names_what_was_broken() -> None:
    text = table([Result("kills", verdict=Verdict(2, 0, 0, 0, 0, 0, 0)), Result("cluster", skipped="no namespaces")])
    assert "| FAILED" in text and "lost 2" in text and "no namespaces" in text

"""What OPA says, read closely: whatever is not understood is no yes."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.policy.residual import EVERY, Leaf, PolicyFault, Residual, parse


def field(name: str, operator: str, value: Any) -> dict[str, Any]:
    return {"type": "field", "field": f"deal.{name}", "operator": operator, "value": value}


def group(operator: str, *nodes: Any) -> dict[str, Any]:
    return {"type": "compound", "operator": operator, "value": list(nodes)}


def residual(query: Any, **result: Any) -> Residual:
    return parse("deal", {"result": {"query": query, **result}})


@pytest.mark.parametrize("body", [{}, {"result": {}}, {"result": {"query": None}}, {"result": None}, {"result": []}])
def test_no_query_is_no_row(body: dict[str, Any]) -> None:
    assert parse("deal", body).never
    assert not parse("deal", body).predicate({"id": "x"})


def test_empty_query_is_every_row() -> None:
    found = residual({}, masks={"deal": {"margin": {"replace": {"value": None}}}})
    assert found.always
    assert found.predicate({})
    assert set(found.masks["deal"]) == {"margin"}


def test_a_hint_is_a_fault() -> None:
    with pytest.raises(PolicyFault):
        parse("deal", {"result": {"query": {}}, "hints": [{"message": "did you mean"}]})


def test_arms_that_nobody_meets_are_folded_away() -> None:
    found = residual(
        group("or", field("id", "in", []), group("and", field("org", "eq", "a"), field("id", "in", [])), field("org", "eq", "b"))
    )
    assert found.branches == (Leaf("org", "eq", "b"),)
    assert residual(field("id", "in", [])).never


def test_equal_arms_are_one() -> None:
    assert len(residual(group("or", field("org", "eq", "b"), field("org", "eq", "b"))).branches) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"type": "field", "field": "other.org", "operator": "eq", "value": 1},
        {"type": "field", "field": 5, "operator": "eq", "value": 1},
        {"type": "field", "field": "deal.org", "operator": "like", "value": "a%"},
        {"type": "field", "field": "deal.org", "operator": "eq"},
        field("org", "in", "abc"),
        field("org", "eq", ["a"]),
        field("org", "startswith", 5),
        field("org", "startswith", {"field": "deal.x"}),
        field("org", "eq", {"field": "deal.x", "more": 1}),
        field("org", "eq", {"field": "other.x"}),
        group("xor", field("org", "eq", 1)),
        group("and"),
        group("not", field("org", "eq", 1), field("org", "eq", 2)),
        {"type": "document", "value": 1},
        "allow",
        ["deal"],
        group("and", *[field("org", "eq", 1)] * 2001),
    ],
)
def test_nonsense_is_a_fault(query: Any) -> None:
    with pytest.raises(PolicyFault):
        residual(query)


NULLS = [
    ("eq", None, True),
    ("eq", "a", False),
    ("ne", "a", True),
    ("ne", None, False),
    ("lt", 5, False),
    ("gte", 0, False),
    ("in", ["a"], False),
    ("nin", ["a"], False),
    ("startswith", "", False),
    ("contains", "", False),
]


@pytest.mark.parametrize(("operator", "value", "expected"), NULLS)
def test_null(operator: str, value: Any, expected: bool) -> None:
    assert residual(field("x", operator, value)).predicate({"x": None}) is expected
    assert residual(group("not", field("x", operator, value))).predicate({"x": None}) is not expected


def test_missing_column_is_a_fault() -> None:
    with pytest.raises(PolicyFault):
        residual(field("x", "eq", 1)).predicate({"y": 1})


def test_incomparable_values_are_a_fault() -> None:
    with pytest.raises(PolicyFault):
        residual(field("x", "lt", 1)).predicate({"x": "one"})


def test_two_columns() -> None:
    found = residual(field("x", "lte", {"field": "deal.y"}))
    assert found.predicate({"x": 1, "y": 1})
    assert not found.predicate({"x": 2, "y": 1})
    assert not found.predicate({"x": 2, "y": None})


def test_every_is_met_by_all() -> None:
    assert Residual("deal", (EVERY,)).predicate({})

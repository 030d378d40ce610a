import pytest

from chassis.errors import InvalidArgument
from chassis.store.pages import Condition, PageTokens, parse_filter, parse_order

ALLOWED = {"status": ("=", "!="), "organization_id": ("=",), "create_time": (">=", "<")}


def test_filter_is_a_conjunction_of_conditions() -> None:
    assert parse_filter('status = IN_REVIEW AND organization_id="org \\"x\\""', ALLOWED) == [
        Condition("status", "eq", "IN_REVIEW"),
        Condition("organization_id", "eq", 'org "x"'),
    ]
    assert parse_filter("  ", ALLOWED) == []


@pytest.mark.parametrize(
    "text",
    [
        "status",
        "status = ",
        "= IN_REVIEW",
        "password = x",
        "organization_id != org_1",
        "status = A OR status = B",
        "status = A AND",
        "status = A status = B",
        'status = "open',
        " AND ".join(["status = A"] * 11),
    ],
)
def test_other_filters_are_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        parse_filter(text, ALLOWED)
    assert refused.value.fields[0].field == "filter"


def test_order_is_one_of_the_allowed() -> None:
    assert parse_order("", ("create_time desc", "number")) == "create_time desc"
    assert parse_order(" create_time   desc ", ("create_time desc",)) == "create_time desc"
    with pytest.raises(InvalidArgument):
        parse_order("margin", ("create_time desc",))


def test_a_token_opens_only_its_own_question() -> None:
    tokens = PageTokens("secret")
    token = tokens.sign(["2026-01-01", "reg_1"], "asked")
    assert tokens.open(token, "asked") == ["2026-01-01", "reg_1"]
    assert tokens.open("", "asked") is None
    for forged, question in ((token, "other"), (token[:-2] + "AA", "asked"), ("%%%", "asked"), ("A", "asked")):
        with pytest.raises(InvalidArgument):
            tokens.open(forged, question)
    with pytest.raises(InvalidArgument):
        PageTokens("another").open(token, "asked")

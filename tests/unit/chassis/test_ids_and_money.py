from datetime import UTC, datetime, timedelta

import pytest
from google.type import money_pb2
from hypothesis import given
from hypothesis import strategies as st

from chassis import ids
from chassis.errors import InvalidArgument
from chassis.money import Money, from_proto

AT = datetime(2026, 11, 17, 10, 42, tzinfo=UTC)


def test_ids_sort_by_time_and_keep_their_form() -> None:
    made = [ids.new_id("reg", AT + timedelta(milliseconds=step)) for step in range(50)]
    assert made == sorted(made)
    assert all(ids.is_id("reg", one) for one in made)
    assert not ids.is_id("org", made[0])


def test_uuid_is_version_7_with_the_time_in_front() -> None:
    made = ids.new_uuid(AT)
    assert made.version == 7
    assert made.int >> 80 == int(AT.timestamp() * 1000)


@given(st.sampled_from(["EUR", "JPY", "KWD", "NOK"]), st.integers(-(10**15), 10**15))
def test_money_survives_the_proto(currency: str, minor: int) -> None:
    money = Money(currency, minor)
    assert from_proto(money.to_proto(), "value") == money


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (money_pb2.Money(currency_code="XXQ", units=1), "value.currency_code"),
        (money_pb2.Money(currency_code="", units=1), "value.currency_code"),
        (money_pb2.Money(currency_code="EUR", nanos=1), "value"),
        (money_pb2.Money(currency_code="JPY", nanos=500_000_000), "value"),
        (money_pb2.Money(currency_code="EUR", units=1, nanos=-10_000_000), "value"),
        (money_pb2.Money(currency_code="EUR", units=10**17), "value"),
    ],
)
def test_wrong_money_is_refused_at_its_field(message: money_pb2.Money, field: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        from_proto(message, "value")
    assert [item.field for item in refused.value.fields] == [field]


@given(st.integers(0, 10**12), st.integers(1, 50))
def test_split_loses_no_cent(minor: int, parts: int) -> None:
    shares = Money("EUR", minor).split(parts)
    assert sum(share.minor for share in shares) == minor
    assert max(share.minor for share in shares) - min(share.minor for share in shares) <= 1


def test_currencies_are_never_added() -> None:
    with pytest.raises(ValueError, match="EUR"):
        Money("EUR", 1) + Money("USD", 1)

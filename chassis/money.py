"""Money as an ISO 4217 code and whole minor units; never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from google.type import money_pb2
from moneyed import CurrencyDoesNotExist, get_currency

from chassis.errors import InvalidArgument

NANOS = 1_000_000_000


@dataclass(frozen=True, order=False)
class Money:
    """An amount. `minor` counts the currency's smallest unit: 1250 EUR is 12.50 €, 1250 JPY is 1250 ¥."""

    currency: str
    minor: int

    def __add__(self, other: Money) -> Money:
        return Money(self._same(other), self.minor + other.minor)

    def __sub__(self, other: Money) -> Money:
        return Money(self._same(other), self.minor - other.minor)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def _same(self, other: Money) -> str:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return self.currency

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def split(self, parts: int) -> list[Money]:
        """Equal parts without losing a minor unit; the first ones get what remains."""
        share, rest = divmod(self.minor, parts)
        return [Money(self.currency, share + (place < rest)) for place in range(parts)]

    def to_proto(self) -> money_pb2.Money:
        """As google.type.Money."""
        nanos = self.minor * (NANOS // 10 ** exponent(self.currency))
        units = abs(nanos) // NANOS * (1 if nanos >= 0 else -1)
        return money_pb2.Money(currency_code=self.currency, units=units, nanos=nanos - units * NANOS)


def exponent(currency: str) -> int:
    """Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD. Raises InvalidArgument for an unknown code."""
    try:
        return len(str(get_currency(currency).sub_unit)) - 1
    except CurrencyDoesNotExist:
        raise InvalidArgument.field("currency_code", f"{currency!r} is no ISO 4217 currency; for example EUR") from None


def from_proto(message: money_pb2.Money, field: str) -> Money:
    """Check and take over a google.type.Money; `field` is its path in the request, for the error."""
    try:
        scale = NANOS // 10 ** exponent(message.currency_code)
    except InvalidArgument:
        raise InvalidArgument.field(f"{field}.currency_code", "Use an ISO 4217 code, for example EUR") from None
    nanos = message.units * NANOS + message.nanos
    if (message.units > 0 > message.nanos) or (message.units < 0 < message.nanos) or abs(message.nanos) >= NANOS:
        raise InvalidArgument.field(field, "units and nanos must have the same sign")
    if nanos % scale:
        raise InvalidArgument.field(field, f"{message.currency_code} has {exponent(message.currency_code)} decimal places")
    if abs(nanos // scale) > 10**15:
        raise InvalidArgument.field(field, "The amount is too large")
    return Money(message.currency_code, nanos // scale)

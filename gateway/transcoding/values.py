"""One JSON value or query text as one value of a field. Each raises Wrong with what the value must be."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from gateway.transcoding.strict_json import NotANumber

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOAT_MAX = 3.4028234663852886e38


class Wrong(Exception):
    """What the value must be, fit for the caller."""


def scalar(field: FieldDescriptor, value: Any) -> Any:
    """The value for a scalar or enum field."""
    if isinstance(value, NotANumber):
        raise Wrong(f"{value.text} is out of range")
    if field.enum_type is not None:
        return _enum(field.enum_type, value)
    return _SCALARS[field.cpp_type](field, value)


def text_scalar(field: FieldDescriptor, value: str) -> Any:
    """The same for the text of a query or path, where everything is text."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        if value not in ("true", "false"):
            raise Wrong("must be true or false")
        return value == "true"
    return scalar(field, value)


def _integer(field: FieldDescriptor, value: Any) -> int:
    if (isinstance(value, str) and len(value) <= 40 and _INTEGER.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("must be a whole number")
    least, most = _RANGES[field.cpp_type]
    if not least <= value <= most:
        raise Wrong(f"must be between {least} and {most}")
    return value


def _number(field: FieldDescriptor, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Wrong("must be a number")
    try:
        number = float(value) if not isinstance(value, str) or "_" not in value else math.nan
    except (ValueError, OverflowError):
        raise Wrong("must be a number") from None
    if not math.isfinite(number):
        raise Wrong("must be a number")
    if field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT and abs(number) > _FLOAT_MAX:
        raise Wrong("is out of range")
    return number


def _boolean(_: FieldDescriptor, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false")
    return value


def _string(field: FieldDescriptor, value: Any) -> str | bytes:
    if not isinstance(value, str):
        raise Wrong("must be a text")
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes(value)
    if "\0" in value:
        raise Wrong("must not contain the character U+0000")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Wrong("contains half of a surrogate pair") from None
    return value


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value.translate(_URL_SAFE) + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("must be base64") from None


def _enum(enum: EnumDescriptor, value: Any) -> int:
    if isinstance(value, str) and value in enum.values_by_name:
        return int(enum.values_by_name[value].number)
    if isinstance(value, int) and not isinstance(value, bool) and value in enum.values_by_number:
        return value
    raise Wrong("must be one of " + ", ".join(name for name, item in enum.values_by_name.items() if item.number))


_URL_SAFE = str.maketrans("-_", "+/")
_SCALARS: dict[int, Callable[[FieldDescriptor, Any], Any]] = {
    FieldDescriptor.CPPTYPE_BOOL: _boolean,
    FieldDescriptor.CPPTYPE_STRING: _string,
    FieldDescriptor.CPPTYPE_DOUBLE: _number,
    FieldDescriptor.CPPTYPE_FLOAT: _number,
    **dict.fromkeys(_RANGES, _integer),
}

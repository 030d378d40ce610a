"""The validation rules of the contracts (protovalidate) as JSON Schema keywords."""

from __future__ import annotations

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_STRING = {"min_len": "minLength", "max_len": "maxLength", "pattern": "pattern"}
_NUMBER = {"gte": "minimum", "lte": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
_REPEATED = {"min_items": "minItems", "max_items": "maxItems", "unique": "uniqueItems"}
_FORMATS = {"email": "email", "uri": "uri", "hostname": "hostname", "uuid": "uuid"}
_NUMBERS = ("int32", "int64", "uint32", "uint64", "float", "double")


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """The rules that stand at a field."""
    return field.GetOptions().Extensions[validate_pb2.field]


def keywords(field: FieldDescriptor) -> dict[str, Any]:
    """Keywords for the field's own schema; those of a list's items are under `items`."""
    rules = rules_of(field)
    found = _keywords(rules)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE and "pattern" in found:
        found["pattern"] = f"^$|{found['pattern']}"
    return found


def required(field: FieldDescriptor) -> bool:
    """Whether a request without the field is refused."""
    rules = rules_of(field)
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    text = rules.string
    some = text.min_len > 0 or text.HasField("email") or text.HasField("pattern") or rules.repeated.min_items > 0
    return rules.required or some or rules.int64.HasField("gt")


def _keywords(rules: validate_pb2.FieldRules) -> dict[str, Any]:
    if rules.HasField("string"):
        form = _FORMATS.get(rules.string.WhichOneof("well_known") or "")
        return _mapped(rules.string, _STRING) | ({"format": form} if form else {})
    if rules.HasField("repeated"):
        items = _keywords(rules.repeated.items) if rules.repeated.HasField("items") else {}
        return _mapped(rules.repeated, _REPEATED) | ({"items": items} if items else {})
    kind = rules.WhichOneof("type") or ""
    return _mapped(getattr(rules, kind), _NUMBER) if kind in _NUMBERS else {}


def _mapped(rules: Message, names: dict[str, str]) -> dict[str, Any]:
    return {word: getattr(rules, name) for name, word in names.items() if rules.HasField(name)}

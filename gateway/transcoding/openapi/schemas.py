"""Messages as JSON schemas: what is sent (with the rules that requests must keep) and what is answered (with all fields there)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from gateway.transcoding.answers import MASKED
from gateway.transcoding.openapi.comments import comments
from gateway.transcoding.openapi.rules import keywords, required
from gateway.transcoding.wellknown import FILLERS

Schema = dict[str, Any]
F = FieldDescriptor
_LONG = {"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}
_SCALARS: dict[int, Schema] = {
    F.CPPTYPE_BOOL: {"type": "boolean"},
    F.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    F.CPPTYPE_UINT32: {"type": "integer", "format": "uint32"},
    F.CPPTYPE_INT64: _LONG,
    F.CPPTYPE_UINT64: _LONG,
    F.CPPTYPE_FLOAT: {"type": "number", "format": "float"},
    F.CPPTYPE_DOUBLE: {"type": "number", "format": "double"},
    F.CPPTYPE_STRING: {"type": "string"},
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string", "description": "Field names with commas between them."},
    "google.protobuf.Struct": {"type": "object", "additionalProperties": True},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array", "items": {}},
}
_INT_KEYWORDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


class Schemas:
    """The components of the document, made as they are referred to."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._full_names: dict[str, str] = {}

    def answer(self, message: Descriptor) -> Schema:
        """A reference to the message as it is answered."""
        return self._reference(message, "", self._answer_object)

    def request(self, message: Descriptor, without: frozenset[str] = frozenset()) -> Schema:
        """A reference to the message as it is sent, less the fields that its path gives."""
        if message.name.endswith("Request"):
            return self._reference(message, "", lambda item: self._request_object(item, without))
        return self._reference(message, ".Input", lambda item: self._request_object(item, without))

    def parameter(self, field: FieldDescriptor) -> Schema:
        """The schema of a field as a query or path parameter."""
        return self._field(field, self.request) | keywords_for(field)

    def _reference(self, message: Descriptor, suffix: str, make: Callable[[Descriptor], Schema]) -> Schema:
        name = _short(message) + suffix
        if self._full_names.setdefault(name, message.full_name) != message.full_name:
            name = f"{message.full_name.split('.')[1]}.{name}"
            self._full_names[name] = message.full_name
        if name not in self.components:
            self.components[name] = {}  # a message that holds itself refers to it while it is made
            self.components[name] = make(message)
        return {"$ref": f"#/components/schemas/{name}"}

    def _answer_object(self, message: Descriptor) -> Schema:
        """Every field stands in an answer, but objects that are not set; what is hidden from the caller is null."""
        maskable = MASKED in message.fields_by_name
        properties = {}
        for field in message.fields:
            schema = described(self._field(field, self.answer), comments().get(field.full_name, ""))
            hidden = maskable and field.name not in (MASKED, "id", "etag")
            properties[field.name] = _or_null(schema) if hidden else schema
        always = [field.name for field in message.fields if not field.has_presence]
        return _object(message, properties, always) | ({"additionalProperties": False} if properties else {})

    def _request_object(self, message: Descriptor, without: frozenset[str]) -> Schema:
        properties, needed = {}, []
        for field in message.fields:
            if field.name in without:
                continue
            schema = self._field(field, self.request)
            properties[field.name] = described(merged(schema, keywords_for(field)), comments().get(field.full_name, ""))
            if required(field) and field.name != "request_id":
                needed.append(field.name)
        return _object(message, properties, needed) | {"additionalProperties": False}

    def _field(self, field: FieldDescriptor, refer: Callable[[Descriptor], Schema]) -> Schema:
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return {"type": "object", "additionalProperties": self._single(field.message_type.fields_by_name["value"], refer)}
        single = self._single(field, refer)
        return {"type": "array", "items": single} if field.is_repeated else single

    def _single(self, field: FieldDescriptor, refer: Callable[[Descriptor], Schema]) -> Schema:
        if field.message_type is not None:
            known = field.message_type.full_name in FILLERS
            return dict(_WELL_KNOWN[field.message_type.full_name]) if known else refer(field.message_type)
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        return dict(_SCALARS[field.cpp_type]) | ({"format": "byte"} if field.type == F.TYPE_BYTES else {})

    def _enum(self, enum: EnumDescriptor) -> Schema:
        name = _short(enum)
        lines = [f"- `{item.name}`: {comments().get(f'{enum.full_name}.{item.name}', '')}" for item in enum.values]
        text = comments().get(enum.full_name, "") + "\n\n" + "\n".join(lines)
        self.components.setdefault(name, {"type": "string", "enum": [item.name for item in enum.values], "description": text})
        return {"$ref": f"#/components/schemas/{name}"}


def keywords_for(field: FieldDescriptor) -> Schema:
    """The rules of a field as keywords; those of 64-bit numbers bind nothing in JSON, where they are texts."""
    found = keywords(field)
    if field.cpp_type in (F.CPPTYPE_INT64, F.CPPTYPE_UINT64):
        return {name: value for name, value in found.items() if name not in _INT_KEYWORDS}
    return found


def merged(schema: Schema, more: Schema) -> Schema:
    """The schema with keywords added, those of a list's items to its items."""
    items = schema.get("items", {}) | more.get("items", {})
    return schema | more | ({"items": items} if items else {})


def described(schema: Schema, text: str) -> Schema:
    """The schema with a description, which OpenAPI 3.1 allows beside a reference."""
    return schema | {"description": text} if text else schema


def _or_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    if isinstance(kind, str):
        return schema | {"type": [kind, "null"]}
    text = schema.get("description", "")
    rest = {name: value for name, value in schema.items() if name != "description"}
    return described({"anyOf": [rest, {"type": "null"}]}, text)


def _object(message: Descriptor, properties: dict[str, Schema], needed: list[str]) -> Schema:
    found = described({"type": "object"}, comments().get(message.full_name, "")) | {"properties": properties}
    return found | ({"required": needed} if needed else {})


def _short(item: Descriptor | EnumDescriptor) -> str:
    """The name within its package, `Registration.Status`."""
    package = item.file.package
    return item.full_name.removeprefix(f"{package}.")

"""JSON objects and query parameters into messages. Every wrong field is named; nothing that is not understood is dropped."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.contracts import message_of
from gateway.errors import ApiError, FieldProblem
from gateway.transcoding.values import Wrong, scalar, text_scalar
from gateway.transcoding.wellknown import AS_TEXT, FILLERS

MOST_PROBLEMS = 20


class Problems:
    """What is wrong with a request so far, field by field."""

    def __init__(self) -> None:
        self._found: list[FieldProblem] = []

    def add(self, field: str, description: str, reason: str = "INVALID") -> None:
        """Note one; beyond twenty nobody reads on."""
        if len(self._found) < MOST_PROBLEMS:
            self._found.append(FieldProblem(field, description, reason))

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """Raises ApiError 400 when there is any."""
        if self._found:
            text = "; ".join(f"{item.field}: {item.description}" for item in self._found[:3])
            raise ApiError(400, "INVALID_REQUEST", text, fields=self._found)


@cache
def fields_of(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    """Fields by the contract's name and by its camel case form."""
    return {field.json_name: field for field in descriptor.fields} | {field.name: field for field in descriptor.fields}


def shown(key: str) -> str:
    """A caller's own key, fit to be repeated in an answer."""
    return key.encode("utf-8", "replace").decode()[:80]


def fill(message: Message, value: Any, path: str, problems: Problems) -> None:
    """Put a JSON value into a message. `path` is where it stands, with a dot at its end unless it is the whole."""
    filler = FILLERS.get(message.DESCRIPTOR.full_name)
    if filler is not None:
        try:
            filler(message, value)
        except Wrong as wrong:
            problems.add(path.rstrip("."), str(wrong))
    elif isinstance(value, dict):
        message.SetInParent()
        _fill_fields(message, value, path, problems)
    else:
        problems.add(path.rstrip(".") or "body", "must be an object")


def _fill_fields(message: Message, value: dict[str, Any], path: str, problems: Problems) -> None:
    fields, seen = fields_of(message.DESCRIPTOR), set()
    for key, item in value.items():
        field = fields.get(key)
        if field is None:
            problems.add(path + shown(key), "is not a field here", "UNKNOWN_FIELD")
        elif field.name in seen:
            problems.add(path + field.name, "stands twice", "DUPLICATE")
        elif item is not None:
            seen.add(field.name)
            _fill_field(message, field, item, path + field.name, problems)


def _fill_field(message: Message, field: FieldDescriptor, value: Any, path: str, problems: Problems) -> None:
    if _is_map(field):
        _fill_map(message, field, value, path, problems)
    elif field.is_repeated:
        _fill_list(message, field, value, path, problems)
    elif field.message_type is not None:
        fill(getattr(message, field.name), value, path + ".", problems)
    else:
        try:
            setattr(message, field.name, scalar(field, value))
        except Wrong as wrong:
            problems.add(path, str(wrong))


def _fill_list(message: Message, field: FieldDescriptor, value: Any, path: str, problems: Problems) -> None:
    if not isinstance(value, list):
        problems.add(path, "must be a list")
        return
    target = getattr(message, field.name)
    for index, item in enumerate(value):
        try:
            if field.message_type is not None:
                fill(target.add(), item, f"{path}[{index}].", problems)
            else:
                target.append(scalar(field, item))
        except Wrong as wrong:
            problems.add(f"{path}[{index}]", str(wrong))


def _fill_map(message: Message, field: FieldDescriptor, value: Any, path: str, problems: Problems) -> None:
    if not isinstance(value, dict):
        problems.add(path, "must be an object")
        return
    target, parts = getattr(message, field.name), message_of(field).fields_by_name
    for key, item in value.items():
        place = f"{path}[{shown(key)}]"
        try:
            name = text_scalar(parts["key"], key)
            if parts["value"].message_type is not None:
                fill(target[name], item, place + ".", problems)
            else:
                target[name] = scalar(parts["value"], item)
        except Wrong as wrong:
            problems.add(place, str(wrong))


def set_text(message: Message, name: str, values: list[str], problems: Problems) -> None:
    """Put the text of a query or path parameter into the field that its dotted name leads to."""
    target, field = _walk(message, name)
    if field is None:
        problems.add(shown(name), "is not a parameter here", "UNKNOWN_FIELD")
    elif field.message_type is not None and (field.is_repeated or field.message_type.full_name not in AS_TEXT):
        problems.add(shown(name), "is an object: name a field of it")
    elif len(values) > 1 and not field.is_repeated:
        problems.add(shown(name), "may stand only once", "DUPLICATE")
    else:
        _set_text(target, field, values, shown(name), problems)


def _set_text(message: Message, field: FieldDescriptor, values: list[str], name: str, problems: Problems) -> None:
    try:
        if field.message_type is not None:
            FILLERS[field.message_type.full_name](getattr(message, field.name), values[0])
        elif field.is_repeated:
            getattr(message, field.name).extend(text_scalar(field, value) for value in values)
        else:
            setattr(message, field.name, text_scalar(field, values[0]))
    except Wrong as wrong:
        problems.add(name, str(wrong))


def _walk(message: Message, name: str) -> tuple[Message, FieldDescriptor | None]:
    *parents, last = name.split(".")
    for parent in parents:
        field = fields_of(message.DESCRIPTOR).get(parent)
        if field is None or field.message_type is None or field.is_repeated or field.message_type.full_name in FILLERS:
            return message, None
        message = getattr(message, field.name)
    return message, fields_of(message.DESCRIPTOR).get(last)


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated and field.message_type is not None and field.message_type.GetOptions().map_entry)

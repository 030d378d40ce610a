"""Personal fields of an event are kept beside the log: what is split here is joined when it is published or read.

Serialised protobuf messages merge when they are put one after the other, so joining is plain concatenation of bytes.
"""

from __future__ import annotations

from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from prm import options_pb2


def split(message: Message) -> tuple[bytes, bytes | None]:
    """(the body without personal fields, the personal fields alone or None)."""
    if not has_personal(message.DESCRIPTOR):
        return message.SerializeToString(deterministic=True), None
    public, personal = type(message)(), type(message)()
    public.CopyFrom(message)
    _move(public, personal)
    return public.SerializeToString(deterministic=True), personal.SerializeToString(deterministic=True) or None


def _move(public: Message, personal: Message) -> None:
    for field, value in public.ListFields():
        if _is_personal(field):
            _copy(field, value, personal)
            public.ClearField(field.name)
        elif field.message_type is not None and not field.is_repeated and has_personal(field.message_type):
            _move(value, getattr(personal, field.name))


def _copy(field: FieldDescriptor, value: object, target: Message) -> None:
    if field.is_repeated:
        getattr(target, field.name).MergeFrom(value)
    elif field.message_type is not None:
        getattr(target, field.name).CopyFrom(value)
    else:
        setattr(target, field.name, value)


def _is_personal(field: FieldDescriptor) -> bool:
    return bool(field.GetOptions().Extensions[options_pb2.personal])


@cache
def has_personal(descriptor: Descriptor) -> bool:
    """Whether a message has personal fields. Raises TypeError for one inside a list, where joining would double it."""
    found = False
    for field in descriptor.fields:
        if _is_personal(field):
            found = True
        elif field.message_type is not None and field.message_type is not descriptor and has_personal(field.message_type):
            if field.is_repeated:
                raise TypeError(f"{field.full_name} lists messages with personal fields: mark the list itself (prm.personal)")
            found = True
    return found


def person_of(message: Message, aggregate: str) -> str:
    """Whose personal data it is: its `person_id`, or the person the event is about. Raises TypeError if neither says."""
    resource, _, key = aggregate.partition("/")
    found = str(getattr(message, "person_id", "")) or (key if resource == "person" else "")
    if not found:
        raise TypeError(f"{message.DESCRIPTOR.full_name} has personal fields but no person_id, so nobody could be erased from it")
    return found

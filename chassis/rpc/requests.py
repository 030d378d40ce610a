"""What happens to the request of a mutation around its command: repeats get the first answer, masked fields are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.errors import InvalidArgument
from chassis.rpc import access
from chassis.store import idempotency
from chassis.store.transaction import Transaction


def answer_once(tx: Transaction, method: access.Method, request: Message, work: Callable[[], Message]) -> Message:
    """Do the work, or give the answer that the same request id got before.

    Public calls are not repeated from memory: their caller is unknown, so anybody could ask for the answer. Passwords and
    keys are neither in the digest nor in the stored answer.
    """
    request_id = str(getattr(request, "request_id", ""))
    if method.access.public or not request_id:
        return work()
    body = method.name.encode() + access.without_secrets(request).SerializeToString(deterministic=True)
    stored = idempotency.claim(tx.connection, tx.subject.id, request_id, body, tx.now)
    if stored is not None:
        return _answer_class(method).FromString(stored)
    answer = work()
    idempotency.keep(tx.connection, tx.subject.id, request_id, access.without_secrets(answer).SerializeToString())
    return answer


def _answer_class(method: access.Method) -> type[Message]:
    service, _, call = method.name.removeprefix("/").partition("/")
    found = method.request.DESCRIPTOR.file.pool.FindServiceByName(service).methods_by_name[call]
    return message_factory.GetMessageClass(cast(Descriptor, found.output_type))


def refuse_masked_fields(request: Message, masks_of: Callable[[str], Mapping[str, Any]]) -> None:
    """Raises InvalidArgument if the request sets, or names in its update_mask, a field that is hidden from the caller."""
    for field, value in request.ListFields():
        shown = access.resource(value) if field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated else ""
        if not shown:
            continue
        mask = getattr(request, "update_mask", FieldMask())
        written = {item.name for item, _ in value.ListFields()} | {path.partition(".")[0] for path in mask.paths}
        hidden = sorted(written & set(masks_of(shown)))
        if hidden:
            raise InvalidArgument.field(f"{field.name}.{hidden[0]}", "is hidden from you, so you cannot set it", "FIELD_MASKED")

"""One HTTP rule of one RPC as an OpenAPI operation."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.settings import SERVICES
from gateway.contracts import message_of
from gateway.transcoding.bindings import Binding
from gateway.transcoding.openapi.comments import comments, summary
from gateway.transcoding.openapi.examples import example, text_example
from gateway.transcoding.openapi.rules import required
from gateway.transcoding.openapi.schemas import Schema, Schemas, described
from gateway.transcoding.streams import EVENT_STREAM
from gateway.transcoding.templates import SERVICE_FIELD
from gateway.transcoding.wellknown import AS_TEXT

HEADER_FIELDS = ("request_id", "etag")  # a header says them too, so the query need not
_DEEPEST = 3


def operation(binding: Binding, schemas: Schemas) -> Schema:
    """The operation object."""
    method, comment = binding.method, comments().get(binding.method.descriptor.full_name, "")
    found: Schema = {
        "operationId": method.descriptor.full_name.removeprefix("prm.").replace(".v1.", "."),
        "tags": [method.descriptor.containing_service.name],
        "summary": summary(comment),
        "description": comment,
        "parameters": _parameters(binding, schemas),
        "responses": _responses(binding, schemas),
        "x-grpc": method.path.removeprefix("/"),
    }
    if binding.body:
        found["requestBody"] = _body(binding, schemas)
    if method.access.public:
        found["security"] = []
    if method.access.action:
        found["x-access"] = {"resource": method.access.resource, "action": method.access.action}
    return found


def _parameters(binding: Binding, schemas: Schemas) -> list[Schema]:
    message = binding.method.sent
    found = [_path_parameter(message, name, schemas) for name in binding.template.fields]
    if binding.body != "*":
        taken = frozenset((*binding.template.fields, binding.body, *HEADER_FIELDS))
        found += _query_parameters(message, "", taken, schemas)
    if "request_id" in message.fields_by_name:
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if "etag" in message.fields_by_name:
        found.append({"$ref": "#/components/parameters/IfMatch"})
    if binding.method.streams:
        found.append({"$ref": "#/components/parameters/LastEventId"})
    return found


def _path_parameter(message: Descriptor, name: str, schemas: Schemas) -> Schema:
    *parents, last = name.split(".")
    for parent in parents:
        message = message_of(message.fields_by_name[parent])
    field = message.fields_by_name[last]
    schema = {"type": "string", "enum": list(SERVICES)} if name == SERVICE_FIELD else schemas.parameter(field)
    shown = SERVICES[1] if name == SERVICE_FIELD else text_example(field)
    parameter = {"name": name, "in": "path", "required": True, "schema": schema, "example": shown}
    return described(parameter, comments().get(field.full_name, ""))


def _query_parameters(message: Descriptor, prefix: str, taken: frozenset[str], schemas: Schemas) -> list[Schema]:
    found: list[Schema] = []
    for field in message.fields:
        name = prefix + field.name
        if name in taken:
            continue
        if field.message_type is not None and field.message_type.full_name not in AS_TEXT:
            if not field.is_repeated and name.count(".") < _DEEPEST:
                found += _query_parameters(field.message_type, f"{name}.", taken, schemas)
        else:
            found.append(_query_parameter(field, name, schemas))
    return found


def _query_parameter(field: FieldDescriptor, name: str, schemas: Schemas) -> Schema:
    parameter: Schema = {"name": name, "in": "query", "required": required(field), "schema": schemas.parameter(field)}
    if field.is_repeated:
        parameter |= {"style": "form", "explode": True}
    return described(parameter, comments().get(field.full_name, ""))


def _body(binding: Binding, schemas: Schemas) -> Schema:
    message = binding.method.sent
    if binding.body == "*":
        path = frozenset(binding.template.fields)
        schema, shown, needed = schemas.request(message, path), example(message, without=path, sent=True), False
    else:
        inner = message_of(message.fields_by_name[binding.body])
        schema, shown, needed = schemas.request(inner), example(inner, sent=True), True
    return {"required": needed, "content": {"application/json": {"schema": schema, "example": shown}}}


def _responses(binding: Binding, schemas: Schemas) -> Schema:
    method = binding.method
    refusals = ["400", "429", "503", "504"]
    refusals += [] if method.access.public else ["401", "403"]
    refusals += ["404"] if "{" in binding.template.text else []
    refusals += ["409", "413", "415"] if method.access.mutation else []
    refusals += ["412"] if "etag" in method.sent.fields_by_name else []
    found = {"200": _stream(method.answered) if method.streams else _answer(method.answered, schemas)}
    return found | {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(refusals)} | _DEFAULT


_DEFAULT: dict[str, Any] = {"default": {"$ref": "#/components/responses/default"}}


def _answer(message: Descriptor, schemas: Schemas) -> Schema:
    content = {"application/json": {"schema": schemas.answer(message), "example": example(message)}}
    found = {"description": comments().get(message.full_name, "Done."), "content": content}
    return found | ({"headers": {"ETag": {"$ref": "#/components/headers/ETag"}}} if "etag" in message.fields_by_name else {})


def _stream(message: Descriptor) -> Schema:
    text = "Server-sent events; `id` is the position to resume from, `data` the JSON of one event; an event `error` has problem details."
    return {
        "description": f"{comments().get(message.full_name, '')} {text}".strip(),
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
    }

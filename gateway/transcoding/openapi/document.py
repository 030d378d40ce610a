"""The whole document. It is made once a process, on the first request for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from gateway.transcoding.answers import dump
from gateway.transcoding.bindings import table
from gateway.transcoding.openapi.comments import comments
from gateway.transcoding.openapi.operations import operation
from gateway.transcoding.openapi.schemas import Schema, Schemas
from gateway.transcoding.problems import PROBLEM

VERSION = "1"
_INTRODUCTION = """\
Every method of the suite as JSON over HTTP, with the same names, rights and errors as over gRPC.

**Getting in.** `POST /v1/tokens:issue` with the id and secret of a service account gives a token for five minutes; send it as
`Authorization: Bearer …`. **Repeating.** Send `Idempotency-Key` with whatever changes something: a repeat returns the first
answer. **Changing what you saw.** Send the `ETag` you got as `If-Match`; when somebody was faster the answer is 412.
**Refusals** are problem details (RFC 9457); `reason` is permanent, `errors` names the fields, `decision_id` the decision of
the policy. **Numbers** of 64 bits are texts. **Hidden fields** are null and named in `masked_fields`. **Lists** have
`page_size` and `page_token`; the next page's token is empty on the last."""
_REFUSALS = {
    "400": ("The request is wrong; `errors` names the fields.", "INVALID_REQUEST"),
    "401": ("Nobody knows who calls.", "TOKEN_MISSING"),
    "403": ("Known, and not allowed; `decision_id` names the decision.", "NOT_ALLOWED"),
    "404": ("It does not exist, or the caller may not know that it does.", "NOT_FOUND"),
    "409": ("The object's state does not allow it, or something unique is taken.", "FAILED_PRECONDITION"),
    "412": ("The object changed since it was read.", "ETAG_MISMATCH"),
    "413": ("The body is too large.", "BODY_TOO_LARGE"),
    "415": ("The body is not JSON.", "CONTENT_TYPE"),
    "429": ("Too often; `Retry-After` says when again.", "RATE_LIMITED"),
    "503": ("A part that is needed is away; `Retry-After` says when again.", "UNAVAILABLE"),
    "504": ("It took too long.", "DEADLINE_EXCEEDED"),
    "default": ("Anything else that went wrong.", "INTERNAL"),
}


@cache
def document(public_url: str) -> Schema:
    """The OpenAPI document as JSON values."""
    schemas = Schemas()
    paths: dict[str, Schema] = {}
    for binding in table():
        paths.setdefault(binding.template.text, {})[binding.verb.lower()] = operation(binding, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "PRM", "version": VERSION, "description": _INTRODUCTION},
        "servers": [{"url": public_url}],
        "security": [{"bearer": []}],
        "tags": _tags(),
        "paths": dict(sorted(paths.items())),
        "components": _components(schemas),
    }


@cache
def document_text(public_url: str) -> str:
    """The same as text."""
    return dump(document(public_url))


def _tags() -> list[Schema]:
    services = {binding.method.descriptor.containing_service.full_name for binding in table()}
    return [{"name": name.rpartition(".")[2], "description": comments().get(name, "")} for name in sorted(services)]


def _components(schemas: Schemas) -> Schema:
    return {
        "schemas": dict(sorted((schemas.components | {"Problem": _PROBLEM}).items())),
        "responses": {status: _refusal(status, *said) for status, said in _REFUSALS.items()},
        "parameters": _PARAMETERS,
        "headers": {
            "ETag": {"description": "Changes with every change of the object.", "schema": {"type": "string"}, "example": '"3"'},
            "RetryAfter": {"description": "Seconds until repeating may help.", "schema": {"type": "integer"}, "example": 2},
        },
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A token from `/v1/tokens:issue`; five minutes.",
            }
        },
    }


def _refusal(status: str, text: str, reason: str) -> Schema:
    shown: dict[str, Any] = {
        "type": f"urn:prm:problem:{reason.lower().replace('_', '-')}",
        "title": reason.replace("_", " ").capitalize(),
        "status": 500 if status == "default" else int(status),
        "detail": text,
        "reason": reason,
        "domain": "deals.prm",
    }
    if status == "400":
        shown["errors"] = [{"field": "registration.customer.country", "description": "must be two capital letters", "reason": "INVALID"}]
    if status == "403":
        shown["decision_id"] = "dec_01JZ5T0B3C8E7G6H9K2M4N5PQR"
    found: Schema = {"description": text, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}}}
    return found | ({"headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}} if status in ("429", "503") else {})


_TEXT: Schema = {"type": "string"}
_PROBLEM: Schema = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reason", "domain"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people; may change."},
        "reason": {"type": "string", "description": "Permanent: programs may rely on it."},
        "domain": {"type": "string", "description": "Who refused: a service or the gateway."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "description", "reason"],
                "properties": {"field": _TEXT, "description": _TEXT, "reason": _TEXT},
            },
        },
        "decision_id": {"type": "string", "description": "The decision of the policy."},
        "metadata": {"type": "object", "additionalProperties": _TEXT},
        "trace_id": {"type": "string", "description": "Finds the call in the logs."},
    },
}
_PARAMETERS: Schema = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Unique per attempt; a repeat within seven days returns the first answer, with another body it is 409. Minted when missing.",
        "schema": {"type": "string", "minLength": 8, "maxLength": 128},
        "example": "order-4711-attempt-1",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what was seen; 412 when it changed since.",
        "schema": _TEXT,
        "example": '"3"',
    },
    "LastEventId": {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "Resume after this position; browsers send it by themselves.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "example": "4711",
    },
}

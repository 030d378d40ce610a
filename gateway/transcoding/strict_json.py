"""JSON of a request body, read strictly (RFC 8259, I-JSON): what two readers could understand differently is refused."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from gateway.errors import ApiError, FieldProblem, bad_request

MAX_DIGITS = 40  # more than any number of the contracts; longer ones are not even converted, since that takes quadratic time


@dataclass(frozen=True, slots=True)
class NotANumber:
    """Stands for NaN, Infinity or a number beyond all ranges, until the field that holds it is known."""

    text: str


def parse_object(body: bytes) -> dict[str, Any]:
    """The object in a body; an empty body is an empty object. Errors: ApiError 400 saying what is wrong and where."""
    if not body:
        return {}
    value = _parse(_text(body))
    if not isinstance(value, dict):
        raise bad_request("JSON_NOT_AN_OBJECT", "The body must be a JSON object")
    return value


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise bad_request("BAD_ENCODING", f"The body is not UTF-8 at byte {error.start}") from None


def _parse(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=NotANumber, parse_int=_integer, parse_float=_float)
    except json.JSONDecodeError as error:
        raise bad_request("JSON_MALFORMED", f"The body is not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise bad_request("JSON_TOO_DEEP", "The body is nested too deeply") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _duplicate([key for key, _ in pairs])
    return found


def _duplicate(keys: list[str]) -> ApiError:
    key = next(key for index, key in enumerate(keys) if key in keys[:index])
    shown = key.encode("utf-8", "replace").decode()[:80]
    return bad_request("JSON_DUPLICATE_KEY", f"{shown}: stands twice in one object", FieldProblem(shown, "stands twice", "DUPLICATE"))


def _integer(text: str) -> int | NotANumber:
    return int(text) if len(text) <= MAX_DIGITS else NotANumber(text[:MAX_DIGITS])


def _float(text: str) -> float | NotANumber:
    value = float(text)
    return value if math.isfinite(value) else NotANumber(text[:MAX_DIGITS])

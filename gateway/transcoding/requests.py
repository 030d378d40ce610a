"""An HTTP request as the message of its RPC: path, query, body and the two headers that stand for fields."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from urllib.parse import parse_qsl

from google.protobuf.message import Message

from gateway.errors import ApiError, FieldProblem, bad_request
from gateway.transcoding.bindings import Match
from gateway.transcoding.decode import Problems, fields_of, fill, set_text, shown
from gateway.transcoding.strict_json import parse_object

_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
_MOST_PARAMETERS = 200
_JSON = "application/json"


@dataclass(frozen=True)
class Incoming:
    """What of an HTTP request matters here. Header names are lower case, `query` is still encoded."""

    query: bytes
    headers: Mapping[str, str]
    body: bytes


def to_message(match: Match, incoming: Incoming) -> Message:
    """The request message. Errors: ApiError 400 naming the fields, 415 for a body that is not JSON."""
    message, problems = match.binding.method.request(), Problems()
    _body(message, match, incoming, problems)
    _path(message, match, problems)
    _query(message, match, incoming.query, problems)
    _headers(message, incoming.headers, problems)
    problems.check()
    return message


def _body(message: Message, match: Match, incoming: Incoming, problems: Problems) -> None:
    rule = match.binding.body
    if not incoming.body:
        return
    if not rule:
        raise bad_request("BODY_NOT_TAKEN", f"{match.binding.verb} here takes no body")
    check_json(incoming.headers)
    value = parse_object(incoming.body)
    if rule == "*":
        fill(message, value, "", problems)
    else:
        fill(getattr(message, rule), value, f"{rule}.", problems)


def check_json(headers: Mapping[str, str]) -> None:
    """Raises ApiError 415 unless the body is plain JSON in UTF-8."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if kind.strip().lower() != _JSON or charset not in ("", "utf-8"):
        raise ApiError(415, "CONTENT_TYPE", f"Send the body as Content-Type: {_JSON}", headers={"Accept": _JSON})
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "CONTENT_ENCODING", "Send the body without Content-Encoding", headers={"Accept-Encoding": "identity"})


def _path(message: Message, match: Match, problems: Problems) -> None:
    """The path wins, so a body that says something else is a mistake of the caller's."""
    for name, value in match.path.items():
        there = str(attrgetter(name)(message))
        if there and there != value:
            problems.add(name, "differs from the path")
        else:
            set_text(message, name, [value], problems)


def _query(message: Message, match: Match, query: bytes, problems: Problems) -> None:
    grouped: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        grouped.setdefault(name, []).append(value)
    for name, values in grouped.items():
        if match.binding.body == "*":
            problems.add(shown(name), "belongs into the body", "UNKNOWN_FIELD")
        elif name in match.path or name.split(".")[0] == match.binding.body:
            problems.add(shown(name), "is given by the path or the body")
        else:
            set_text(message, name, values, problems)


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise bad_request("BAD_ENCODING", "The query is not UTF-8") from None
    except ValueError:
        raise bad_request("TOO_MANY_PARAMETERS", f"A query takes at most {_MOST_PARAMETERS} parameters") from None


def _headers(message: Message, headers: Mapping[str, str], problems: Problems) -> None:
    fields = fields_of(message.DESCRIPTOR)
    if "if-match" in headers:
        if "etag" not in fields:
            raise bad_request("IF_MATCH_NOT_TAKEN", "If-Match means nothing here")
        _from_header(message, "etag", _etag(headers["if-match"]), problems)
    if "request_id" in fields:
        _from_header(message, "request_id", headers.get("idempotency-key", ""), problems)
        if not message.request_id:  # type: ignore[attr-defined]
            message.request_id = f"rest-{uuid.uuid4()}"  # type: ignore[attr-defined]


def _from_header(message: Message, name: str, value: str, problems: Problems) -> None:
    there = getattr(message, name)
    if value and there and there != value:
        problems.add(name, "differs from the header")
    elif value and not value.isascii():
        problems.add(name, "must be ASCII")
    elif value:
        setattr(message, name, value)


def _etag(header: str) -> str:
    """The etag of If-Match, quotes included (AIP-154); `*` asks only that the object exists, which every method does.

    A weak one counts as strong: proxies that compress weaken what they pass on, and the versions behind it are exact.
    """
    etag = header.strip().removeprefix("W/")
    if etag == "*":
        return ""
    if not _ETAG.fullmatch(etag):
        problem = FieldProblem("etag", 'must be one etag in quotes, such as "3"')
        raise bad_request("IF_MATCH_MALFORMED", "If-Match must be one etag in quotes", problem)
    return etag

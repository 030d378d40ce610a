"""The table of routes: every HTTP rule of the contracts with its compiled path, and the search in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote_to_bytes

from google.api import http_pb2

from gateway.contracts import Method, methods
from gateway.errors import ApiError, FieldProblem, bad_request
from gateway.transcoding.templates import Template, compile_template

_VERBS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Binding:
    """One HTTP verb and path of one RPC. `body` is `*`, the name of a field, or empty."""

    verb: str
    template: Template
    body: str
    method: Method


@dataclass(frozen=True)
class Match:
    """A binding and what the path says, decoded."""

    binding: Binding
    path: dict[str, str]


class Table:
    """All bindings, the more literal first, so that `/v1/people:batchGet` is never a person."""

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self._bindings = sorted(bindings, key=lambda binding: binding.template.rank)

    def __iter__(self) -> Iterator[Binding]:
        return iter(self._bindings)

    def find(self, verb: str, raw_path: str) -> Match:
        """The binding for a request. Errors: ApiError 404, 405 with Allow, 400 for a path that is no UTF-8."""
        found = self._at(raw_path)
        for binding, values in found:
            if binding.verb == ("GET" if verb == "HEAD" and not binding.method.streams else verb):
                return Match(binding, {field: _decoded(field, value) for field, value in values.items()})
        if found:
            raise ApiError(405, "METHOD_NOT_ALLOWED", f"This path does not take {verb}", headers={"Allow": allow(found)})
        raise ApiError(404, "ROUTE_NOT_FOUND", "There is nothing at this path")

    def allowed(self, raw_path: str) -> str:
        """The verbs of a path as the Allow header says them. Errors: ApiError 404."""
        found = self._at(raw_path)
        if not found:
            raise ApiError(404, "ROUTE_NOT_FOUND", "There is nothing at this path")
        return allow(found)

    def _at(self, raw_path: str) -> list[tuple[Binding, dict[str, str]]]:
        """The bindings whose path this is. Only the most literal template counts, or a verb would choose the resource."""
        matches = [(binding, values) for binding in self._bindings if (values := binding.template.match(raw_path)) is not None]
        return [match for match in matches if match[0].template.rank == matches[0][0].template.rank]


def allow(found: Iterable[tuple[Binding, dict[str, str]]]) -> str:
    """The Allow header: HEAD wherever GET is answered at once."""
    verbs = {"OPTIONS"}
    for binding, _ in found:
        verbs.add(binding.verb)
        if binding.verb == "GET" and not binding.method.streams:
            verbs.add("HEAD")
    return ", ".join(sorted(verbs))


@cache
def table() -> Table:
    """The routes of the suite."""
    return Table(binding for method in methods() if method.http is not None for binding in _bindings(method, method.http))


def _bindings(method: Method, rule: http_pb2.HttpRule) -> Iterator[Binding]:
    for one in (rule, *rule.additional_bindings):
        verb = one.WhichOneof("pattern") or ""
        if verb not in _VERBS or one.response_body:
            raise ValueError(f"{method.path}: this kind of HTTP rule is not served")
        yield Binding(verb.upper(), compile_template(getattr(one, verb)), one.body, method)


def _decoded(field: str, value: str) -> str:
    try:
        return unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise bad_request("BAD_ENCODING", f"{field}: the path is not UTF-8", FieldProblem(field, "is not UTF-8")) from None

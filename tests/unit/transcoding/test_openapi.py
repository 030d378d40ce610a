"""The OpenAPI document: valid, complete, and its examples are true."""

from __future__ import annotations

from typing import Any

import protovalidate
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from gateway.contracts import methods
from gateway.transcoding.answers import dump
from gateway.transcoding.bindings import Binding, Match, table
from gateway.transcoding.openapi.comments import comments, summary
from gateway.transcoding.openapi.document import document
from gateway.transcoding.requests import Incoming, to_message

URL = "https://portal.example.com"


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return document(URL)


def operation(spec: dict[str, Any], binding: Binding) -> dict[str, Any]:
    found: dict[str, Any] = spec["paths"][binding.template.text][binding.verb.lower()]
    return found


def test_it_is_valid(spec: dict[str, Any]) -> None:
    validate(spec)


def test_every_route_is_in_it_with_words(spec: dict[str, Any]) -> None:
    for binding in table():
        found = operation(spec, binding)
        assert found["summary"], f"{binding.method.path} has no comment"
        assert found["x-grpc"] == binding.method.path[1:]
    operations = [found["operationId"] for path in spec["paths"].values() for found in path.values()]
    assert len(operations) == len(set(operations))


def test_who_needs_no_token_is_said(spec: dict[str, Any]) -> None:
    for binding in table():
        assert (operation(spec, binding).get("security") == []) == binding.method.access.public, binding.method.path


def test_everything_in_the_contracts_has_a_comment(spec: dict[str, Any]) -> None:
    silent = [
        name
        for name, schema in spec["components"]["schemas"].items()
        if not schema.get("description") and not name.startswith(("Money", "Date"))
    ]
    assert silent == []
    assert all(comments().get(method.descriptor.full_name) for method in methods())


def test_body_examples_keep_the_rules_they_come_with(spec: dict[str, Any]) -> None:
    """An example that the API would refuse is worse than none: each passes its schema, the transcoder and the contract's rules."""
    problems = []
    for binding in table():
        if not binding.body:
            continue
        content = operation(spec, binding)["requestBody"]["content"]["application/json"]
        problems += [(binding.method.name, error.message) for error in validator(spec, content["schema"]).iter_errors(content["example"])]
        path = dict.fromkeys(binding.template.fields, "id_1")
        incoming = Incoming(b"", {"content-type": "application/json"}, dump(content["example"]).encode())
        for item in protovalidate.collect_violations(to_message(Match(binding, path), incoming)):
            assert item.proto.field is not None
            problems.append((binding.method.name, f"{item.proto.rule_id} {[part.field_name for part in item.proto.field.elements]}"))
    assert problems == []


def test_answer_examples_fit_their_schemas(spec: dict[str, Any]) -> None:
    problems = []
    for binding in table():
        shown = operation(spec, binding)["responses"]["200"]["content"].get("application/json")
        if shown is not None:
            errors = validator(spec, shown["schema"]).iter_errors(shown["example"])
            problems += [(binding.method.name, f"{list(error.path)}: {error.message}") for error in errors]
    assert problems == []


def test_requests_that_break_a_rule_break_the_schema(spec: dict[str, Any]) -> None:
    schema = validator(spec, {"$ref": "#/components/schemas/Registration.Input"})
    assert schema.is_valid({"customer": {"name": "Nordlicht"}})
    assert not schema.is_valid({"customer": {"name": "x" * 201}})
    assert not schema.is_valid({"customer": {"name": "x", "country": "Germany"}})
    assert not schema.is_valid({"margin_percent": 101})
    assert not schema.is_valid({"nobody": "knows"})


def test_summaries_end_where_the_sentence_does() -> None:
    assert summary("One registration. Errors: NOT_FOUND.") == "One registration"
    assert summary("prm.deals.v1 is a package") == "prm.deals.v1 is a package"


def validator(spec: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": spec["components"]})

"""The shipped roles name what exists, and keep duties apart."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.message import Message
from prm import options_pb2

from chassis.events.types import noun_of
from chassis.policy.roles import table_from_body
from services.identity.roles.shipped import EVENT_RESOURCES, GUARDED_FIELDS, SHIPPED
from tests.unit.chassis.test_contracts import ALL

POLICIES = Path(__file__).parents[3] / "policies" / "prm" / "resource"
SCOPES = {"own", "org", "subtree", "assigned", "all"}
RULES = [found.GetOptions().Extensions[options_pb2.access] for found in ALL]
ASKED = {(rule.resource, rule.action) for rule in RULES if rule.resource}


def test_every_rpc_is_open_to_some_role() -> None:
    granted = {(resource, action) for role in SHIPPED.values() for resource, actions in role.permissions.items() for action in actions}
    assert ASKED - granted == set()


def test_every_asked_resource_has_a_policy() -> None:
    resources = {resource for resource, _ in ASKED} | {name for role in SHIPPED.values() for name in role.permissions}
    missing = {name for name in resources - set(EVENT_RESOURCES) if not (POLICIES / f"{name}.rego").exists()}
    assert missing == set()


@pytest.mark.parametrize("name", SHIPPED)
def test_names_exist(name: str) -> None:
    role = SHIPPED[name]
    assert {scope for actions in role.permissions.values() for scopes in actions.values() for scope in scopes} <= SCOPES
    assert set(role.grantable_roles) <= set(SHIPPED)
    assert set(role.toxic_with) <= set(SHIPPED) - {name}
    assert set(role.readable_fields) <= set(GUARDED_FIELDS)


@pytest.mark.parametrize("field", GUARDED_FIELDS)
def test_guarded_fields_are_fields_of_the_contracts(field: str) -> None:
    resource, _, name = field.partition(".")
    importlib.import_module("tests.unit.chassis.test_contracts")
    pool = descriptor_pool.Default()
    files = {method.containing_service.file.name for method in ALL}
    shown = [
        message
        for file in files
        for message in pool.FindFileByName(file).message_types_by_name.values()
        if message.GetOptions().Extensions[options_pb2.resource] == resource
    ]
    assert shown
    assert all(name in message.fields_by_name and "masked_fields" in message.fields_by_name for message in shown)


def test_no_role_gives_what_only_others_may_hold() -> None:
    """Nobody of a partner gives a role of the vendor."""
    for role in SHIPPED.values():
        if role.kind == "partner":
            assert all(SHIPPED[name].kind == "partner" for name in role.grantable_roles)


def test_the_auditor_changes_nothing() -> None:
    actions = {action for actions in SHIPPED["auditor"].permissions.values() for action in actions}
    assert actions == {"read", "read_draft", "download", "explain", "what_if", "who_can"}


def test_an_unguarded_field_has_no_readers_and_a_guarded_one_without_readers_stays_hidden() -> None:
    body = {"roles": {"a": {"permissions": {}, "readable_fields": [], "toxic_with": [], "approval_limit": 0}}, "guarded_fields": ["x.f"]}
    table = table_from_body(1, 1, body)
    assert table.access(("a",), "x")["fields"] == {"x": {"f": []}}
    assert table.access(("a",), "y")["fields"] == {"y": {}}
    assert table.access(("ghost",), "x")["roles"] == {}


def events() -> list[type[Message]]:
    """Every fact that some service records."""
    folder = Path(__file__).parents[3] / "protos" / "prm"
    files = [path for path in sorted(folder.glob("*/v1/*.proto")) if path.stem in ("events", "facts") and path.parents[1].name != "events"]
    modules = [importlib.import_module(f"prm.{path.parents[1].name}.v1.{path.stem}_pb2") for path in files]
    return [message_factory.GetMessageClass(found) for module in modules for found in module.DESCRIPTOR.message_types_by_name.values()]


@pytest.mark.parametrize("event", events(), ids=lambda event: event.DESCRIPTOR.name)
def test_no_event_is_hidden_from_everybody(event: type[Message]) -> None:
    """But those of what a person is told: they are nobody else's."""
    noun = noun_of(event.DESCRIPTOR)
    if noun in ("notification", "notification_preference"):
        return
    assert "read" in SHIPPED["auditor"].permissions.get(noun, {}), noun

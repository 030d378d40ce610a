"""Every column that a policy looks at is one of the table whose rows it decides about."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from chassis.policy.supposing import COLUMNS
from chassis.settings import SERVICES
from chassis.store.entity import Mapping

ROOT = Path(__file__).parents[3]
POLICIES = ROOT / "policies" / "prm" / "resource"
SCOPES = re.compile(r"lib\.(?:sees|within|beyond)\(\"(\w+)\"")
SCOPED = {"id", "org_id", "org_path", "owner_id"}


def wanted(resource: str) -> set[str]:
    text = (POLICIES / f"{resource}.rego").read_text()
    return set(re.findall(rf"input\.{resource}\.(\w+)", text)) | (SCOPED if SCOPES.search(text) else set())


def mappings() -> Iterator[Mapping[Any]]:
    for path in sorted((ROOT / "services").glob("*/*/table.py")):
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        yield from (value for value in vars(module).values() if isinstance(value, Mapping))


def policies() -> list[str]:
    return sorted(path.stem for path in POLICIES.glob("*.rego") if not path.stem.endswith("_test"))


def test_there_are_policies() -> None:
    assert "registration" in policies()
    assert wanted("registration") == SCOPED | {"status", "created_by", "submitted_by", "decided_by"}


@pytest.mark.parametrize("mapping", [item for item in mappings() if item.resource in policies()], ids=lambda item: item.resource)
def test_columns_exist(mapping: Mapping[Any]) -> None:
    if mapping.table.name == "fact_log":  # only carries the events of the role table
        return
    assert wanted(mapping.resource) <= set(mapping.table.c.keys())


def test_what_may_be_supposed_of_a_row_is_what_policies_look_at() -> None:
    looked_at = set().union(*(wanted(resource) for resource in policies()))
    assert looked_at - {"id", "org_path", "resource", "aggregate", "type"} == COLUMNS


def test_every_object_with_a_policy_may_be_asked_about() -> None:
    """But the role table as identity publishes it: a role itself is an object."""
    services = [import_module(f"services.{name}.service").SERVICE for name in SERVICES]
    nouns = {mapping.table.name for service in services for mapping in service.nouns}
    assert nouns == {mapping.table.name for mapping in mappings() if mapping.resource in policies()} - {"fact_log"}

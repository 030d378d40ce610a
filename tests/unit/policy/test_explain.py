"""A refusal says the nearest reason: a scope before a state, separation of duties before a state."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chassis.errors import FailedPrecondition, PermissionDenied
from chassis.policy.decisions import Decision, Refused, refusal
from chassis.policy.explain import TEXTS, explain
from chassis.policy.residual import Group, Leaf, Residual
from chassis.policy.subject import Subject
from tests.integration.policy.conftest import NOW

MONA = Subject(id="mona", kind="vendor", org_id="v", org_path="v.", org_state="active", state="active", roles=("manager",))
ACCESS = {"roles": {"manager": {"deal": {"approve": ["assigned"]}}}, "toxic_pairs": []}
APPROVE = Residual(
    "deal",
    (
        Group(
            "and",
            (
                Leaf("org_id", "in", frozenset({"r1"})),
                Leaf("submitted_by", "ne", "mona"),
                Leaf("amount", "lte", 100),
                Leaf("colour", "eq", "red"),
                Leaf("status", "eq", "in_review"),
            ),
        ),
    ),
)
GOOD = {"org_id": "r1", "submitted_by": "rex", "amount": 5, "colour": "red", "status": "in_review"}


@pytest.mark.parametrize(
    ("changes", "reason", "missing"),
    [
        ({"status": "approved"}, "WRONG_STATE", "status eq in_review"),
        ({"colour": "blue", "status": "approved"}, "CONDITION_NOT_MET", "colour eq red"),
        ({"amount": 500, "status": "approved"}, "LIMIT_EXCEEDED", "amount lte 100"),
        ({"submitted_by": "mona", "status": "approved", "amount": 500}, "SEPARATION_OF_DUTIES", "submitted_by ne mona"),
        ({"org_id": "r2", "submitted_by": "mona"}, "OUT_OF_SCOPE", "org_id in r1"),
    ],
)
def test_the_nearest_reason(changes: dict[str, Any], reason: str, missing: str) -> None:
    found = explain(MONA, "approve", APPROVE, ACCESS, GOOD | changes)
    assert (found.reason, found.missing, found.rule) == (reason, missing, "prm.resource.deal.include")
    assert reason in TEXTS


def test_of_two_ways_the_nearer_one_is_told() -> None:
    ways = Residual("deal", (*APPROVE.branches, Leaf("owner_id", "eq", "mona")))
    found = explain(MONA, "approve", ways, ACCESS, GOOD | {"owner_id": "rex", "status": "approved"})
    assert found.reason == "WRONG_STATE"


@pytest.mark.parametrize(
    ("subject", "access", "reason"),
    [
        (replace(MONA, state="deactivated"), ACCESS, "PERSON_NOT_ACTIVE"),
        (replace(MONA, org_state="suspended"), ACCESS, "ORGANIZATION_NOT_ACTIVE"),
        (replace(MONA, roles=("manager", "payer")), ACCESS | {"toxic_pairs": [["manager", "payer"]]}, "TOXIC_ROLES"),
        (MONA, {"roles": {"manager": {"deal": {"read": ["all"]}}}}, "ROLE_MISSING"),
        (MONA, ACCESS, "OUT_OF_SCOPE"),
    ],
)
def test_without_any_row(subject: Subject, access: dict[str, Any], reason: str) -> None:
    assert explain(subject, "approve", Residual("deal", ()), access, GOOD).reason == reason


def decision(reason: str) -> Decision:
    return Decision(False, reason, NOW, "mona", "approve", "deal", "deal_1", rule="prm.resource.deal.include", missing="x", revision="r1")


def test_refusal_names_rule_and_decision() -> None:
    made = decision("SEPARATION_OF_DUTIES")
    error = refusal(made, "r1")
    assert isinstance(error, Refused | PermissionDenied)
    assert error.reason == "SEPARATION_OF_DUTIES"
    assert error.metadata == {
        "decision_id": made.decision_id,
        "action": "deal.approve",
        "subject": "deal/deal_1",
        "organization_id": "r1",
        "rule": "prm.resource.deal.include",
        "missing": "x",
        "policy": "r1",
    }


def test_a_wrong_state_is_a_precondition() -> None:
    error = refusal(decision("WRONG_STATE"))
    assert isinstance(error, FailedPrecondition)
    assert error.reason == "DEAL_STATE"

"""The engine away, slow, empty or wrong: refused as unavailable at once, and never mixed up with a no."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chassis import deadline
from chassis.errors import DeadlineExceeded
from chassis.policy.clauses import as_policy_row
from chassis.policy.decisions import Refused
from chassis.policy.opa import PolicyClient, PolicyUnavailable
from chassis.policy.policy import Policy
from chassis.policy.residual import PolicyFault
from chassis.policy.subject import Grant
from deploy.local.install import opa as program
from tests.integration.policy.conftest import GRANTEE, NOW, World

MISSPELT = """package prm.resource.registration
include if input.registration.id == "a"
include if input.registratoin.org_id == "x"
masks["registration"] := {}
"""
UNUSABLE = """package prm.resource.registration
include if count(input.registration.tags) > 1
masks["registration"] := {}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """An engine of its own with these policies and no others."""
    running: list[subprocess.Popen[bytes]] = []

    def start(text: str) -> str:
        (tmp_path / "policy.rego").write_text(text or "package nothing\n")
        port = free_port()
        command = [
            str(program()),
            "run",
            "--server",
            "--skip-version-check",
            "--log-level=error",
            f"--addr=127.0.0.1:{port}",
            str(tmp_path),
        ]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        client = PolicyClient(f"http://127.0.0.1:{port}")
        while not client.check_health():
            time.sleep(0.02)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture
def hanging() -> Iterator[str]:
    """Takes calls and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def policy_at(world: World, url: str) -> Policy:
    return Policy(url, "deals", world.facts)


def filtered(world: World, policy: Policy) -> None:
    policy.filter(world.subject(GRANTEE), "read", "registration", now=NOW)


def test_out(world: World) -> None:
    policy = policy_at(world, f"http://127.0.0.1:{free_port()}")
    began = time.monotonic()
    with pytest.raises(PolicyUnavailable) as error:
        filtered(world, policy)
    assert error.value.reason == "POLICY_UNAVAILABLE"
    assert time.monotonic() - began < 0.2
    assert not policy.ready()


def test_hanging(world: World, hanging: str) -> None:
    began = time.monotonic()
    with pytest.raises(PolicyUnavailable):
        filtered(world, policy_at(world, hanging))
    assert time.monotonic() - began < 0.8


def test_hanging_longer_than_the_caller_waits(world: World, hanging: str) -> None:
    """It is his time that ended, and no reason to call the engine away."""
    world.subject(GRANTEE)
    began = time.monotonic()
    deadline.begin(lambda: timedelta(seconds=began + 0.05 - time.monotonic()))
    try:
        with pytest.raises(DeadlineExceeded):
            filtered(world, policy_at(world, hanging))
        assert time.monotonic() - began < 0.3
    finally:
        deadline.begin(None)


def test_without_policies_is_not_ready_and_says_no_yes(world: World, started: Callable[[str], str]) -> None:
    policy = policy_at(world, started(""))
    assert not policy.ready()
    with pytest.raises(PolicyUnavailable):
        filtered(world, policy)
    with pytest.raises(PolicyUnavailable):
        policy.check(world.subject(GRANTEE), "read", "registration", as_policy_row(world.rows[0]), now=NOW, fresh=True)
    with pytest.raises(PolicyUnavailable):
        policy.masks(world.subject(GRANTEE), "registration", now=NOW)


def test_an_engine_that_lost_its_policies_says_no_no(world: World, started: Callable[[str], str], opa: str) -> None:
    """It answers `{}`, as for a no; a sidecar that has just restarted must not turn people away."""
    good, empty = PolicyClient(opa), PolicyClient(started(""))
    policy = Policy(opa, "deals", world.facts, client=good)
    filtered(world, policy)
    good._session, good.root_url = empty._session, empty.root_url
    with pytest.raises(PolicyUnavailable):
        policy.filter(world.subject(GRANTEE), "update", "registration", now=NOW)


RELEASE = 'package prm.release\nname := "prm"\n'


@pytest.mark.parametrize("text", [MISSPELT, UNUSABLE], ids=["misspelt", "unusable"])
def test_a_defect_of_a_policy_is_a_fault(world: World, started: Callable[[str], str], tmp_path: Path, text: str) -> None:
    (tmp_path / "release.rego").write_text(RELEASE)
    policy = policy_at(world, started(text))
    assert policy.ready()
    with pytest.raises(PolicyFault):
        filtered(world, policy)


class Switch:
    """A client whose engine can be taken away."""

    def __init__(self, url: str) -> None:
        self.inner = PolicyClient(url)
        self.away = False
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        self.asked += 1
        if self.away:
            raise PolicyUnavailable("away")
        return getattr(self.inner, name)


@pytest.fixture
def switch(opa: str) -> Switch:
    return Switch(opa)


@pytest.fixture
def switched(world: World, opa: str, switch: Switch) -> Policy:
    return Policy(opa, "deals", world.facts, client=switch)  # type: ignore[arg-type]


def test_cached_residuals_serve_while_it_is_away(world: World, switched: Policy, switch: Switch) -> None:
    subject = world.subject(GRANTEE)
    row = as_policy_row(world.rows[0])
    before = switched.check(subject, "read", "registration", row, now=NOW)
    switch.away = True
    assert switched.check(subject, "read", "registration", row, now=NOW).allowed == before.allowed
    for refused in (
        lambda: switched.check(subject, "read", "registration", row, now=NOW, fresh=True),
        lambda: switched.filter(subject, "update", "registration", now=NOW),
        lambda: switched.filter(replace(subject, epoch=2), "read", "registration", now=NOW),
        lambda: switched.filter(replace(subject, org_version=2), "read", "registration", now=NOW),
        lambda: switched.filter(replace(subject, roles_version=2), "read", "registration", now=NOW),
    ):
        with pytest.raises(PolicyUnavailable):
            refused()


def test_no_residual_outlives_a_grant(world: World, switched: Policy) -> None:
    subject = world.subject(GRANTEE)
    granted = as_policy_row(next(row for row in world.rows if row["id"] == "row_0007"))
    ended = as_policy_row(next(row for row in world.rows if row["id"] == "row_0008"))
    assert switched.check(subject, "read", "registration", granted, now=NOW).allowed
    assert not switched.check(subject, "read", "registration", ended, now=NOW).allowed
    assert not switched.check(subject, "read", "registration", granted, now=NOW + timedelta(hours=1)).allowed


def test_a_grant_alone_opens_its_object_only(world: World, switched: Policy) -> None:
    stranger = replace(
        world.subject(GRANTEE), id="per_x", roles=(), grants=(Grant("registration", "row_0009", ("read",), NOW.timestamp() + 9),)
    )
    seen = [row["id"] for row in world.rows if switched.check(stranger, "read", "registration", as_policy_row(row), now=NOW).allowed]
    assert seen == ["row_0009"]


def test_the_revision_is_the_bundles(world: World, switched: Policy) -> None:
    decision = switched.check(world.subject(GRANTEE), "read", "registration", as_policy_row(world.rows[0]), now=NOW)
    assert len(decision.revision) == 16
    assert decision.facts == {"person": 1, "organization": 1, "roles": 1}
    assert decision.decision_id.startswith("dec_")


def test_masks(world: World, switched: Policy, switch: Switch) -> None:
    hidden = {
        person: set(switched.masks(world.subject(person), "registration", now=NOW))
        for person in ("partner_sales@r1", "distributor_admin@d1")
    }
    assert hidden == {"partner_sales@r1": set(), "distributor_admin@d1": {"margin_percent"}}
    residual = switched.filter(world.subject("distributor_admin@d1"), "read", "registration", now=NOW)
    assert set(residual.masks["registration"]) == {"margin_percent"}
    switch.away = True
    assert switched.masks(world.subject("partner_sales@r1"), "session", now=NOW) == {}


def test_masks_hold_for_who_may_not_even_read(world: World, switched: Policy) -> None:
    assert set(switched.masks(world.subject("portal@v"), "registration", now=NOW)) == {"margin_percent"}


def test_the_door(world: World, switched: Policy) -> None:
    switched.require(world.subject("auditor@v"), "read", "audit_record", now=NOW)
    with pytest.raises(Refused) as error:
        switched.require(world.subject("partner_sales@r1"), "update", "role", now=NOW)
    assert error.value.reason == "ROLE_MISSING"
    assert error.value.metadata["decision_id"].startswith("dec_")
    assert error.value.metadata["missing"] == "a role with role.update"


def test_many_threads_ask_at_once(world: World, opa: str) -> None:
    policy = policy_at(world, opa)
    people = [world.subject(person) for person in ("partner_sales@r1", "finance@v", "auditor@v", "channel_manager@v")]

    def agree(number: int) -> bool:
        subject, row = people[number % len(people)], as_policy_row(world.rows[number % len(world.rows)])
        first = policy.check(subject, "read", "registration", row, now=NOW)
        return first.allowed == policy.check(subject, "read", "registration", row, now=NOW, fresh=True).allowed

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(agree, range(400)))

"""The short form of `./prm fuzz`: whatever is sent to any door, the suite answers, and never with a fault of its own."""

from __future__ import annotations

import pytest

from tests.fuzz.report import table
from tests.fuzz.run import Plan, Run
from tests.system import world as worlds
from tests.system.suite import Suite

REQUESTS, SEED = 2_000, 20_260


@pytest.mark.timeout(300)
def test_nothing_that_is_sent_breaks_the_suite(suite: Suite) -> None:
    """In a programme of its own: its people come to harm."""
    run = Run(Plan(REQUESTS, SEED, careful=True), worlds.build(suite))()
    found = run.as_json()
    assert run.outcomes.requests == REQUESTS
    assert not run.outcomes.faulty and not run.watch.crashed() and not run.watch.defects(), table(found)
    answered = {kind: row["done"] + row["refused"] for kind, row in found["kinds"].items()}
    assert all(answered.values()), "every kind was sent"
    assert found["kinds"]["grpc valid"]["done"] > 20 and found["kinds"]["rest valid"]["done"] > 20, "and some of it was right"

"""From a draft to protection and its end."""

from __future__ import annotations

from prm.deals.v1 import registrations_pb2 as pb

from tests.integration.deals.world import World

R = pb.Registration


def test_first_slice(world: World) -> None:
    draft = world.create()
    assert draft.status == R.DRAFT and draft.number.startswith("DR-2026-")
    changed = world.update(draft.id, customer=pb.Customer(name="Nordkai Fischwerk GmbH", town="Cuxhaven"), etag=draft.etag)
    assert changed.customer.name == "Nordkai Fischwerk GmbH"
    sent = world.submit(draft.id)
    assert sent.status == R.SUBMITTED
    world.run_jobs()
    now = world.get(draft.id)
    assert now.status == R.IN_REVIEW and now.decider_id == "per_tomas"
    print(now)

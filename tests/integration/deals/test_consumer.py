"""What identity tells: where organisations are, and who decides for whom."""

from __future__ import annotations

from prm.deals.v1 import registrations_pb2 as pb
from prm.identity.v1 import events_pb2 as identity
from prm.identity.v1 import facts_pb2

from chassis.events.subscriptions import subscriptions_of
from chassis.policy import putting
from services.deals import consumer
from services.deals.projections import Calendars
from tests.integration.deals.world import World, person_fact


def assign(
    world: World,
    person: str,
    org: str,
    assigned: tuple[str, ...],
    *,
    version: int,
    added: tuple[str, ...] = (),
    removed: tuple[str, ...] = (),
) -> None:
    with world.host.database.writing() as connection:
        putting.put_person(connection, person_fact(person, org, "channel_manager", assigned, version))
    world.handle(consumer.reassign_deciders, identity.PersonAssigned(person_id=person, added=added, removed=removed))


def test_the_subscriptions_are_sound() -> None:
    mine = {item.handler.__name__: item for item in subscriptions_of("deals") if item.handler.__module__ == consumer.__name__}
    assert set(mine) == {"meet_organization", "update_organization", "reassign_deciders"}
    assert all(item.ordered for item in mine.values())


def test_clocks_run_where_organisations_are(world: World) -> None:
    world.handle(
        consumer.meet_organization,
        identity.OrganizationCreated(organization_id="org_new", parent_id="org_v", country="BR", time_zone="America/Sao_Paulo"),
    )
    world.handle(
        consumer.update_organization, identity.OrganizationUpdated(organization_id="org_new", country="BR", time_zone="America/Manaus")
    )
    world.handle(
        consumer.update_organization, identity.OrganizationUpdated(organization_id="org_late", country="ES", time_zone="Europe/Madrid")
    )
    with world.host.database.reading() as connection:
        calendars = Calendars(connection)
        assert calendars.of("org_new").zone.key == "America/Manaus"
        assert calendars.of("org_late").zone.key == "Europe/Madrid"
        assert calendars.vendor.zone.key == "Europe/Berlin"
        assert calendars.of("org_unknown").zone.key == "Europe/Berlin"


def test_a_partner_without_manager_waits_for_one(world: World) -> None:
    with world.host.database.writing() as connection:
        putting.put_organization(connection, _facts("org_lonely"))
        putting.put_person(connection, person_fact("per_lone", "org_lonely", "partner_sales", ()))
    made = world.submitted("per_lone")
    assert made.status == pb.Registration.IN_REVIEW and not made.decider_id
    assign(world, "per_vera", "org_v", ("org_lonely",), version=1, added=("org_lonely",))
    assert world.get(made.id, "per_lone").decider_id == "per_vera"
    assert world.facts_recorded(made.id)[-1] == "decider_assigned"
    assign(world, "per_wim", "org_v", ("org_lonely",), version=1, added=("org_lonely",))
    assert world.get(made.id, "per_lone").decider_id == "per_vera"  # a second one takes nothing from the first
    assign(world, "per_vera", "org_v", (), version=2, removed=("org_lonely",))
    assert world.get(made.id, "per_lone").decider_id == "per_wim"
    assign(world, "per_wim", "org_v", (), version=2, removed=("org_lonely",))
    assert not world.get(made.id, "per_lone").decider_id


def test_decided_ones_keep_their_decider(world: World) -> None:
    made = world.approve(world.submitted("per_noemi").id, "per_ingrid")
    world.handle(consumer.reassign_deciders, identity.PersonAssigned(person_id="per_ingrid", removed=["org_alpen"]))
    assert world.get(made.id, "per_noemi").decider_id == "per_ingrid"


def _facts(org: str) -> facts_pb2.OrganizationFactsChanged:
    return facts_pb2.OrganizationFactsChanged(organization_id=org, version=1, floor=1, path=f"org_v.{org}.", state="active")

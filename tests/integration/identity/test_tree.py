"""The tree of organisations: who stands where, what moves along, what only one can have, who may change what."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from prm.identity.v1 import facts_pb2, organizations_pb2, people_pb2

from tests.integration.identity.conftest import World, refusal

Proto = organizations_pb2.Organization
FACTS = "prm.identity.organization.facts_changed.v1"


def move(world: World, which: str, to: str, **values: Any) -> Any:
    admin = world.admin
    return admin(admin.organizations.MoveOrganization, organizations_pb2.MoveOrganizationRequest(id=which, parent_id=to, **values))


def last_facts(world: World, which: str) -> facts_pb2.OrganizationFactsChanged:
    return facts_pb2.OrganizationFactsChanged.FromString(world.events(f"organization/{which}", FACTS)[-1].body)


def test_a_subtree_moves_with_its_people(world: World) -> None:
    north, south = (world.company(name, types=["distributor"]) for name in ("North", "South"))
    shop = world.company("Shop", north.id)
    branch = world.company("Branch", shop.id)
    clerk = world.join("clerk@branch.example", ["partner_admin"], branch.id)
    for name, company in (("nora", north), ("saul", south)):
        world.join(f"{name}@{name}.example", ["distributor_admin"], company.id)
    nora, saul = world.as_("nora@nora.example"), world.as_("saul@saul.example")
    get = people_pb2.GetPersonRequest(id=clerk.id)
    assert nora(nora.people.GetPerson, get).id == clerk.id
    before = last_facts(world, branch.id)
    moved = move(world, shop.id, south.id)
    assert (moved.parent_id, moved.path) == (south.id, f"{south.path}{shop.id}.")
    after = last_facts(world, branch.id)
    assert after.path == f"{south.path}{shop.id}.{branch.id}." and after.floor == after.version == before.version + 1
    assert refusal(lambda: nora(nora.people.GetPerson, get)).code is grpc.StatusCode.NOT_FOUND
    assert saul(saul.people.GetPerson, get).id == clerk.id
    listed = saul(saul.organizations.ListOrganizations, organizations_pb2.ListOrganizationsRequest())
    assert {"South", "Shop", "Branch"} <= {item.name for item in listed.organizations}


def test_a_move_that_breaks_the_tree(world: World) -> None:
    top = world.company("Top", types=["distributor"])
    leaf = world.company("Leaf", top.id)
    assert refusal(lambda: move(world, top.id, leaf.id)).reason == "ORGANIZATION_CYCLE"
    assert refusal(lambda: move(world, top.id, top.id)).reason == "ORGANIZATION_CYCLE"
    assert refusal(lambda: move(world, world.made.vendor_id, top.id)).reason == "ORGANIZATION_IS_VENDOR"
    assert refusal(lambda: move(world, leaf.id, "org_none")).code is grpc.StatusCode.NOT_FOUND
    assert refusal(lambda: move(world, leaf.id, world.made.vendor_id, etag='"99"')).reason == "ETAG_MISMATCH"
    count = len(world.events(f"organization/{leaf.id}"))
    move(world, leaf.id, top.id)  # it stands there already
    assert len(world.events(f"organization/{leaf.id}")) == count


def test_domains_and_tax_numbers_belong_to_one(world: World) -> None:
    admin = world.admin
    owner = world.company("Owner", tax_id="DE 136 695 976", domains=["owner.example", "owner-group.example"])

    def create(**values: Any) -> Any:
        wanted = Proto(name="Second", types=["reseller"], **values)
        return admin(admin.organizations.CreateOrganization, organizations_pb2.CreateOrganizationRequest(organization=wanted))

    taken = refusal(lambda: create(domains=["second.example", "Owner-Group.example"]))
    assert (taken.code, taken.reason) == (grpc.StatusCode.ALREADY_EXISTS, "DOMAIN_TAKEN")
    assert list(taken.fields) in (["organization.domains[0]"], ["organization.domains[1]"])
    assert refusal(lambda: create(tax_id="de136695976")).fields == {"organization.tax_id": "TAX_ID_TAKEN"}
    assert create(domains=["second.example"], tax_id="000").id
    mask = FieldMask(paths=["domains"])
    less = organizations_pb2.UpdateOrganizationRequest(organization=Proto(id=owner.id, domains=["owner.example"]), update_mask=mask)
    admin(admin.organizations.UpdateOrganization, less)
    assert create(domains=["owner-group.example"]).id  # given back, so free


def test_a_partner_changes_its_zone_but_not_what_rights_hang_on(world: World) -> None:
    company = world.company("Selfmade")
    world.join("adm@selfmade.example", ["partner_admin"], company.id)
    caller = world.as_("adm@selfmade.example")

    def update(**values: Any) -> Any:
        request = organizations_pb2.UpdateOrganizationRequest(organization=Proto(id=company.id, **values))
        return caller(caller.organizations.UpdateOrganization, request)

    assert update(time_zone="Europe/Lisbon").time_zone == "Europe/Lisbon"
    for values in ({"tier": "gold"}, {"domains": ["other.example"]}, {"types": ["distributor"]}, {"name": "Better"}, {"regions": ["emea"]}):
        found = refusal(lambda values=values: update(**values))  # type: ignore[misc]
        assert (found.code, found.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ORGANIZATION_FIELD_OF_VENDOR")
    assert refusal(lambda: update(time_zone="Mars/Base")).fields == {"organization.time_zone": "INVALID"}


def test_an_update_that_is_wrong_says_where(world: World) -> None:
    company, admin = world.company("Wrongly"), world.admin

    def update(mask: list[str], **values: Any) -> Any:
        organization = Proto(id=company.id, **values)
        request = organizations_pb2.UpdateOrganizationRequest(organization=organization, update_mask=FieldMask(paths=mask))
        return admin(admin.organizations.UpdateOrganization, request)

    assert list(refusal(lambda: update(["state"], name="x")).fields) == ["update_mask"]
    assert list(refusal(lambda: update(["types"], types=["vendor"], name="x")).fields) == ["organization.types"]
    assert list(refusal(lambda: update(["domains"], domains=["gmail.com"], name="x")).fields) == ["organization.domains[0]"]
    assert list(refusal(lambda: update(["channel_manager_id"], channel_manager_id="per_none", name="x")).fields) == [
        "organization.channel_manager_id"
    ]


def test_several_at_once_leave_out_what_is_hidden(world: World) -> None:
    one, two = world.company("Pair One"), world.company("Pair Two")
    world.join("p@pairone.example", ["partner_sales"], one.id)
    caller = world.as_("p@pairone.example")
    request = organizations_pb2.BatchGetOrganizationsRequest(ids=[one.id, two.id, "org_none"])
    assert [item.id for item in caller(caller.organizations.BatchGetOrganizations, request).organizations] == [one.id]
    cards = caller(
        caller.people.BatchGetPeople, people_pb2.BatchGetPeopleRequest(ids=[world.made.administrator_id, "portal", "per_none"])
    ).people
    assert {(card.name, card.organization_id) for card in cards} == {("Ada Admin", world.made.vendor_id), ("Portal", world.made.vendor_id)}


def test_a_tax_number_is_masked_from_those_who_do_not_read_it(world: World) -> None:
    company = world.company("Masked", tax_id="ATU12345678")
    world.join("s@masked.example", ["partner_sales"], company.id)
    sales, admin = world.as_("s@masked.example"), world.admin
    get = organizations_pb2.GetOrganizationRequest(id=company.id)
    seen = sales(sales.organizations.GetOrganization, get)
    assert (seen.tax_id, list(seen.masked_fields)) == ("", ["tax_id"])
    assert admin(admin.organizations.GetOrganization, get).tax_id == "ATU12345678"


def test_a_name_is_needed(world: World) -> None:
    admin = world.admin
    request = organizations_pb2.CreateOrganizationRequest(organization=Proto(name="  ", types=["reseller"]))
    assert list(refusal(lambda: admin(admin.organizations.CreateOrganization, request)).fields) == ["organization.name"]

"""Lists, counts, search and settings: everybody sees exactly what is his, in the order asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from google.protobuf.timestamp_pb2 import Timestamp
from prm.deals.v1 import programme_pb2
from prm.deals.v1 import registrations_pb2 as pb

from tests.integration.deals.world import Refused, World

R = pb.Registration


def ids(page: pb.ListRegistrationsResponse) -> list[str]:
    return [item.id for item in page.registrations]


def everything(world: World, person: str, **asked: Any) -> list[str]:
    """All pages of two."""
    found: list[str] = []
    token = ""
    while True:
        page = world.listed(person, page_size=2, page_token=token, **asked)
        assert len(page.registrations) <= 2
        found += ids(page)
        token = page.next_page_token
        if not token:
            return found


def test_who_sees_what(world: World) -> None:
    mine = world.create("per_marta").id
    colleague = world.create("per_levke").id
    sent = world.submitted("per_levke").id
    neighbour = world.submitted("per_noemi").id
    foreign = world.submitted("per_bastien").id
    every = {mine, colleague, sent, neighbour, foreign}
    wanted = {
        "per_marta": {mine},
        "per_levke": {colleague, sent},
        "per_jonas": {mine, colleague, sent},
        "per_ottilie": {sent, neighbour},  # the distributor sees what was sent, not its resellers' drafts
        "per_tomas": {sent, foreign},
        "per_ingrid": {neighbour},
        "per_deniz": {sent, neighbour, foreign},
        "per_piet": every,  # an auditor reads drafts too
    }
    for person, expected in wanted.items():
        assert set(everything(world, person)) & every == expected, person
        for one in every:
            if one in expected:
                assert world.get(one, person).id == one
            else:
                with pytest.raises(Refused) as hidden:
                    world.get(one, person)
                assert hidden.value.code == "NOT_FOUND"


def test_margins_are_hidden_from_the_distributor(world: World) -> None:
    made = world.submitted("per_noemi")
    seen = world.get(made.id, "per_ottilie")
    assert seen.margin_percent == 0 and list(seen.masked_fields) == ["margin_percent"]
    assert world.get(made.id, "per_ingrid").margin_percent == 18.5
    assert world.get(made.id, "per_noemi").margin_percent == 18.5


def test_pages_follow_each_other(world: World) -> None:
    made = [world.create("per_levke").id for _ in range(5)]
    found = everything(world, "per_levke")
    assert [item for item in found if item in made] == made[::-1] and len(found) == len(set(found))
    token = world.listed("per_levke", page_size=2).next_page_token
    for asked in ({"filter": "status = DRAFT"}, {"order_by": "protected_until"}, {"search": "nordkai"}):
        with pytest.raises(Refused) as foreign:
            world.listed("per_levke", page_token=token, **asked)
        assert list(foreign.value.fields) == ["page_token"]
    with pytest.raises(Refused):
        world.listed("per_marta", page_token=token)


def test_filters(world: World) -> None:
    draft, sent = world.create("per_bastien"), world.submitted("per_bastien", customer={"country": "FR"})
    for text, there, away in (
        ("status = DRAFT", draft, sent),
        ("status = in_review", sent, draft),
        ("status != DRAFT", sent, draft),
        ('decider_id = "per_tomas"', sent, draft),
        ("country = FR", sent, draft),
        ("conflict = NONE", sent, draft),
        ('status = DRAFT AND owner_id = "per_bastien" AND organization_id = org_lumen', draft, sent),
    ):
        found = everything(world, "per_bastien", filter=text)
        assert there.id in found and away.id not in found, text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"filter": "margin_percent = 3"}, "filter"),
        ({"filter": "status = NOPE"}, "filter"),
        ({"filter": "status > DRAFT"}, "filter"),
        ({"filter": "status"}, "filter"),
        ({"filter": "status = DRAFT OR status = IN_REVIEW"}, "filter"),
        ({"filter": "status = DRAFT AND"}, "filter"),
        ({"filter": "conflict = LOUD"}, "filter"),
        ({"order_by": "value desc"}, "order_by"),
        ({"page_size": 201}, "page_size"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "AAAA"}, "page_token"),
        ({"search": " ".join("abcdefghij")}, "search"),
        ({"search": "x" * 201}, "search"),
    ],
)
def test_questions_that_cannot_be_asked(world: World, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        world.listed(**asked)
    assert refused.value.code == "INVALID_ARGUMENT" and list(refused.value.fields) == [field]


def test_orders(world: World) -> None:
    made = []
    for _ in range(3):
        made.append(world.submitted("per_bastien").id)
        world.pass_time(minutes=7)
    due = [item for item in everything(world, "per_bastien", order_by="clock_due_time") if item in made]
    assert due == made
    world.approve(made[1])
    world.pass_time(days=1)
    world.approve(made[0])
    protected = everything(world, "per_bastien", order_by="protected_until")
    assert [item for item in protected if item in made] == [made[1], made[0]]
    assert made[1] not in everything(world, "per_bastien", order_by="clock_due_time")


def test_search(world: World) -> None:
    made = world.create("per_levke", customer={"name": "Großmühle Überlingen GmbH", "domain": "grossmuehle.example"})
    for text in (
        "großmühle",
        "GROSSMUEHLE",
        "grossmuhle uberlingen",
        "überlingen",
        "ueberlingen gross",
        "smuhle",
        "grossmuehle.ex",
        made.number,
        made.number[-5:],
        "Grossmuhel",
    ):
        assert made.id in ids(world.listed("per_levke", search=text)), text
    for text in ("Großmühle Konstanz", "%", "_____________________", "\\", "xyzzy"):
        assert made.id not in ids(world.listed("per_levke", search=text)), text
    assert made.id not in ids(world.listed("per_marta", search="Großmühle"))
    chinese = world.create("per_levke", customer={"name": "苏州启明自动化有限公司", "country": "CN"})
    assert chinese.id in ids(world.listed("per_levke", search="启明"))


def test_counting_stops_at_a_hundred(world: World) -> None:
    def count(filter: str) -> tuple[int, bool]:
        answer = world.call("per_levke", world.registrations.CountRegistrations, pb.CountRegistrationsRequest(filter=filter))
        return answer.count, answer.more

    before, _ = count("status = DRAFT")
    world.create("per_levke")
    assert count("status = DRAFT") == (before + 1, False)
    with world.host.database.writing() as connection:
        columns = ", ".join(
            item.column_name
            for item in world.rows("SELECT column_name FROM information_schema.columns WHERE table_name = 'registration'")
            if item.column_name not in ("id", "number")
        )
        connection.execute(sa.text(
            f"INSERT INTO registration (id, number, {columns}) SELECT 'reg_many' || n, 'many' || n, {columns} FROM registration, generate_series(1, 120) AS n"
            " WHERE id = (SELECT id FROM registration WHERE owner_id = 'per_levke' AND status = 'draft' LIMIT 1)"
        ))  # fmt: skip
    assert count("status = DRAFT") == (100, True)
    with world.host.database.writing() as connection:
        connection.execute(sa.text("DELETE FROM registration WHERE id LIKE 'reg_many%'"))


def test_settings_hold_from_their_date(world: World) -> None:
    def settings(person: str = "per_marta", at: Timestamp | None = None) -> dict[str, programme_pb2.ProgrammeSetting]:
        answer = world.call(person, world.programme.GetProgrammeSettings, programme_pb2.GetProgrammeSettingsRequest(at=at))
        return {item.name: item for item in answer.settings}

    assert (
        world.call("per_marta", world.programme.GetProgrammeSettings, programme_pb2.GetProgrammeSettingsRequest()).time_zone
        == "Europe/Berlin"
    )
    shipped = settings()
    assert list(shipped) == sorted(shipped) and shipped["registration.decision_hours"].value == "48"
    assert shipped["registration.decision_hours"].shipped and not shipped["registration.decision_hours"].id
    tomorrow = Timestamp()
    tomorrow.FromDatetime(world.clock.now() + timedelta(days=1))
    made = world.schedule("registration.decision_hours", "24", effective_time=tomorrow)
    assert made.id.startswith("set_") and not made.shipped
    assert settings()["registration.decision_hours"].value == "48"
    assert settings(at=tomorrow)["registration.decision_hours"].value == "24"
    world.schedule("registration.decision_hours", "72", effective_time=tomorrow)  # the later word counts
    assert settings(at=tomorrow)["registration.decision_hours"].value == "72"
    world.pass_time(days=1, minutes=1)
    assert world.submitted().clock_total_minutes == 72 * 60


def test_accounts_kept_are_listed_for_the_vendor(world: World) -> None:
    made = [world.reserve(name=f"Kept {place} AG").id for place in range(3)]
    found: list[str] = []
    token = ""
    while not found or token:
        request = programme_pb2.ListReservedAccountsRequest(page_size=2, page_token=token)
        page = world.call("per_deniz", world.programme.ListReservedAccounts, request)
        found += [item.id for item in page.reserved_accounts]
        token = page.next_page_token
    assert [item for item in found if item in made] == made[::-1]
    with pytest.raises(Refused) as refused:
        world.call("per_marta", world.programme.ListReservedAccounts, programme_pb2.ListReservedAccountsRequest())
    assert refused.value.code == "PERMISSION_DENIED"

"""Why somebody may or may not, in the portal of a running suite; and an administrator, who reads no deals, gets no page of them."""

from __future__ import annotations

from tests.system.visitors import browser, rest
from tests.system.world import World, submitted


def asked(person: str, deed: str, deal: str, **more: str) -> dict[str, str]:
    return {"person": person, "deed": deed, "object": deal, **more}


def test_the_auditor_asks_why(world: World) -> None:
    deal = submitted(world, "sales", "Kontorhaus Wismar GmbH").id
    sales, manager, finance = world.people["sales"], world.people["manager"], world.people["finance"]
    with browser(world, "auditor") as client:
        assert "/team/why?" in client.get(f"/deals/{deal}").text
        assert f"/team/why?person={sales}" in client.get(f"/team/people/{sales}").text
        no = client.get("/team/why", params=asked(sales, "registration.approve", f"/deals/{deal}")).text
        assert "No, sales person may not do this." in no
        assert "a role with registration.approve" in no
        yes = client.get("/team/why", params=asked(manager, "registration.approve", deal, who="1")).text
        assert "Yes, manager person may do this." in yes
        assert "Its organisation is assigned to the person." in yes
        assert "programme person" in yes
        supposed = client.get("/team/why", params=asked(finance, "registration.approve", deal, role="programme_manager")).text
        assert "With the role Programme manager finance person could." in supposed
        toxic = client.get("/team/why", params=asked(finance, "registration.approve", deal, role="channel_manager")).text
        assert "TOXIC_ROLES" in toxic


def test_a_partner_asks_about_her_own_people(world: World) -> None:
    deal = submitted(world, "sales", "Kontorhaus Stralsund GmbH").id
    with browser(world, "admin") as client:
        page = client.get("/team/why", params=asked(world.people["colleague"], "registration.read", deal)).text
        assert "No, colleague person may not do this." in page
        assert "owner_id eq" in page
        answer = client.get("/team/why", params=asked(world.people["auditor"], "registration.read", deal))
        assert "There is no such person or object" in answer.text
    with browser(world, "sibling_admin") as client:
        answer = client.get("/team/why", params=asked(world.people["sibling_sales"], "registration.read", deal))
        assert "There is no such person or object" in answer.text


def test_an_administrator_gets_no_deals_on_any_way(world: World) -> None:
    with rest(world, "administrator") as client:
        assert client.get("/v1/registrations").status_code == 403
    with browser(world, "administrator") as client:
        assert client.get("/").url.path not in ("/", "/desk", "/deals")
        answer = client.get("/deals")
        assert (answer.status_code, "ROLE_MISSING" in answer.text) == (403, True)
        assert client.get("/desk").url.path != "/desk"
        assert 'href="/deals' not in client.get("/team").text

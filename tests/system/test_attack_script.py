"""Script in everything that somebody types: stored under hostile names, looked for in every page, mail and download link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from html.parser import HTMLParser

import httpx
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prm.content.v1 import documents_pb2
from prm.deals.v1 import registrations_pb2
from prm.identity.v1 import organizations_pb2, people_pb2
from prm.training.v1 import courses_pb2

from cli.demo.client import eventually
from gateway.portal.routes import routes
from tests.system import world as worlds
from tests.system.suite import Suite
from tests.system.test_attack_doors import mail_to
from tests.system.test_attack_sessions import session
from tests.system.visitors import anonymous, field
from tests.system.world import World, submitted

pytestmark = pytest.mark.timeout(300)
# Each breaks out of another place: text, attribute, script, style, comment, URL, template, and of mails' headers.
HOSTILE = (
    '"><x-evil onevil=1><script>evil()</script>',
    "'><img src=x onevil=evil()>{{7*191}}${7*191}",
    "</title></textarea></script><x-evil>--><!--",
    "javascript:evil()//\u2028\u202e",
)
VISITORS = ("sales", "admin", "manager", "administrator", "auditor")
URLS = ("href", "src", "action", "formaction", "poster", "data", "hx-get", "hx-post", "xlink:href")


class Reader(HTMLParser):
    """What a browser would make of a page: elements and attributes that nobody of ours wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inline = [name for name, _ in attrs if name.startswith("on")]
        leading = [
            value
            for name, value in attrs
            if name in URLS and re.match(r"[\s\x00-\x1f]*(javascript|data|vbscript):", value or "", re.IGNORECASE)
        ]
        if tag == "x-evil" or inline or leading:
            self.found.append(f"<{tag} {attrs}>")
        if tag == "script" and not dict(attrs).get("src") and dict(attrs).get("type") != "application/json":
            self.found.append("an inline script")

    handle_startendtag = handle_starttag


def foreign(page: str) -> list[str]:
    reader = Reader()
    reader.feed(page)
    return reader.found + (["a template was run"] if "1337" in page and "{{7*191}}" not in page else [])


@pytest.fixture(scope="module")
def hostile(suite: Suite) -> World:
    """A programme of its own in which every name is an attack."""
    world = worlds.build(suite)
    for number, text in enumerate(HOSTILE):
        _names(world, number, text)
        _deals(world, number, text)
    return world


def _names(world: World, number: int, text: str) -> None:
    api, admin = world.api, "administrator"
    who = ("sales", "admin", "manager", "auditor")[number]
    person = people_pb2.Person(id=world.people[who], name=text[:100])
    world.call(admin, api.people.UpdatePerson, people_pb2.UpdatePersonRequest(person=person, update_mask=mask("name")))
    company = ("reseller", "sibling", "distributor", "stranger")[number]
    renamed = organizations_pb2.Organization(id=world.organizations[company], name=text[:100])
    world.call(
        admin,
        api.organizations.UpdateOrganization,
        organizations_pb2.UpdateOrganizationRequest(organization=renamed, update_mask=mask("name")),
    )
    document = documents_pb2.Document(title=text, description=text, language="en")
    world.call("programme", api.documents.CreateDocument, documents_pb2.CreateDocumentRequest(document=document))
    course = courses_pb2.Course(code=f"EVIL-{world.tag.upper()}-{number}", title=text, language="en", summary=text)
    world.call("programme", api.courses.CreateCourse, courses_pb2.CreateCourseRequest(course=course))


def _deals(world: World, number: int, text: str) -> None:
    customer = registrations_pb2.Customer(name=text, domain=f"evil-{number}-{world.tag}.example", country="DE", town=text[:100])
    deal = submitted(world, "sales", "x", customer=customer, evidence_note=f"{text} {text} twenty")
    back = registrations_pb2.SendBackRegistrationRequest(id=deal.id, text=text, fields=["evidence_note"])
    world.call("manager", world.api.registrations.SendBackRegistration, back)


def mask(*paths: str) -> FieldMask:
    return FieldMask(paths=paths)


@pytest.mark.parametrize("who", VISITORS)
def test_no_page_runs_what_somebody_typed(hostile: World, who: str) -> None:
    """Every page of the portal that can be opened, and those of each deal and person in it."""
    with signed_in(hostile, who) as client:
        seen = {
            path: client.get(path).text for path in (route.path for route in routes if "GET" in (route.methods or ())) if "{" not in path
        }
        links = {
            found for page in seen.values() for found in re.findall(r'(?:href|hx-get)="(/(?:deals|team/people|home)/[\w/?=&;.-]+)"', page)
        }
        for path in sorted(links)[:40]:
            seen[path] = client.get(path.replace("&amp;", "&")).text
        for text in HOSTILE:
            seen[f"/deals?q={text}"] = client.get("/deals", params={"q": text}).text
    wrong = {path: found for path, page in seen.items() if (found := foreign(page))}
    assert not wrong
    shown = "".join(seen.values())
    assert "&lt;x-evil" in shown, "the names are there, as text"


@contextmanager
def signed_in(world: World, who: str) -> Iterator[httpx.Client]:
    if who != "administrator":
        with session(world, world.email(who)) as client:
            yield client
        return
    with anonymous(world) as client:
        form = client.get("/signin").text
        data = {"email": world.administrator, "password": world.suite.settings["PRM_ADMIN_PASSWORD"], "csrf": field(form, "csrf")}
        assert client.post("/signin", data=data).url.path != "/signin"
        yield client


def test_what_was_typed_wrong_comes_back_as_text(hostile: World) -> None:
    """Forms show again what was typed; refusals name it."""
    with signed_in(hostile, "sales") as client, signed_in(hostile, "admin") as admin:
        for text in HOSTILE:
            form = client.get("/deals/new").text
            data = {name: field(form, name) for name in ("csrf", "request_id", "open")} | {
                "customer.name": text,
                "value": text,
                "customer.domain": text,
                "evidence_note": text,
                "do": "submit",
            }
            assert not foreign(client.post("/deals/save", data=data).text)
            asked = {
                "csrf": field(admin.get("/team/invite").text, "csrf"),
                "email": text,
                "name": text,
                "roles": text,
                "organization": text,
            }
            assert not foreign(admin.post("/team/invite", data=asked).text)
            for path in (f"/deals/{text}", f"/{text}", f"/invitations/{text}", f"/signin?next={text}", f"/team?q={text}"):
                assert not foreign(client.get(httpx.URL(hostile.suite.base_url).join(path)).text)


def test_no_mail_carries_it(hostile: World) -> None:
    """To everybody of the programme: names are text in both parts, add no header and no other recipient."""
    eventually(lambda: mail_to(hostile, hostile.email("sales")), "a mail")
    mails = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in hostile.suite.mailbox.glob("*.eml")]
    mine = [mail for mail in mails if hostile.tag in str(mail["x-envelope-to"])]
    assert [mail for mail in mine if "x-evil" in str(mail["to"])], "one goes to somebody with such a name"
    for mail in mine:
        assert [item.addr_spec for item in mail["to"].addresses] == [str(mail["x-envelope-to"]).strip()]
        html = "".join(part.get_content() for part in mail.walk() if part.get_content_type() == "text/html")
        assert html and not foreign(html)


def test_no_answer_of_the_api_is_a_page(hostile: World) -> None:
    """JSON says so, also where it repeats what was typed; a browser that opens it runs nothing."""
    text = HOSTILE[0]
    with httpx.Client(base_url=hostile.suite.base_url, headers=dict(hostile.metadata("sales")), timeout=20) as client:
        answers = [
            client.get("/v1/registrations", params={"search": text}),
            client.get("/v1/registrations", params={text: "1"}),
            client.get(f"/v1/{text}"),
        ]
        answers.append(client.post("/v1/registrations", json={text: text}))
    for answer in answers:
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"

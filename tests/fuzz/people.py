"""Who calls in a fuzz run, and what may come to harm: a programme of its own, in which some exist only to be victims."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc
from prm.content.v1 import documents_pb2
from prm.deals.v1 import registrations_pb2
from prm.identity.v1 import access_pb2, access_pb2_grpc, organizations_pb2, people_pb2, people_pb2_grpc
from prm.training.v1 import courses_pb2

from gateway.contracts import Method
from tests.system.world import World, budget, joins, registration, submitted

CALLERS = ("administrator", "sales", "admin", "distributor", "manager", "programme", "finance", "auditor", "integration")
VICTIM = "victim"
# Their changes reach everybody, so that a suite which others use keeps out of them.
FOR_ALL = ("/prm.deals.v1.Programme/ScheduleProgrammeSetting", "/prm.identity.v1.Roles/CreateRole")


@dataclass
class Cast:
    """Tokens by caller, ids that may be harmed. `identity` are those of people, companies and rights."""

    world: World
    victim: str = ""  # the address she signs in with
    identity: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, tuple[tuple[str, str], ...]] = {}  # the last good token of each

    def ids_for(self, method: Method) -> Sequence[str]:
        """What a request of this method may name. Nobody takes rights from those who call."""
        if method.host == "identity" and method.access.mutation:
            return self.identity
        return [*self.objects, *self.identity, *self.world.organizations.values(), *self.world.people.values()]

    def caller(self, chance: random.Random, method: Method, careful: bool) -> str:
        """Whoever may, most of the time; about herself only the victim changes anything."""
        if method.access.self and method.access.mutation:
            return VICTIM
        if careful and method.path in FOR_ALL:
            return "sales"
        return chance.choice((*CALLERS, "administrator", "programme"))

    def metadata(self, who: str) -> tuple[tuple[str, str], ...]:
        """The authorization of a caller; an old one where she can get no new one any more."""
        with self._lock:
            try:
                self._last[who] = self.world.api.metadata(self.victim) if who == VICTIM else self.world.metadata(who)
            except grpc.RpcError:
                if who not in self._last:
                    raise
            return self._last[who]


def casting(world: World) -> Cast:
    """Make the victims in a programme that is nobody else's."""
    cast = Cast(world, f"victim@victim-{world.tag}.example")
    _company(world, cast)
    _rights(world, cast)
    _objects(world, cast)
    return cast


def _company(world: World, cast: Cast) -> None:
    api, domain = world.api, f"victim-{world.tag}.example"
    company = organizations_pb2.Organization(
        parent_id=world.organizations["distributor"], name="Victim GmbH", types=["reseller"], domains=[domain], country="DE",
        time_zone="Europe/Berlin", tier="silver",
    )  # fmt: skip
    wanted = organizations_pb2.CreateOrganizationRequest(organization=company)
    made = world.call("administrator", api.organizations.CreateOrganization, wanted).id
    world.call("administrator", api.organizations.ActivateOrganization, organizations_pb2.ActivateOrganizationRequest(id=made))
    cast.identity.append(made)
    for email in (cast.victim, f"other@{domain}"):
        invite = people_pb2.InvitePersonRequest(organization_id=made, email=email, name="Victim", roles=["partner_sales"], language="en")
        cast.identity.append(world.call("administrator", api.people.InvitePerson, invite).id)
    joins(world, cast.victim)


def _rights(world: World, cast: Cast) -> None:
    channel = grpc.insecure_channel(world.suite.targets["identity"])
    accounts, groups = access_pb2_grpc.ServiceAccountsStub(channel), people_pb2_grpc.GroupsStub(channel)
    account = access_pb2.CreateServiceAccountRequest(service_account=access_pb2.ServiceAccount(name="Victim", roles=["integration"]))
    cast.identity.append(world.call("administrator", accounts.CreateServiceAccount, account).service_account.id)
    group = people_pb2.CreateGroupRequest(group=people_pb2.Group(name="Victims", organization_id=cast.identity[0]))
    cast.identity.append(world.call("administrator", groups.CreateGroup, group).id)


def _objects(world: World, cast: Cast) -> None:
    api = world.api
    draft = registrations_pb2.CreateRegistrationRequest(registration=registration("Fuzz West GmbH"))
    course = courses_pb2.CreateCourseRequest(course=courses_pb2.Course(code=f"FUZZ-{world.tag.upper()}", title="Course", language="en"))
    document = documents_pb2.CreateDocumentRequest(document=documents_pb2.Document(title="Document", language="en"))
    cast.objects += [submitted(world, "sales", f"Fuzz {place} GmbH").id for place in ("Nord", "Ost")]
    cast.objects += [world.call("sales", api.registrations.CreateRegistration, draft).id, budget(world, "reseller").id]
    cast.objects.append(world.call("programme", api.courses.CreateCourse, course).id)
    cast.objects.append(world.call("programme", api.documents.CreateDocument, document).id)

"""Who asks in the measurements: partners and people by scope, each once for partners that are busy and once for those gone quiet.

50 distributors have 20 resellers each and all but the oldest rows; the distributor `q` and its 20 resellers have the oldest
1 % and nothing since.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import sqlalchemy as sa
from joserfc.jwk import OKPKey
from prm.identity.v1 import facts_pb2

from chassis.policy import putting
from chassis.policy.tokens import Claims, sign
from services.identity.roles.shipped import SHIPPED, ShippedRole, facts_of
from tests.hosting import signing_key

DISTRIBUTORS, RESELLERS, SELLERS = 50, 20, 5
QUIET = "q"
DAY = 24 * 3600.0
# Somebody who may send everybody's drafts, so that the rows of one partner do not pile up while it is measured.
DESK = ShippedRole("vendor", {**SHIPPED["programme_manager"].permissions, "registration": dict.fromkeys(("read", "read_draft", "create", "submit"), ("all",))})  # fmt: skip
EVERYTHING = ShippedRole("vendor", {**SHIPPED["programme_manager"].permissions, "registration": {"read": ("all",)}})
ROLES = {**SHIPPED, "bench_desk": DESK, "bench_everything": EVERYTHING}


def reseller(distributor: str, number: int) -> str:
    return f"{distributor}r{number}"


def organizations() -> dict[str, str]:
    """id → path."""
    found = {"v": "v."}
    for distributor in [*(f"d{number}" for number in range(DISTRIBUTORS)), QUIET]:
        found[distributor] = f"v.{distributor}."
        found |= {reseller(distributor, number): f"v.{distributor}.{reseller(distributor, number)}." for number in range(RESELLERS)}
    return found


@dataclass(frozen=True)
class Somebody:
    """A person of the measurements. `granted` are ids of single registrations."""

    roles: tuple[str, ...]
    org: str = "v"
    assigned: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()


def people(granted: tuple[str, ...]) -> dict[str, Somebody]:
    """Everybody, by id. The scopes of the list are the parts of the names before the dot."""
    busy = [reseller(f"d{place % DISTRIBUTORS}", place // DISTRIBUTORS) for place in range(DISTRIBUTORS * RESELLERS)]
    quiet = [reseller(QUIET, number) for number in range(RESELLERS)]
    found = {
        "all": Somebody(("bench_everything",)),
        "desk": Somebody(("bench_desk",)),
        "assigned300": Somebody(("channel_manager",), assigned=tuple(busy[:300])),
        "assigned300.quiet": Somebody(("channel_manager",), assigned=(*busy[:280], *quiet)),
    }
    for name, distributor, assigned in (("busy", "d7", busy[:20]), ("quiet", QUIET, quiet)):
        found |= {
            f"subtree.{name}": Somebody(("distributor_admin",), distributor),
            f"org.{name}": Somebody(("partner_marketing",), reseller(distributor, 3)),
            seller(reseller(distributor, 3), 1): Somebody(("partner_sales",), reseller(distributor, 3)),
            f"assigned20.{name}": Somebody(("channel_manager",), assigned=tuple(assigned)),
            f"mixed.{name}": Somebody(("distributor_admin", "partner_sales"), distributor, granted=granted),
        }
    return found


def seller(org: str, number: int) -> str:
    """Who owns rows of a partner."""
    return f"per_{org}_{number}"


@dataclass(frozen=True)
class Cast:
    """The facts of one run: a key of its own, so that an old token is none."""

    granted: tuple[str, ...] = ()
    kid: str = field(default_factory=lambda: f"key_{time.time_ns()}")
    key: OKPKey = field(default_factory=signing_key)

    def seed(self, connection: sa.Connection) -> None:
        """Tell a service what identity would have told; may be repeated."""
        version = int(time.time())
        putting.put_roles(connection, facts_of(ROLES, version=version, floor=1))
        for org, path in organizations().items():
            putting.put_organization(
                connection, facts_pb2.OrganizationFactsChanged(organization_id=org, version=version, floor=1, path=path, state="active")
            )
        for name, person in people(self.granted).items():
            putting.put_person(connection, self._fact(name, person, version))
        public = str(self.key.as_dict(private=False)["x"])
        putting.put_key(connection, facts_pb2.SigningKeyPublished(key_id=self.kid, x=public, version=1))
        connection.execute(sa.text("INSERT INTO fact_mark VALUES ('bench', now()) ON CONFLICT DO NOTHING"))

    def _fact(self, name: str, person: Somebody, version: int) -> facts_pb2.PersonFactsChanged:
        kind = ROLES[person.roles[0]].kind
        fact = facts_pb2.PersonFactsChanged(
            person_id=name, version=version, floor=1, kind=kind, state="active", organization_id=person.org, roles=person.roles,
            assigned_organization_ids=person.assigned,
        )  # fmt: skip
        for granted in person.granted:
            grant = fact.grants.add(resource="registration", object_id=granted, actions=["read"])
            grant.expire_time.FromSeconds(int(time.time() + DAY))
        return fact

    def metadata(self, name: str) -> tuple[tuple[str, str], ...]:
        """What a call of this person carries, good for as long as a run may take."""
        now, kind = time.time(), ROLES[people(())[name].roles[0]].kind
        token = sign(Claims(name, kind, "ses_bench", "password", issued_at=now, expires_at=now + 3600), self.key, self.kid)
        return (("authorization", f"Bearer {token}"),)

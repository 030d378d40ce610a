"""Invented people, roles, grants, messages, audit records and sessions."""

from __future__ import annotations

from typing import Any

from prm.audit.v1.audit_pb2 import AuditRecord, FieldChange, VerifyAuditResponse
from prm.decisions.v1.decisions_pb2 import Answer, Condition, Way, WhoCanResponse
from prm.identity.v1.access_pb2 import Session
from prm.identity.v1.people_pb2 import Grant, Person, Role
from prm.notify.v1.notifications_pb2 import Notification, Preferences

from tests.portal.samples import DENIZ, HAFENKANTE, INGRID, MARTA, TOMAS, at


def people() -> list[Person]:
    """Six of Hafenkante Robotik, one of them not seen for long, one invited, one closed."""
    active, invited, closed = Person.ACTIVE, Person.INVITED, Person.DEACTIVATED
    made = [
        (DENIZ, "Deniz Aydın", ["partner_admin"], active, -0.03),
        (MARTA, "Marta Keller", ["partner_sales"], active, -0.01),
        ("per_jonas", "Jonas Brandt", ["partner_sales"], active, -1),
        ("per_svenja", "Svenja Ohlsen", ["partner_marketing", "finance"], active, -5),
        ("per_piet", "Piet Lorenzen", ["partner_sales"], active, -75),
        ("per_rike", "Rike Wessels", ["partner_sales"], invited, None),
        ("per_ole", "Ole Harms", ["partner_sales"], closed, -120),
    ]
    return [
        Person(
            id=one,
            name=name,
            email=f"{name.split()[0].lower()}@hafenkante.example",
            organization_id=HAFENKANTE,
            roles=roles,
            state=state,
            last_sign_in_time=at(days) if days is not None else None,
            create_time=at(-2),
            language="de",
            time_zone="Europe/Berlin",
            etag="3",
        )
        for one, name, roles, state, days in made
    ]


def roles() -> list[Role]:
    """Three roles; the administrator may give the other two."""

    def allows(resource: str, action: str, scope: str) -> Role.Permission:
        return Role.Permission(resource=resource, action=action, scopes=[scope])

    sales = [allows("registration", "read", "own"), allows("registration", "create", "own"), allows("document", "read", "org")]
    return [
        Role(
            id="partner_admin",
            kind="partner",
            permissions=[*sales, allows("person", "invite", "org")],
            grantable_roles=["partner_sales", "partner_marketing"],
        ),
        Role(id="partner_sales", kind="partner", permissions=sales),
        Role(id="partner_marketing", kind="partner", permissions=[allows("budget", "read", "org")]),
        Role(
            id="channel_manager",
            kind="vendor",
            permissions=[allows("registration", "approve", "assigned")],
            grantable_roles=["partner_admin"],
        ),
    ]


def grants() -> list[Grant]:
    """One that ends soon, one that was ended."""
    soon = Grant(
        id="gra_1",
        person_id="per_jonas",
        resource="registration",
        object_id="reg_4390",
        actions=["read", "update"],
        expire_time=at(13),
        etag="1",
    )
    ended = Grant(
        id="gra_2", person_id=MARTA, resource="registration", object_id="reg_4417", actions=["read"], expire_time=at(-3), etag="1"
    )
    return [soon, ended]


def notifications() -> list[Notification]:
    """Two unread, one read."""
    made = [
        (
            "ntf_1",
            "registration.action_requested",
            "Molkerei Sonnenhof eG: a question waits for your answer",
            INGRID,
            -0.1,
            None,
            "/deals/reg_4499",
        ),
        ("ntf_2", "registration.expiring", "Fischwerk Cuxhaven GmbH: 14 days of protection left", "", -0.12, None, "/deals/reg_4417"),
        ("ntf_3", "registration.approved", "Brauhaus Ottensen KG is protected until 12 December", TOMAS, -65, -64, "/deals/reg_4390"),
    ]
    return [
        Notification(
            id=one,
            kind=kind,
            text=text,
            actor_id=who,
            create_time=at(days),
            read_time=at(read) if read is not None else None,
            link=link,
            subject="registration/" + link[7:],
        )
        for one, kind, text, who, days, read, link in made
    ]


def preferences() -> Preferences:
    """The kinds that concern a partner."""
    kinds = ("action_requested", "approved", "rejected", "decision_retracted", "expiring", "expired")
    return Preferences(
        choices=[Preferences.Choice(kind=f"registration.{one}", portal=True, email=one != "expired") for one in kinds], etag="1"
    )


def records(service: str) -> list[AuditRecord]:
    """What deals and identity recorded; the others are empty."""
    made = {
        "deals": [
            ("registration.update", "registration/reg_01K0000000000000000000004390", INGRID, AuditRecord.DONE, "", -0.01),
            (
                "registration.approve",
                "registration/reg_01K0000000000000000000004502",
                TOMAS,
                AuditRecord.REFUSED,
                "SEPARATION_OF_DUTIES",
                -0.02,
            ),
            ("registration.expire", "registration/reg_01K0000000000000000000004402", "system:deals", AuditRecord.DONE, "", -0.3),
        ],
        "identity": [
            ("person.set_roles", "person/per_01K0000000000000000000svenja", DENIZ, AuditRecord.DONE, "", -0.05),
            ("session.sign_in", "session/ses_01K00000000000000000000001", "", AuditRecord.REFUSED, "SIGN_IN_FAILED", -0.06),
        ],
    }
    changes = [FieldChange(field="value", before="EUR 88000.00", after="EUR 96500.00"), FieldChange(field="evidence_note", after="changed")]
    return [
        AuditRecord(
            position=count + 1,
            service=service,
            action=action,
            subject=subject,
            actor=who,
            result=result,
            reason=reason,
            time=at(days),
            changes=changes if action.endswith("update") else [],
            decision_id="dec_01KA4R7Q2R8XN4",
            request_id="portal-1",
            hash="9f3ce1a79f3ce1a7",
            count=3 if reason == "SIGN_IN_FAILED" else 1,
        )
        for count, (action, subject, who, result, reason, days) in enumerate(made.get(service, []))
    ]


def checked(service: str) -> VerifyAuditResponse:
    return VerifyAuditResponse(intact=True, checked=1000 + len(service), head_position=1204, head_hash="9f3ce1a741d077b2")


def sessions() -> list[Session]:
    """This browser and a phone."""
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    phone = (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile Safari/604.1"
    )
    return [
        Session(id="ses_1", user_agent=firefox, current=True, last_used_time=at(0)),
        Session(id="ses_2", user_agent=phone, last_used_time=at(-1)),
    ]


def explained(request: Any, *, allowed: bool | None = None) -> Answer:
    """Seeing is allowed, with the margin hidden; anything else is not, for the want of a state."""
    yes = request.action == "read" if allowed is None else allowed
    mine = Condition(column="org_id", operator="eq", value=HAFENKANTE, actual=HAFENKANTE, holds=True, reason="OUT_OF_SCOPE")
    other = Condition(
        column="created_by", operator="ne", value=request.person_id, actual="per_jonas", holds=True, reason="SEPARATION_OF_DUTIES"
    )
    state = Condition(column="status", operator="eq", value="in_review", actual="approved", holds=yes, reason="WRONG_STATE")
    way = Way(scope="org", roles=["partner_admin"], holds=yes, conditions=[mine, other, state])
    return Answer(
        person_id=request.person_id,
        resource=request.resource,
        action=request.action,
        object_id=request.object_id,
        allowed=yes,
        reason="" if yes else "WRONG_STATE",
        rule="prm.resource.registration.include",
        missing="" if yes else "status eq in_review",
        ways=[way],
        hidden_fields=["margin_percent"],
        visible=True,
        allowing_roles=["channel_manager", "programme_manager"],
        policy_revision="4f2a9c1d7e60",
    )


def holders() -> WhoCanResponse:
    """Two of them, and more on the next page."""
    ways = [Way(scope="org", holds=True), Way(scope="all", holds=True)]
    found = [
        WhoCanResponse.Holder(person_id=one, organization_id=HAFENKANTE, kind="partner", ways=[way])
        for one, way in zip((MARTA, DENIZ), ways, strict=True)
    ]
    return WhoCanResponse(holders=found, next_page_token="more", policy_revision="4f2a9c1d7e60")

"""Names of fields, actions and reasons in the reader's words. Codes we have no words for are shown as they are."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.portal.words import _, reader


def field_names(paths: Iterable[str]) -> list[str]:
    """Field paths of a registration as the form calls them."""
    words = {
        "customer.name": _("Legal name"),
        "customer.domain": _("Website"),
        "customer.country": _("Country"),
        "customer.town": _("Town"),
        "customer.tax_id": _("VAT number"),
        "customer.contact_email": _("Contact’s work e-mail"),
        "product_families": _("Product families"),
        "value": _("Value"),
        "expected_close": _("Expected close"),
        "margin_percent": _("Margin"),
        "evidence_note": _("Evidence"),
    }
    return list(dict.fromkeys(words.get(path.removeprefix("registration."), path) for path in paths))


# What a decider may open for a change; the evidence note always is.
OPENABLE = (
    "customer.name",
    "customer.domain",
    "customer.country",
    "customer.town",
    "customer.tax_id",
    "product_families",
    "value",
    "expected_close",
)


def action(name: str) -> str:
    """What a person can do with a deal, verb first."""
    words = {
        "update": _("Change the content"),
        "submit": _("Submit for decision"),
        "discard": _("Throw the draft away"),
        "withdraw": _("Withdraw"),
        "approve": _("Approve"),
        "send_back": _("Send back with a question"),
        "reject": _("Reject"),
        "retract": _("Undo the decision"),
    }
    return words.get(name, name)


def action_icon(name: str) -> str:
    """Its picture."""
    icons = {"update": "edit", "submit": "answer", "discard": "trash", "withdraw": "undo", "approve": "shield", "send_back": "returned"}
    return icons.get(name, {"reject": "rejected", "retract": "undo"}.get(name, "info"))


def refusal(reason: str, otherwise: str = "") -> str:
    """Why an action is not allowed, in words; `otherwise` is what the service said, for a reason that has none here."""
    words = {
        "CONDITION_NOT_MET": _("Not with this object as it is."),
        "DECISION_FINAL": _("The time to undo is over, or the other side has acted."),
        "LIMIT_EXCEEDED": _("The amount is above your limit."),
        "ORGANIZATION_NOT_ACTIVE": _("Access of your organisation is closed."),
        "OUT_OF_SCOPE": _("Your roles allow it, but not here."),
        "PERSON_NOT_ACTIVE": _("Your access is closed."),
        "REGISTRATION_CONFLICT": _("Another registration holds protection for this customer."),
        "REGISTRATION_READ_ONLY": _("Read-only while it is under review or decided."),
        "REGISTRATION_STATE": _("Not in this state."),
        "ROLE_MISSING": _("None of your roles allows it."),
        "SEPARATION_OF_DUTIES": _("You made or submitted it yourself, so another person decides."),
        "TOXIC_ROLES": _("You hold two roles that nobody may hold together."),
        "WRONG_STATE": _("Not in this state."),
    }
    return words.get(reason) or otherwise or _("Not possible now.")


def role(code: str) -> str:
    """A shipped role by its name; another one by its code."""
    words = {
        "partner_admin": _("Administrator"),
        "partner_sales": _("Sales"),
        "partner_marketing": _("Marketing"),
        "distributor_admin": _("Distributor administrator"),
        "channel_manager": _("Channel manager"),
        "programme_manager": _("Programme manager"),
        "finance": _("Finance"),
        "auditor": _("Auditor"),
        "administrator": _("Administrator of the suite"),
        "portal": _("Portal (system)"),
        "integration": _("Integration (system)"),
    }
    return words.get(code, code)


def resource(name: str) -> str:
    """A resource as people call it."""
    words = {
        "audit_record": _("Audit log"),
        "budget": _("Budgets"),
        "course": _("Courses"),
        "delivery": _("Deliveries"),
        "document": _("Documents"),
        "event": _("Event log"),
        "grant": _("Grants"),
        "group": _("Groups"),
        "notification": _("Notifications"),
        "organization": _("Organisations"),
        "person": _("People"),
        "programme_setting": _("Programme settings"),
        "registration": _("Deal registrations"),
        "reserved_account": _("Reserved accounts"),
        "role": _("Roles"),
        "service_account": _("Service accounts"),
        "session": _("Sessions"),
    }
    return words.get(name, name)


def notification(kind: str) -> str:
    """A kind of message as the preferences name it."""
    words = {
        "registration.review_started": _("A deal waits for your decision"),
        "registration.withdrawn": _("A deal you decide was withdrawn"),
        "registration.decision_overdue": _("A decision of yours is late"),
        "registration.action_requested": _("A question about your deal"),
        "registration.approved": _("Your deal is protected"),
        "registration.rejected": _("Your deal was rejected"),
        "registration.decision_retracted": _("A decision about your deal was taken back"),
        "registration.expiring": _("A protection of yours ends soon"),
        "registration.expired": _("A protection of yours ended"),
    }
    return words.get(kind, kind)


def notification_icon(kind: str) -> str:
    """Its picture."""
    icons = {
        "review_started": "review",
        "withdrawn": "undo",
        "decision_overdue": "alert",
        "action_requested": "returned",
        "approved": "shield",
        "rejected": "rejected",
        "decision_retracted": "undo",
        "expiring": "clock",
        "expired": "ended",
    }
    return icons.get(kind.rsplit(".", 1)[-1], "bell")


def verb(code: str) -> str:
    """What was done, of an audit record's action; an unknown one by its code."""
    words = {
        "accept": _("taken up"),
        "activate": _("activated"),
        "approve": _("approved"),
        "assign": _("assigned"),
        "close": _("closed"),
        "create": _("created"),
        "deactivate": _("access changed"),
        "discard": _("thrown away"),
        "download": _("downloaded"),
        "invite": _("invited"),
        "publish": _("published"),
        "read": _("read"),
        "reject": _("rejected"),
        "retract": _("decision taken back"),
        "revoke": _("ended"),
        "send_back": _("sent back"),
        "set_roles": _("roles given"),
        "sign_in": _("signed in"),
        "submit": _("submitted"),
        "suspend": _("suspended"),
        "update": _("changed"),
        "withdraw": _("withdrawn"),
    }
    return words.get(code, code)


def grant_action(name: str) -> str:
    """What a grant on a deal lets one do."""
    words = {"read": _("see it"), "update": _("change it"), "submit": _("submit it"), "withdraw": _("withdraw it")}
    return words.get(name, name)


def language(code: str) -> str:
    """A language by its name in the reader's own."""
    return str(reader().locale.languages.get(code.split("-", maxsplit=1)[0], code)) if code else ""

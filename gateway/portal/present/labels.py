"""Names of fields, actions and reasons in the reader's words. Codes we have no words for are shown as they are."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.portal.words import _


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


def refusal(reason: str) -> str:
    """Why an action is not allowed now, in words; the code stands beside it for support."""
    words = {
        "OWN_SUBMISSION": _("You submitted it, so another person decides."),
        "SELF_DECISION": _("You submitted it, so another person decides."),
        "REGISTRATION_STATE": _("Not in this state."),
        "REGISTRATION_READ_ONLY": _("Read-only while it is under review or decided."),
        "DECISION_FINAL": _("The time to undo is over, or the other side has acted."),
        "REGISTRATION_CONFLICT": _("Another registration holds protection for this customer."),
        "NOT_ALLOWED": _("Your roles do not allow it here."),
        "PERMISSION_DENIED": _("Your roles do not allow it here."),
        "ORGANIZATION_CLOSED": _("Access of this organisation is closed."),
    }
    return words.get(reason, _("Not possible now."))


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

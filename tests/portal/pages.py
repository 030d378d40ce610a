"""Every page with a sample view model: what the unit tests render in all languages, and what the preview serves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from gateway.portal import formats, forms
from gateway.portal.models import Door
from gateway.portal.present import conflicts, deals, register, rows
from gateway.portal.shell import Theme
from gateway.portal.words import _
from tests.portal import samples

Values = dict[str, Any]
Page = Callable[[Theme], tuple[str, Values]]


def signin(theme: Theme) -> tuple[str, Values]:
    door = Door("Northwind Robotics", "csrf-sample", "/signin", theme)
    fields = forms.form(
        forms.Field("email", _("Work e-mail"), "marta.keller@hafenkante-robotik.example"),
        forms.Field("password", _("Password")),
    )
    return "pages/signin.html", {
        "door": door,
        "page": SimpleNamespace(form=fields, refused="", ended=False, next="/"),
    }


def signin_refused(theme: Theme) -> tuple[str, Values]:
    template, values = signin(theme)
    values["page"].refused = _("E-mail and password do not fit together. Check both; after 5 tries you wait a few minutes.")
    values["page"].ended = True
    return template, values


def invitation(theme: Theme) -> tuple[str, Values]:
    door = Door("Northwind Robotics", "csrf-sample", "/invitations/accept", theme)
    fields = forms.form(
        forms.Field("name", _("Your name")),
        forms.Field("password", _("Password"), error=_("Choose 12 characters or more")),
    )
    return "pages/invitation.html", {
        "door": door,
        "page": SimpleNamespace(form=fields, refused="", done=False),
    }


def deal_list(theme: Theme) -> tuple[str, Values]:
    asked = deals.query({})
    listed = [rows.row(one, samples.NAMES, samples.CATALOGUE, at_vendor=False) for one in samples.partner_deals()]
    page = deals.DealsPage(
        title=deals.title(1, at_vendor=False),
        tabs=deals.tabs(
            asked,
            {"": "41", "answer": "1", "drafts": "1", "review": "1", "protected": "3"},
            at_vendor=False,
        ),
        rows=listed,
        countries=[("", _("all")), *deals.countries()],
        may_register=True,
        next="/deals?page_token=x",
    )
    return "pages/deals.html", {
        "shell": samples.partner(theme, "deals", "/deals"),
        "page": page,
    }


def deal_list_empty(theme: Theme) -> tuple[str, Values]:
    page = deals.DealsPage(
        title=deals.title(0, at_vendor=False),
        tabs=deals.tabs(deals.query({}), {}, at_vendor=False),
        rows=[],
        countries=[("", _("all"))],
        may_register=True,
        first_text=deals.first_text(90),
    )
    return "pages/deals.html", {
        "shell": samples.partner(theme, "deals", "/deals"),
        "page": page,
    }


def deal_list_50(theme: Theme) -> tuple[str, Values]:
    template, values = deal_list(theme)
    many = [one for count in range(8) for one in samples.partner_deals()][:50]
    for count, one in enumerate(many):
        one.id, one.number = (
            f"reg_01J{count * 7919 + 104729:021d}",
            f"DR-2026-{4000 + count * 7:05}",
        )
        one.customer.name = f"{one.customer.name} {count * 37 % 101}"
    listed = [rows.row(one, samples.NAMES, samples.CATALOGUE, at_vendor=False) for one in many]
    values["page"] = deals.DealsPage(
        values["page"].title,
        values["page"].tabs,
        listed,
        countries=values["page"].countries,
        may_register=True,
    )
    return template, values


def register_new(theme: Theme) -> tuple[str, Values]:
    page = register.RegisterPage(register.fields(), samples.CATALOGUE.families, open_now="7", open_limit=25)
    return "pages/register.html", {
        "shell": samples.partner(theme, "deals", "/deals/new"),
        "page": page,
    }


def register_wrong(theme: Theme) -> tuple[str, Values]:
    typed = {
        "customer.name": "Nordseekühlhaus Emden GmbH & Co. KG",
        "customer.domain": "nordsee-kuehlhaus.example",
        "customer.country": "DE",
        "customer.tax_id": "DE 8123 45",
        "value": formats.number(186000),
        "expected_close": "2027-03-26",
    }
    errors = {
        "customer.tax_id": register.wrong("customer.tax_id"),
        "evidence_note": register.wrong("evidence_note"),
    }
    form = register.fields().filled(typed, {"product_families": ["halo-c12", "vigil"]}).with_errors(errors)
    page = register.RegisterPage(
        form,
        samples.CATALOGUE.families,
        id="reg_4512",
        number="DR-2026-04512",
        saved=samples.NOW,
        hint=conflicts.hint(samples.report(), samples.NAMES),
        decider="Tomás Ferreira",
        open_now="7",
        open_limit=25,
    )
    return "pages/register.html", {
        "shell": samples.partner(theme, "deals", "/deals/new"),
        "page": page,
    }


PAGES: dict[str, Page] = {
    "signin": signin,
    "signin-refused": signin_refused,
    "invitation": invitation,
    "deals": deal_list,
    "deals-empty": deal_list_empty,
    "deals-50": deal_list_50,
    "register": register_new,
    "register-wrong": register_wrong,
}

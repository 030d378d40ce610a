"""Every page with a sample view model: what the unit tests render in all languages, and what the preview serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from gateway.portal import formats, forms
from gateway.portal.models import Away, Door, Theme
from gateway.portal.present import conflicts, deals, decision, desk, home, register, rows, timeline
from gateway.portal.present import deal as deal_view
from gateway.portal.words import _
from tests.portal import sample_deals, samples

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
    listed = [rows.row(one, samples.NAMES, samples.CATALOGUE, at_vendor=False) for one in sample_deals.partner_deals()]
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
    many = [one for count in range(8) for one in sample_deals.partner_deals()][:50]
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
        hint=conflicts.hint(sample_deals.report(), samples.NAMES, samples.CATALOGUE),
        decider="Tomás Ferreira",
        open_now="7",
        open_limit=25,
    )
    return "pages/register.html", {
        "shell": samples.partner(theme, "deals", "/deals/new"),
        "page": page,
    }


def deal_protected(theme: Theme) -> tuple[str, Values]:
    found = sample_deals.partner_deals()[0]
    found.actions.extend([sample_deals.action("withdraw", "REGISTRATION_STATE"), sample_deals.action("update", "REGISTRATION_READ_ONLY")])
    page = deal_view.deal_page(found, samples.NAMES, samples.CATALOGUE, at_vendor=False)
    story = timeline.story(sample_deals.events(), timeline.Teller(samples.NAMES, samples.CATALOGUE, found.decision_text))
    page = replace(page, story=story, check=conflicts.hint(sample_deals.report(), samples.NAMES, samples.CATALOGUE))
    return "pages/deal.html", {"shell": samples.partner(theme, "deals", page.path), "page": page, "back": ""}


def deal_asked(theme: Theme) -> tuple[str, Values]:
    found = sample_deals.partner_deals()[3]
    found.actions.extend([sample_deals.action("update"), sample_deals.action("submit"), sample_deals.action("withdraw")])
    page = deal_view.deal_page(found, samples.NAMES, samples.CATALOGUE, at_vendor=False)
    away = Away(_("The timeline is not reachable."), page.path, samples.NOW)
    return "pages/deal.html", {"shell": samples.partner(theme, "deals", page.path), "page": replace(page, story_away=away), "back": ""}


def deal_decide(theme: Theme) -> tuple[str, Values]:
    return "pages/deal.html", {"shell": samples.vendor(theme, "deals", "/deals/reg_4502"), "page": _open_deal(), "back": ""}


def _open_deal(choice: str = "send_back") -> deal_view.DealPage:
    found = sample_deals.queue()[1]
    page = deal_view.deal_page(found, samples.NAMES, samples.CATALOGUE, at_vendor=True)
    made = decision.decision(found, page.partner, samples.CATALOGUE)
    assert made
    made = replace(made, choice=choice)
    return replace(page, decision=made, check=conflicts.hint(sample_deals.report(redacted=False), samples.NAMES, samples.CATALOGUE))


def desk_page(theme: Theme) -> tuple[str, Values]:
    asked = desk.query({"open": "reg_4502"})
    groups = desk.groups(sample_deals.queue(), samples.NAMES, samples.CATALOGUE)
    before, after = desk.neighbours(groups, asked)
    page = desk.DeskPage(
        title=desk.title(groups),
        updated="10:42",
        tabs=desk.tabs(asked, {"": "8", "conflicts": "3", "team": "99+"}),
        groups=groups,
        asked=asked,
        partners=[("", _("all"))],
        countries=[("", _("all"))],
        panel=_open_deal(),
        previous=before,
        next=after,
    )
    return "pages/desk.html", {"shell": samples.vendor(theme, "desk"), "page": page}


def desk_queue(theme: Theme) -> tuple[str, Values]:
    template, values = desk_page(theme)
    asked = desk.query({})
    values["page"] = replace(values["page"], panel=None, asked=asked)
    return template, values


def desk_bulk(theme: Theme) -> tuple[str, Values]:
    template, values = desk_queue(theme)
    outcomes = {
        "reg_4470": desk.Outcome("check", "ok", _("Approved until %(day)s", day="15 Feb")),
        "reg_4508": desk.Outcome("rejected", "bad", _("Changed by somebody else; look again")),
    }
    values["page"] = replace(
        values["page"], outcomes=outcomes, summary=_("%(done)s approved, %(left)s not changed. Each row says why.", done=1, left=1)
    )
    return template, values


def home_page(theme: Theme) -> tuple[str, Values]:
    listed = sample_deals.partner_deals()
    ending = sample_deals.approved(4333, "Stadtwerke Bremervörde", samples.euro(41000), ["beacon"], 5.2)
    needs = home.needs([listed[3], ending], samples.NAMES)
    found = home.deal_rows([listed[0], listed[1], listed[2]], listed, samples.NAMES, samples.CATALOGUE)
    page = home.HomePage(
        today=formats.long_day(samples.NOW),
        title=home.title(needs),
        needs=needs,
        waiting=home.waiting([listed[4]], samples.NAMES),
        rows=found,
        ending=home.ending(found),
        total="41",
        vendor="Northwind",
        may_register=True,
        funds=[home.fund(samples.budget())],
        courses=home.courses(samples.courses()),
        news=home.news(samples.documents()),
    )
    return "pages/home.html", {"shell": samples.partner(theme, "home"), "page": page}


def home_degraded(theme: Theme) -> tuple[str, Values]:
    template, values = home_page(theme)
    away = Away(_("Training is not reachable."), "/", samples.NOW)
    values["page"] = replace(values["page"], courses=None, courses_away=away, needs=[], title=home.title([]))
    return template, values


PAGES: dict[str, Page] = {
    "home": home_page,
    "home-degraded": home_degraded,
    "signin": signin,
    "signin-refused": signin_refused,
    "invitation": invitation,
    "deals": deal_list,
    "deals-empty": deal_list_empty,
    "deals-50": deal_list_50,
    "register": register_new,
    "register-wrong": register_wrong,
    "deal": deal_protected,
    "deal-asked": deal_asked,
    "deal-decide": deal_decide,
    "desk": desk_page,
    "desk-queue": desk_queue,
    "desk-bulk": desk_bulk,
}

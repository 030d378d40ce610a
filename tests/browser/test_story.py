"""The story in a real browser against a running stack with the demo programme: from sign-in to a protected deal."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

PASSWORD = "northwind-demo-2026"
MARTA, TOMAS = "marta.keller@hafenkante-robotik.example", "tomas.ferreira@northwind.example"
SOON = 20_000  # milliseconds: a job, an event and a notification lie between the two sides

SignIn = Callable[[str], Page]


@pytest.fixture
def signed_in(browser: Browser, portal: str) -> Iterator[SignIn]:
    """A window of its own for each person, in English."""
    contexts = []

    def enter(email: str) -> Page:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{portal}/signin")
        page.locator("#f-email").fill(email)
        page.locator("#f-password").fill(PASSWORD)
        page.locator("button.solid").click()
        page.wait_for_url(re.compile(r"/(desk)?$"))
        page.goto(f"{portal}/account")
        page.locator("#f-language").select_option("en")
        page.locator("form[action='/account'] button.solid").click()
        expect(page.locator("html")).to_have_attribute("lang", re.compile("^en"))
        return page

    yield enter
    for context in contexts:
        context.close()


def customer() -> str:
    """A name that no other registration is like."""
    return f"Zwirnerei {uuid.uuid4().hex[:10].title()} GmbH"


def register(page: Page, portal: str, name: str) -> str:
    """Fill the form in and submit it; -> the deal's path."""
    page.goto(f"{portal}/deals/new")
    page.get_by_label("Legal name").fill(name)
    page.get_by_label("Website").fill(f"{name.split()[1].lower()}.example")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Town").fill("Emden")
    page.get_by_label("Beacon").check()
    page.get_by_label("Expected value, before tax").fill("186,000")
    page.get_by_label("Expected close").fill((datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%d"))
    page.get_by_label("Evidence").fill("Walked the mill with the manager; they want a fleet before Easter.")
    page.get_by_role("button", name="Submit registration").click()
    page.wait_for_url(re.compile(r"/deals/reg_\w+$"))
    return page.url.removeprefix(portal)


def test_wrong_password_is_refused_in_words(page: Page, portal: str) -> None:
    page.goto(f"{portal}/signin")
    page.locator("#f-email").fill(f"nobody-{uuid.uuid4().hex[:6]}@nowhere.example")
    page.locator("#f-password").fill("not the password at all")
    page.locator("button.solid").click()
    expect(page.locator("#refused")).to_be_focused()


def test_bad_input_is_explained_at_the_field(signed_in: SignIn, portal: str) -> None:
    marta = signed_in(MARTA)
    marta.goto(f"{portal}/deals/new")
    marta.get_by_label("Legal name").fill(customer())
    marta.get_by_role("button", name="Submit registration").click()
    expect(marta.locator("#summary")).to_be_focused()
    expect(marta.get_by_label("Website")).to_have_attribute("aria-invalid", "true")


def test_from_registration_to_protection(signed_in: SignIn, portal: str) -> None:
    marta, tomas = signed_in(MARTA), signed_in(TOMAS)
    name = customer()
    tomas.goto(f"{portal}/desk")
    path = register(marta, portal, name)
    # The channel manager is told without loading anything.
    expect(tomas.locator("#toasts [data-toast]").first).to_be_visible(timeout=SOON)
    tomas.goto(f"{portal}/desk")
    tomas.get_by_role("link", name=name).click()
    expect(tomas.locator("#panel-title")).to_be_focused()
    tomas.get_by_role("radio", name="Approve").check()
    tomas.locator("[data-send]").click()
    expect(tomas.locator("#toasts")).to_contain_text("Approved")
    expect(tomas.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()
    tomas.goto(f"{portal}{path}")
    expect(tomas.locator(".chip")).to_have_text("Protected")
    marta.goto(f"{portal}{path}")
    expect(marta.locator(".chip")).to_have_text("Protected")
    expect(marta.locator(".story")).to_contain_text("Approved by Tomás Ferreira")


def test_sent_back_answered_and_rejected(signed_in: SignIn, portal: str) -> None:
    marta, tomas = signed_in(MARTA), signed_in(TOMAS)
    path = register(marta, portal, customer())
    _open_for_decision(tomas, portal, path)
    tomas.get_by_role("radio", name="Send back").check()
    tomas.get_by_label("VAT number").check()
    tomas.get_by_label(re.compile("What do you need from")).fill("What is the VAT number of the mill?")
    tomas.locator("[data-send]").click()
    expect(tomas.locator(".chip")).to_have_text("Sent back")
    marta.goto(f"{portal}{path}")
    expect(marta.locator("main")).to_contain_text("What is the VAT number of the mill?")
    marta.get_by_role("link", name="Answer", exact=True).click()
    expect(marta.get_by_label("Legal name")).not_to_be_editable()
    marta.get_by_label("VAT number").fill("DE 136695976")
    marta.get_by_role("button", name="Send the answer").click()
    marta.wait_for_url(f"{portal}{path}")
    _open_for_decision(tomas, portal, path)
    tomas.get_by_role("radio", name="Reject").check()
    tomas.get_by_label("Rule").select_option("insufficient_evidence")
    tomas.get_by_label(re.compile("Why, in words")).fill("The visit was in another town. Send us the note of the meeting.")
    tomas.locator("[data-send]").click()
    expect(tomas.locator(".chip")).to_have_text("Rejected")


def _open_for_decision(page: Page, portal: str, path: str) -> None:
    """Load the deal until the check has run and it waits for a decision."""
    for _ in range(20):
        page.goto(f"{portal}{path}")
        if page.locator("#decide").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the deal never came into review")


def test_hidden_deals_are_not_there(signed_in: SignIn, portal: str) -> None:
    marta = signed_in(MARTA)
    answer = marta.goto(f"{portal}/deals/reg_01K00000000000000000000000")
    assert answer is not None
    assert answer.status == 404
    expect(marta.locator("h1")).to_have_text("There is nothing here")

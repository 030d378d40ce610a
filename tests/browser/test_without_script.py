"""Every form works without script: filters, the registration and its errors, a decision, bulk, preferences."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.portal.stage import address


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A browser that runs no script."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_filter_is_a_form(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('deals')}")
    plain.get_by_placeholder("Customer, site or number").fill("brauhaus")
    plain.locator("#find").get_by_role("button", name="Apply").click()
    expect(plain.locator("tbody tr")).to_have_count(1)


def test_errors_lead_to_their_fields(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('register')}")
    plain.get_by_label("Legal name").fill("Nordkai Kühlhaus GmbH")
    plain.get_by_role("button", name="Submit registration").click()
    expect(plain.locator("#summary")).to_be_visible()
    expect(plain.get_by_label("Legal name")).to_have_value("Nordkai Kühlhaus GmbH")
    plain.locator("#summary a").first.click()
    assert plain.url.endswith("#f-customer-domain")


def test_a_draft_is_kept_by_its_button(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('register')}")
    plain.get_by_label("Legal name").fill("Nordkai Kühlhaus GmbH")
    plain.get_by_role("button", name="Close and keep draft").click()
    expect(plain.locator("#toasts")).to_contain_text("Draft saved")


def test_a_row_leads_to_its_page_and_a_decision_back_to_the_queue(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('desk')}")
    plain.get_by_role("link", name="Vasseur Emballages SAS").click()
    assert plain.url == f"{stage}/deals/reg_4502"
    plain.get_by_role("radio", name="Reject").check()
    plain.get_by_label("Rule").select_option("reserved_account")
    plain.get_by_label("Why, in words Lumen Systèmes can answer").fill("The vendor serves this account.")
    plain.locator("[data-send]").click()
    expect(plain.locator("#toasts")).to_contain_text("Rejected")


def test_the_panel_has_an_address_of_its_own(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('desk-open')}")
    expect(plain.locator("#panel-title")).to_have_text("Vasseur Emballages SAS")
    plain.locator("[data-close-panel]").click()
    expect(plain.locator("#panel")).to_have_count(0)


def test_language_and_theme_are_forms(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('account')}")
    for name in ("Language", "Time zone"):
        expect(plain.get_by_label(name)).to_be_visible()
    expect(plain.locator("form[action='/account']")).to_have_attribute("method", "post")


def test_several_deals_are_decided_at_once(plain: Page, stage: str) -> None:
    plain.goto(f"{stage}{address('desk')}")
    plain.get_by_label("Select Cerâmica Alvorada S.A.").check()
    plain.get_by_label("Select Fratelli Corsini S.p.A.").check()
    plain.locator("[data-bulk]").get_by_role("button", name="Send back").click()
    expect(plain.locator("#panel-title")).to_have_text("Decide 2 deals together")
    plain.get_by_label("What do you need from the partners?").fill("Which plant is it?")
    plain.locator("[data-send]").click()
    expect(plain.locator(".done-bar")).to_contain_text("2 decided.")

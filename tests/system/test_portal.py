"""The story in a real browser: two people, two windows, no reload; desktop and phone, English and German."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.system.world import PASSWORD, World, slug, submitted

pytestmark = pytest.mark.timeout(300)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
Visit = Callable[..., Page]


@pytest.fixture
def visit(world: World, browser: Browser) -> Iterator[Visit]:
    """`visit("sales", "phone")` → a page of somebody who has signed in; any error in its console fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def signed_in(who: str, size: str = "desktop", locale: str = "en-GB", script: bool = True) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(world.suite.base_url)
        page.locator("input[type=email]").fill(world.email(who))
        page.locator("input[type=password]").fill(PASSWORD)
        page.locator("input[type=password]").press("Enter")
        expect(page.locator("h1")).to_be_visible()
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert errors == []


def shot(page: Page, name: str) -> None:
    """Keep a picture where PRM_SHOTS says."""
    folder = os.environ.get("PRM_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def fill(page: Page, customer: str) -> None:
    page.locator("[name='customer.name']").fill(customer)
    page.locator("[name='customer.domain']").fill(f"{slug(customer)}.example")
    page.locator("[name='customer.country']").select_option("DE")
    page.locator("input[name='product_families']").first.check()
    page.locator("[name='value']").fill("42000")
    page.locator("[name='currency']").select_option("EUR")
    page.locator("[name='expected_close']").fill("2027-06-30")
    page.locator("[name='evidence_note']").fill("Walked the line with the plant manager; two cells wanted.")


@pytest.mark.parametrize("size", list(SIZES))
def test_from_registration_to_protection(world: World, visit: Visit, size: str) -> None:
    customer = f"Browser {size.title()} Pumpen GmbH"
    seller = visit("sales", size)
    seller.goto(f"{world.suite.base_url}/deals/new")
    seller.locator("[name='customer.name']").fill(customer)
    seller.locator("button[value=submit]").click()
    summary = seller.locator("[role=alert], .error-summary").first
    expect(summary).to_be_visible()
    expect(seller.locator("[name='customer.name']")).to_have_value(customer)
    shot(seller, f"story-{size}-1-explained")

    manager = visit("manager")
    manager.goto(f"{world.suite.base_url}/desk")
    fill(seller, customer)
    seller.locator("button[value=submit]").click()
    expect(seller.locator("h1")).to_contain_text(customer)
    shot(seller, f"story-{size}-2-submitted")

    row = manager.get_by_role("link", name=customer).first  # comes by itself: nobody reloads
    expect(row).to_be_visible(timeout=20_000)
    shot(manager, f"story-{size}-3-desk")
    manager.goto(f"{world.suite.base_url}/desk")
    manager.get_by_role("link", name=customer).first.click()
    expect(manager.get_by_role("heading", name=customer)).to_be_visible()
    manager.get_by_text("Approve", exact=True).first.click()
    shot(manager, f"story-{size}-4-evidence")
    manager.locator("button[type=submit]:visible, button[name=do]:visible").get_by_text("Approve").last.click()
    expect(manager.get_by_text("Protected").first).to_be_visible()
    shot(manager, f"story-{size}-5-decided")

    expect(seller.get_by_text("Protected").first).to_be_visible(timeout=20_000)  # live again
    seller.reload()
    expect(seller.get_by_text("Protected").first).to_be_visible()
    shot(seller, f"story-{size}-6-protected")


def test_without_script_a_deal_is_registered_too(world: World, visit: Visit) -> None:
    page = visit("sales", script=False)
    page.goto(f"{world.suite.base_url}/deals/new")
    fill(page, "Ohne Skript GmbH")
    page.locator("button[value=submit]").click()
    expect(page.locator("h1")).to_contain_text("Ohne Skript GmbH")


def test_strangers_find_nothing(world: World, visit: Visit) -> None:
    hidden = submitted(world, "sales", "Verborgene Fabrik AG")
    page = visit("stranger_admin")
    answer = page.goto(f"{world.suite.base_url}/deals/{hidden.id}")
    assert answer is not None
    assert answer.status == 404
    assert "Verborgene" not in page.content()


def test_german_all_the_way(world: World, visit: Visit) -> None:
    page = visit("marketing", locale="de-DE")
    page.goto(f"{world.suite.base_url}/account")
    page.locator("select[name=language]").first.select_option("de")
    page.locator("form:has(select[name=language]) button").first.click()
    page.goto(world.suite.base_url)
    assert page.locator("html").get_attribute("lang") == "de"

"""The story in a real browser against the whole suite: two people, two windows, no reload; desktop and phone."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.system.world import PASSWORD, World, slug, submitted

pytestmark = pytest.mark.timeout(300)
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SOON = 20_000  # milliseconds: a job, an event and a notification lie between the two sides
Visit = Callable[..., Page]


@pytest.fixture
def portal(world: World) -> str:
    return world.suite.base_url


@pytest.fixture
def visit(world: World, browser: Browser) -> Iterator[Visit]:
    """`visit("sales", "phone")` → a window of somebody who has signed in. An error in its script fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def signed_in(who: str, size: str = "desktop", *, script: bool = True) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{world.suite.base_url}/signin")
        page.locator("#f-email").fill(world.email(who))
        page.locator("#f-password").fill(PASSWORD)
        page.locator("button.solid").click()
        page.wait_for_url(re.compile(r"/(desk)?$"))
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert errors == []


def shot(page: Page, name: str) -> None:
    """Keep a picture in the folder that PRM_SHOTS names."""
    if folder := os.environ.get("PRM_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def customer() -> str:
    """A name that no other registration is like."""
    return f"Zwirnerei {uuid.uuid4().hex[:10].title()} GmbH"


def register(page: Page, portal: str, name: str) -> str:
    """Fill the form in and submit it; -> the deal's path."""
    page.goto(f"{portal}/deals/new")
    page.get_by_label("Legal name").fill(name)
    page.get_by_label("Website").fill(f"{slug(name)}.example")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Town").fill("Emden")
    page.get_by_label("Beacon").check()
    page.get_by_label("Expected value, before tax").fill("186,000")
    page.get_by_label("Expected close").fill((datetime.now(UTC) + timedelta(days=90)).strftime("%Y-%m-%d"))
    page.get_by_label("Evidence").fill("Walked the mill with the manager; they want a fleet before Easter.")
    page.get_by_role("button", name="Submit registration").click()
    page.wait_for_url(re.compile(r"/deals/reg_\w+$"))
    return page.url.removeprefix(portal)


def open_for_decision(page: Page, portal: str, path: str) -> None:
    """Load the deal until the check has run and it waits for a decision."""
    for _ in range(30):
        page.goto(f"{portal}{path}")
        if page.locator("#decide").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the deal never came into review")


def test_a_wrong_password_is_refused_in_words(page: Page, portal: str) -> None:
    page.goto(f"{portal}/signin")
    page.locator("#f-email").fill(f"nobody-{uuid.uuid4().hex[:6]}@nowhere.example")
    page.locator("#f-password").fill("not the password at all")
    page.locator("button.solid").click()
    expect(page.locator("#refused")).to_be_focused()


def test_bad_input_is_explained_at_the_field_and_kept(visit: Visit, portal: str) -> None:
    seller, name = visit("sales"), customer()
    seller.goto(f"{portal}/deals/new")
    seller.get_by_label("Legal name").fill(name)
    seller.get_by_role("button", name="Submit registration").click()
    expect(seller.locator("#summary")).to_be_focused()
    expect(seller.get_by_label("Website")).to_have_attribute("aria-invalid", "true")
    expect(seller.get_by_label("Legal name")).to_have_value(name)
    shot(seller, "register-explained")


@pytest.mark.parametrize("size", list(SIZES))
def test_from_registration_to_protection(visit: Visit, portal: str, size: str) -> None:
    seller, manager = visit("sales", size), visit("manager")
    name = customer()
    manager.goto(f"{portal}/desk")
    path = register(seller, portal, name)
    shot(seller, f"story-{size}-1-submitted")
    arrived = manager.get_by_role("link", name=name)  # by itself: nobody loads anything
    expect(arrived).to_be_visible(timeout=SOON)
    shot(manager, f"story-{size}-2-desk")
    arrived.click()
    expect(manager.locator("#panel-title")).to_be_focused()
    manager.get_by_role("radio", name="Approve").check()
    shot(manager, f"story-{size}-3-panel")
    manager.locator("[data-send]").click()
    expect(manager.locator("#toasts")).to_contain_text("Approved")
    expect(seller.locator("#toasts [data-toast]").first).to_be_visible(timeout=SOON)  # after the undo window
    seller.goto(f"{portal}{path}")
    expect(seller.locator(".chip")).to_have_text("Protected")
    expect(seller.locator(".story")).to_contain_text("Approved by manager person")
    shot(seller, f"story-{size}-4-protected")


def test_a_decision_is_undone_from_its_toast(visit: Visit, portal: str) -> None:
    seller, manager = visit("sales"), visit("manager")
    path = register(seller, portal, customer())
    open_for_decision(manager, portal, path)
    manager.get_by_role("radio", name="Approve").check()
    manager.locator("[data-send]").click()
    expect(manager.locator(".chip")).to_have_text("Protected")
    expect(manager.locator("#toasts").get_by_role("button", name="Undo")).to_be_visible()


def test_sent_back_answered_and_rejected(visit: Visit, portal: str) -> None:
    seller, manager = visit("sales"), visit("manager")
    path = register(seller, portal, customer())
    open_for_decision(manager, portal, path)
    manager.get_by_role("radio", name="Send back").check()
    manager.get_by_label("VAT number").check()
    manager.get_by_label(re.compile("What do you need from")).fill("What is the VAT number of the mill?")
    manager.locator("[data-send]").click()
    expect(manager.locator(".chip")).to_have_text("Sent back")
    seller.goto(f"{portal}{path}")
    expect(seller.locator("main")).to_contain_text("What is the VAT number of the mill?")
    seller.get_by_role("link", name="Answer", exact=True).click()
    expect(seller.get_by_label("Legal name")).not_to_be_editable()
    seller.get_by_label("VAT number").fill("DE 136695976")
    seller.get_by_role("button", name="Send the answer").click()
    seller.wait_for_url(f"{portal}{path}")
    open_for_decision(manager, portal, path)
    manager.get_by_role("radio", name="Reject").check()
    manager.get_by_label("Rule").select_option("insufficient_evidence")
    manager.get_by_label(re.compile("Why, in words")).fill("The visit was in another town. Send us the note of the meeting.")
    manager.locator("[data-send]").click()
    expect(manager.locator(".chip")).to_have_text("Rejected")


def test_without_script_a_deal_is_registered_too(visit: Visit, portal: str) -> None:
    seller, name = visit("sales", script=False), customer()
    register(seller, portal, name)
    expect(seller.locator("h1")).to_contain_text(name)


def test_hidden_deals_are_not_there(world: World, visit: Visit, portal: str) -> None:
    hidden = submitted(world, "sales", customer())
    page = visit("stranger_admin")
    answer = page.goto(f"{portal}/deals/{hidden.id}")
    assert answer is not None
    assert answer.status == 404
    assert hidden.customer.name not in page.content()
    expect(page.locator("h1")).to_have_text("There is nothing here")


def test_the_language_of_the_account_is_the_language_of_the_portal(visit: Visit, portal: str) -> None:
    page = visit("marketing")
    page.goto(f"{portal}/account")
    page.locator("#f-language").select_option("de")
    page.locator("form[action='/account'] button.solid").click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^de"))
    page.goto(f"{portal}/deals")
    shot(page, "deals-german")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("^de"))


def test_script_that_got_into_a_page_does_not_run(visit: Visit) -> None:
    """What the policy of the page stops even if a template forgot to escape: inline script, handlers, style, frames, eval, other hosts."""
    page = visit("sales")
    told = page.evaluate(
        """async () => {
            const box = document.createElement("div")
            document.body.append(box)
            const blocked = []
            document.addEventListener("securitypolicyviolation", event => blocked.push(event.effectiveDirective))
            box.innerHTML = '<img src="/nothing" onerror="window.evil=1"><a href="javascript:window.evil=1" id="lead">x</a>'
            const script = document.createElement("script")
            script.textContent = "window.evil = 1"
            box.append(script)
            const frame = document.createElement("iframe")
            frame.src = "https://evil.example/"
            box.append(frame)
            document.getElementById("lead").click()
            try { await fetch("https://evil.example/") } catch (error) { /* as it should */ }
            // in a task of the page: the browser lets what a debugger sends evaluate text
            setTimeout(() => { try { new Function("window.evil = 1")() } catch (error) { blocked.push("eval") } })
            await new Promise(done => setTimeout(done, 300))
            return [window.evil ?? null, [...new Set(blocked)].sort()]
        }"""
    )
    assert told[0] is None
    assert {"connect-src", "eval", "frame-src", "script-src-attr", "script-src-elem"} <= set(told[1])

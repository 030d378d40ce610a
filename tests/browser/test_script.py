"""What the script adds: panels and results swapped in place, focus where it belongs, keys, live news. Before the stage."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.portal.stage import address


def visit(page: Page, stage: str, name: str, more: str = "") -> list[str]:
    """Open a page; -> what the console says while it is open. News are silent unless asked for."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{stage}{address(name)}&news={more}&theme=light&language=en")
    return said


def test_a_row_opens_the_panel_and_focus_goes_to_its_heading(page: Page, stage: str) -> None:
    said = visit(page, stage, "desk")
    page.get_by_role("link", name="Vasseur Emballages SAS").click()
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page).to_have_url(f"{stage}/desk?open=reg_4502")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    expect(page.locator("#row-reg_4502 a").first).to_be_focused()
    page.go_back()
    expect(page.locator("#panel-title")).to_be_visible()
    assert said == []


def test_keys_move_select_and_open_but_never_send(page: Page, stage: str) -> None:
    visit(page, stage, "desk")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[data-bulk]")).to_contain_text("2 selected")
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("s")
    expect(page.get_by_label("What do you need from Vínculo Integração?")).to_be_focused()
    page.keyboard.type("ajsr")
    expect(page.get_by_label("What do you need from Vínculo Integração?")).to_have_value("ajsr")
    expect(page).to_have_url(f"{stage}/desk?open=reg_4503")


def test_a_choice_shows_what_belongs_to_it_alone(page: Page, stage: str) -> None:
    visit(page, stage, "desk-open")
    expect(page.get_by_label("Rule")).to_be_hidden()
    page.get_by_role("radio", name="Reject").check()
    expect(page.get_by_label("Rule")).to_be_visible()
    expect(page.get_by_text("Open for changes", exact=True)).to_be_hidden()
    page.locator("[data-send]").click()
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator("#d-rule-error")).to_be_visible()


def test_a_filter_swaps_the_results_and_the_address(page: Page, stage: str) -> None:
    said = visit(page, stage, "deals")
    page.get_by_placeholder("Customer, site or number").fill("brauhaus")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{stage}/deals?q=brauhaus&country=&order=new")
    expect(page.get_by_placeholder("Customer, site or number")).to_be_focused()
    assert said == []


def test_what_is_wrong_is_focused_and_what_was_typed_stays(page: Page, stage: str) -> None:
    visit(page, stage, "register")
    page.get_by_label("Legal name").fill("Nordkai Kühlhaus GmbH")
    page.get_by_role("button", name="Submit registration").click()
    expect(page.locator("#summary")).to_be_focused()
    expect(page.get_by_label("Legal name")).to_have_value("Nordkai Kühlhaus GmbH")
    page.locator("#summary a").first.click()
    expect(page.get_by_label("Website")).to_be_focused()


def test_a_draft_saves_itself_and_the_hint_comes_by_itself(page: Page, stage: str) -> None:
    visit(page, stage, "register")
    page.get_by_label("Legal name").fill("Nordkai Kühlhaus GmbH")
    page.get_by_label("Website").fill("nordkai.example")
    page.get_by_label("Country").select_option("DE")
    expect(page.locator("#check")).to_contain_text("A similar registration exists")
    expect(page.locator("#draft")).to_contain_text("Draft saved")
    expect(page).to_have_url(f"{stage}/deals/reg_4511/edit")
    expect(page.get_by_label("Legal name")).to_have_value("Nordkai Kühlhaus GmbH")


def test_a_form_that_was_sent_saves_no_draft_beside_it(page: Page, stage: str) -> None:
    """Also where the next page takes its time: the draft's two seconds run on, and it would become a second deal."""
    visit(page, stage, "register")
    page.get_by_label("Legal name").fill("Nordkai Kühlhaus GmbH")
    page.get_by_label("Website").fill("nordkai.example")
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("Town").fill("Emden")
    page.get_by_label("Beacon").check()
    page.get_by_label("Expected value, before tax").fill("186,000")
    page.get_by_label("Expected close").fill("2079-03-26")
    page.get_by_label("Evidence").fill("Walked the mill with the manager; they want a fleet.")
    page.route(re.compile(r"/deals/reg_\w+$"), lambda route: None)  # the next page does not come
    saved: list[str] = []
    page.on("request", lambda request: saved.append(request.post_data or "") if request.url.endswith("/deals/save") else None)
    page.get_by_role("button", name="Submit registration").click(no_wait_after=True)  # a fast answer has it wait for that page
    page.wait_for_timeout(2_500)
    assert len(saved) == 1 and "do=submit" in saved[0]


def test_news_bring_a_toast_the_count_and_the_row(page: Page, stage: str) -> None:
    visit(page, stage, "home", more="1")
    toast = page.locator("#toasts [data-toast]")
    expect(toast).to_contain_text("Reederei Petersen GmbH & Co. KG is protected")
    expect(page.locator("#unread")).to_have_text("3")
    expect(page.locator("#wait-reg_4506")).to_contain_text("just now")
    toast.get_by_role("button").click()
    expect(toast).to_have_count(0)


def test_help_lists_the_keys_and_switches_them_off(page: Page, stage: str) -> None:
    visit(page, stage, "help")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Switch single keys off").click()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_hidden()

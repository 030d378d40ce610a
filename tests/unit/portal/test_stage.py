"""Every page through its real handler, in every language: it answers, says nothing undefined, keeps the rules of the house."""

from __future__ import annotations

import asyncio
import re
from functools import cache

import brotli
import httpx
import pytest

from gateway.portal.words import LANGUAGES
from tests.portal import stage

HTML_BUDGET = 15_000
STAGE = stage.app(stage.by_cookie)


@cache
def pages(language: str = "en", theme: str = "dark") -> dict[str, httpx.Response]:
    """All pages, fetched once."""

    async def ask() -> dict[str, httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(STAGE), base_url="http://portal.test") as client:
            return {name: await client.get(f"{stage.address(name)}&language={language}&theme={theme}") for name in stage.PATHS}

    return asyncio.run(ask())


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_in_every_language(language: str) -> None:
    for name, answer in pages(language).items():
        assert answer.status_code in (200, 503), (name, answer.status_code)
        assert f'<html lang="{language}' in answer.text, name
        assert answer.text.count("<h1") == 1, name
        assert "%(" not in answer.text, name


@pytest.mark.parametrize("name", stage.PATHS)
def test_keeps_policy_budget_and_unique_ids(name: str) -> None:
    html = pages()[name].text
    assert 'data-theme="dark"' in html
    assert not re.search(r"\s(style|on[a-z]+)=", html)
    assert "<style" not in html
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    assert len(brotli.compress(html.encode(), quality=5)) <= HTML_BUDGET


@pytest.mark.parametrize("name", stage.PATHS)
def test_every_form_that_changes_something_has_its_token(name: str) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', pages()[name].text, re.DOTALL):
        assert 'name="csrf"' in form, form[:120]


@pytest.mark.parametrize("name", stage.PATHS)
def test_one_solid_button_at_most_outside_of_panels(name: str) -> None:
    head = pages()[name].text.split("<main", 1)[1].split('class="panel', 1)[0].split('class="decide', 1)[0]
    assert len(re.findall(r'class="button solid', head)) <= 1

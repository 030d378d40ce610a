"""Every page through its real handler, in every language: it answers, says nothing undefined, keeps the rules of the house."""

from __future__ import annotations

import asyncio
import re

import brotli
import httpx
import pytest

from gateway.portal.words import LANGUAGES
from tests.portal import stage

HTML_BUDGET = 15_000


def fetched(name: str, language: str = "en", theme: str = "light") -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(stage.app(stage.by_cookie))
        async with httpx.AsyncClient(transport=transport, base_url="http://portal.test") as client:
            return await client.get(f"{stage.address(name)}&language={language}&theme={theme}")

    return asyncio.run(ask())


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_in_every_language(language: str) -> None:
    for name in stage.PATHS:
        answer = fetched(name, language)
        assert answer.status_code in (200, 503), (name, answer.status_code)
        assert f'<html lang="{language}' in answer.text, name
        assert answer.text.count("<h1") == 1, name
        assert "%(" not in answer.text, name


@pytest.mark.parametrize("name", stage.PATHS)
def test_keeps_policy_budget_and_unique_ids(name: str) -> None:
    html = fetched(name, theme="dark").text
    assert 'data-theme="dark"' in html
    assert not re.search(r"\s(style|on[a-z]+)=", html)
    assert "<style" not in html
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    assert len(brotli.compress(html.encode(), quality=5)) <= HTML_BUDGET


@pytest.mark.parametrize("name", stage.PATHS)
def test_every_form_that_changes_something_has_its_token(name: str) -> None:
    html = fetched(name).text
    for form in re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL):
        assert 'name="csrf"' in form, form[:120]


@pytest.mark.parametrize("name", stage.PATHS)
def test_one_solid_button_at_most_outside_of_panels(name: str) -> None:
    html = fetched(name).text
    head = html.split("<main", 1)[1].split('class="panel', 1)[0].split('class="decide', 1)[0]
    assert len(re.findall(r'class="button solid', head)) <= 1

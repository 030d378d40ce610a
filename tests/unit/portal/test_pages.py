"""Every page renders in every language and theme: nothing undefined, nothing the content security policy would refuse."""

from __future__ import annotations

import re

import brotli
import pytest

from gateway.portal.environment import DIST, asset
from gateway.portal.words import LANGUAGES
from tests.portal.pages import PAGES
from tests.portal.preview import page

HTML_BUDGET = 15_000
STYLE_BUDGET, SCRIPT_BUDGET = 20_000, 25_000


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_renders_in_every_language(name: str, language: str) -> None:
    html = page(name, language)
    assert re.search(rf'<html lang="{language}', html)
    assert html.count("<h1") == 1
    assert "%(" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("theme", ["system", "light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_keeps_the_content_security_policy(name: str, theme: str) -> None:
    html = page(name, "en", theme)
    assert f'data-theme="{theme}"' in html
    assert not re.search(r"\sstyle=", html)
    assert not re.search(r"\son[a-z]+=", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "<style" not in html


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique(name: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page(name))
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})


@pytest.mark.parametrize("name", PAGES)
def test_fits_the_budget(name: str) -> None:
    assert len(brotli.compress(page(name).encode(), quality=5)) <= HTML_BUDGET


def test_style_and_script_fit_the_budget() -> None:
    for kind, budget in (("style", STYLE_BUDGET), ("script", SCRIPT_BUDGET)):
        body = (DIST / asset(kind).rsplit("/", 1)[1]).read_bytes()
        assert len(brotli.compress(body)) <= budget, kind

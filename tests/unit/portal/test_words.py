"""Catalogues: each is complete, no language has lost or invented a placeholder, plurals have all their forms."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from gateway.portal import words
from gateway.portal.words import CATALOGUES, LANGUAGES, Reader, _, choose_language, ngettext, reading

COMPLETE = [language for language in LANGUAGES if language != "en"]
TRANSLATED = COMPLETE
PORTAL = Path(words.__file__).parent
PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


@cache
def source() -> dict[str, bool]:
    """Every text of code and templates; -> whether it has a plural."""
    keywords = {"_": None, "ngettext": (1, 2)}
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    options = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
    found = extract_from_dir(str(PORTAL), methods, options, keywords)
    return {(text[0] if isinstance(text, tuple) else text): isinstance(text, tuple) for _file, _line, text, *_rest in found}


@cache
def catalogue(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> list[tuple[str, str]]:
    """Pairs of source and translation, one for each plural form."""
    if isinstance(message.id, tuple):
        return [(message.id[1], text) for text in message.string or ()]
    return [(str(message.id), str(message.string))]


@pytest.mark.parametrize("language", COMPLETE)
def test_nothing_is_left_in_english(language: str) -> None:
    known = {(one.id[0] if isinstance(one.id, tuple) else one.id): one for one in catalogue(language) if one.id}
    missing = [text for text in source() if text not in known or not all(translation for _source, translation in forms(known[text]))]
    assert missing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    for message in catalogue(language):
        for text, translation in forms(message) if message.id else ():
            wanted = set(PLACEHOLDER.findall(text))
            found = set(PLACEHOLDER.findall(translation)) if translation else wanted
            assert found <= wanted, translation
            assert wanted - found <= {("count", "")}, translation  # "one day" needs no number


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_translated_that_is_not_there_any_more(language: str) -> None:
    known = [(one.id[0] if isinstance(one.id, tuple) else one.id) for one in catalogue(language) if one.id]
    assert [text for text in known if text not in source()] == []


def test_plurals_and_fallback() -> None:
    with reading(Reader("de")):
        assert ngettext("%(count)s day", "%(count)s days", 1) == "1 Tag"
        assert ngettext("%(count)s day", "%(count)s days", 2) == "2 Tage"
        assert _("A text that no catalogue has") == "A text that no catalogue has"


@pytest.mark.parametrize(
    ("wanted", "accepted", "chosen"),
    [("de", "", "de"), ("", "pt-BR,pt;q=0.9", "pt"), ("xx", "sv, zh-Hant;q=0.5", "zh"), ("", "sv", "en"), ("en-GB", "de", "en")],
)
def test_language_is_hers_then_her_browsers_then_english(wanted: str, accepted: str, chosen: str) -> None:
    assert choose_language(wanted, accepted) == chosen


@pytest.mark.parametrize("language", LANGUAGES)
def test_tabs_under_the_thumb_are_short(language: str) -> None:
    with reading(Reader(language)):
        for name in (_("Home"), _("Deals"), _("Register"), _("Funds"), _("More"), _("Desk"), _("Training")):
            assert len(name) <= 12, name

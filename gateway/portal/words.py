"""Who reads: language, zone and moment of one rendering, and the catalogues behind `_()`.

Catalogues are read from the .po files themselves, so that a translation needs no compile step and no binary file.
English is the source language: what a catalogue does not have falls back to it.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "translations"
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "pt": "Português",
    "zh": "简体中文",
}
LOCALES = {
    "en": "en_GB",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "pt": "pt_BR",
    "zh": "zh_Hans_CN",
}


NOWHERE = ZoneInfo("UTC")
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is rendered. `now` is aware; the zone is the person's own, `programme` the one its days end in."""

    language: str = "en"
    zone: ZoneInfo = NOWHERE
    now: datetime = NEVER
    programme: ZoneInfo | None = None

    @property
    def locale(self) -> Locale:
        return _locale(LOCALES[self.language])


NOBODY = Reader()
_reader: ContextVar[Reader] = ContextVar("portal_reader", default=NOBODY)


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of one of LANGUAGES; English needs none."""
    path = CATALOGUES / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def reader() -> Reader:
    """Who reads what is being rendered."""
    return _reader.get()


@contextmanager
def reading(who: Reader) -> Iterator[Reader]:
    """Everything formatted or translated inside is for this reader."""
    token = _reader.set(who)
    try:
        yield who
    finally:
        _reader.reset(token)


def translate(text: str) -> str:
    """The text in the reader's language, placeholders untouched."""
    return catalogue(reader().language).gettext(text)


def translate_number(one: str, many: str, count: int) -> str:
    """The plural form for a count in the reader's language, placeholders untouched."""
    return catalogue(reader().language).ngettext(one, many, count)


def _(text: str, /, **values: object) -> str:
    """Whole sentences only, with named placeholders: `_("Decide by %(time)s", time=…)`."""
    found = translate(text)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """As `_`, in the plural form for `count`, which is also the placeholder `%(count)s`."""
    return translate_number(one, many, count) % {"count": count, **values}


def choose_language(wanted: str, accepted: str = "") -> str:
    """The person's own language if we have it, else the first of Accept-Language that we have, else English."""
    tags = [wanted, *(part.split(";")[0] for part in accepted.split(","))]
    for tag in tags:
        primary = tag.strip().split("-")[0].split("_")[0].lower()
        if primary in LANGUAGES:
            return primary
    return "en"


def choose_zone(name: str) -> ZoneInfo:
    """The zone of this IANA name, or UTC where there is none of that name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, KeyError, OSError):
        return ZoneInfo("UTC")

"""What messages say, in the reader's language: `templates/<language>.toml`, whole sentences with named values.

A sentence that a language lacks is taken from English. `text.one` and `text.other` are plural forms, picked by {days}.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_skeleton

FOLDER = Path(__file__).parent / "templates"
LANGUAGES = ("en", "de", "fr", "pt", "es", "zh")
FALLBACK = "en"
TIMES = frozenset({"due", "until"})
COUNT = "days"


@dataclass(frozen=True)
class Reader:
    """Whom a text is for. `language` is BCP 47, `zone` an IANA name; what is not known falls back to English and UTC."""

    language: str = ""
    zone: str = ""


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, Any]]:
    """The texts of one of LANGUAGES: kind → `text`, `mail`."""
    return tomllib.loads((FOLDER / f"{language}.toml").read_text())


def language_of(reader: Reader) -> str:
    """The one of LANGUAGES that comes nearest to what the reader speaks."""
    wanted = reader.language.partition("-")[0].lower()
    return wanted if wanted in LANGUAGES else FALLBACK


def say(reader: Reader, kind: str, part: str, values: Mapping[str, str]) -> str:
    """A sentence with its values filled in; the kind itself when no language has one, so that old rows stay readable.

    A value that the sentence names and the row lacks shows as an ellipsis.
    """
    language = language_of(reader)
    for candidate in (language, FALLBACK):
        template = _form(catalogue(candidate).get(kind, {}).get(part), candidate, values)
        if template is not None:
            return template.format_map(_Filled(_shown(values, candidate, reader.zone)))
    return kind


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _form(template: Any, language: str, values: Mapping[str, str]) -> str | None:
    if isinstance(template, Mapping):
        count = values.get(COUNT, "")
        form = Locale.parse(language).plural_form(int(count)) if count.isdecimal() else "other"
        return str(template.get(form, template["other"]))
    return None if template is None else str(template)


def _shown(values: Mapping[str, str], language: str, zone: str) -> dict[str, str]:
    return {name: _time(value, language, zone) if name in TIMES else value for name, value in values.items()}


def _time(value: str, language: str, zone: str) -> str:
    if not value:
        return "…"
    at, whole_day = datetime.fromisoformat(value), len(value) == len("2026-03-31")
    if not whole_day:
        at = at.astimezone(_zone(zone))
    day = format_skeleton("yMMMd", at, locale="en_GB" if language == "en" else language)
    if whole_day:
        return day
    return f"{day} {at:%H:%M}" if language == "zh" else f"{day}, {at:%H:%M}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")

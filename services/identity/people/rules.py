"""What may be said of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.errors import InvalidArgument
from services.identity.organizations.rules import domain_of, require_zone

LANGUAGES = ("en", "de", "fr", "es", "pt", "zh")
THEMES = ("system", "light", "dark")


def clean_email(email: str) -> str:
    """Lower case, without blanks around: one address is one account."""
    return email.strip().lower()


def clean_name(name: str, field: str) -> str:
    """Without blanks around and control characters. Raises InvalidArgument when nothing is left."""
    cleaned = "".join(character for character in name if character.isprintable()).strip()
    if not cleaned:
        raise InvalidArgument.field(field, "Give a name")
    return cleaned


def require_language(language: str, field: str) -> str:
    """One of the languages the suite speaks. Raises InvalidArgument."""
    if language not in LANGUAGES:
        raise InvalidArgument.field(field, f"use one of {', '.join(LANGUAGES)}")
    return language


def require_own_domain(email: str, domains: Sequence[str]) -> None:
    """Raises InvalidArgument unless the address is at one of the organisation's domains, or below one."""
    domain = domain_of(email)
    if not any(domain == own or domain.endswith("." + own) for own in domains):
        known = ", ".join(domains) or "none is known; the vendor can add one"
        text = f"{domain} is not a domain of your organisation ({known})"
        raise InvalidArgument.field("email", text, "EMAIL_DOMAIN_FOREIGN")


def clean_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values of name, language, time_zone and theme. Raises InvalidArgument naming the field."""
    checks = {
        "name": lambda value: clean_name(value, "person.name"),
        "language": lambda value: require_language(value, "person.language"),
        "time_zone": lambda value: require_zone(value, "person.time_zone"),
        "theme": _require_theme,
    }
    return {name: checks[name](value) for name, value in values.items()}


def _require_theme(theme: str) -> str:
    if theme not in THEMES:
        raise InvalidArgument.field("person.theme", f"use one of {', '.join(THEMES)}")
    return theme

"""What may be said of an organisation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from zoneinfo import available_timezones

from chassis.errors import InvalidArgument

TYPES = frozenset(
    ("vendor", "distributor", "reseller", "var", "msp", "si", "isv", "oem", "retailer", "agency", "affiliate", "bpo", "technology")
    + ("strategic",)
)
# Whoever gets an address at one of these is nobody's colleague for that.
FREE_MAIL = frozenset(
    ("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "gmx.de", "gmx.net", "web.de")
    + ("t-online.de", "orange.fr", "free.fr", "laposte.net", "libero.it", "uol.com.br", "bol.com.br", "qq.com", "163.com", "126.com")
    + ("proton.me", "protonmail.com", "aol.com", "mail.ru", "yandex.ru")
)
MAX_DEPTH = 6
PARTNERS_FIELDS = frozenset({"country", "time_zone"})
_DOMAIN = re.compile(r"(?=.{3,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def domain_of(email: str) -> str:
    """The part after the @, lower case."""
    return email.rpartition("@")[2].lower()


def clean_domains(domains: Sequence[str]) -> list[str]:
    """Lower case, international names in their ASCII form, sorted. Raises InvalidArgument naming the wrong one."""
    cleaned = {_clean_domain(domain, place) for place, domain in enumerate(domains)}
    return sorted(cleaned)


def _clean_domain(domain: str, place: int) -> str:
    field = f"organization.domains[{place}]"
    try:
        name = domain.strip().rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        name = ""
    if not _DOMAIN.fullmatch(name):
        raise InvalidArgument.field(field, "Give a domain such as example.com")
    if name in FREE_MAIL:
        raise InvalidArgument.field(field, f"{name} belongs to everybody; give the company's own domain", "DOMAIN_FREE_MAIL")
    return name


def tax_key(tax_id: str) -> str:
    """The tax number in the form in which two spellings of one number are equal; empty for placeholders like 000."""
    key = re.sub(r"[^0-9A-Z]", "", tax_id.upper())
    return "" if set(re.sub(r"^[A-Z]{2}", "", key)) <= {"0"} else key


def require_types(types: Sequence[str], *, vendor: bool) -> list[str]:
    """The types, sorted. Raises InvalidArgument for an unknown one, and for `vendor` where it does not belong."""
    for place, kind in enumerate(types):
        if kind not in TYPES:
            raise InvalidArgument.field(f"organization.types[{place}]", f"use one of {', '.join(sorted(TYPES))}")
    if ("vendor" in types) != vendor:
        raise InvalidArgument.field("organization.types", "`vendor` is the type of the vendor, and of it alone")
    return sorted(set(types))


def require_zone(zone: str, field: str) -> str:
    """The IANA zone. Raises InvalidArgument for one that does not exist."""
    if zone not in _zones():
        raise InvalidArgument.field(field, "Give an IANA zone such as Europe/Berlin")
    return zone


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def require_depth(path: str) -> None:
    """Raises InvalidArgument for a tree deeper than the scopes of the policies are meant for."""
    if path.count(".") > MAX_DEPTH:
        raise InvalidArgument.field("organization.parent_id", f"the tree has {MAX_DEPTH} levels at most")

"""Web addresses: the host that was meant, the domain somebody registered, and whether it says anything about who it is."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

import idna
import tldextract

from services.deals.matching.lists import entries

# The list that comes with the library; nothing is fetched and nothing is cached on disk. Private suffixes (github.io) count,
# so that a page of one's own below them is a domain of one's own.
_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_NUMERIC = re.compile(r"[0-9.]+")


def host_of(text: str) -> str:
    """`https://www.Nordkai.example/start` → nordkai.example, in lower case and as it was written; empty if it is no host name."""
    text = text.strip().lower()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = host.rstrip(".").removeprefix("www.")
    return host if _ascii(host) else ""


@lru_cache(maxsize=10_000)
def registrable(host: str) -> str:
    """The domain that was registered, in its ASCII form: www.shop.müller.co.uk → xn--mller-kva.co.uk; empty if there is none."""
    ascii_host = _ascii(host)
    if not ascii_host:
        return ""
    found = _EXTRACT(ascii_host)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else ""
    return ".".join(ascii_host.split(".")[-2:])


@lru_cache(maxsize=10_000)
def telling(host: str) -> str:
    """The registrable domain if it tells one company from another; empty for free mail, hosting, social and agency domains."""
    domain = registrable(host)
    if domain in entries("shared_domains") or host in entries("shared_domains"):
        return ""
    return domain


def of_email(address: str) -> str:
    """The host of an e-mail address, or empty."""
    return host_of(address.rpartition("@")[2]) if "@" in address else ""


def _ascii(host: str) -> str:
    """The host in ASCII; empty when it is no name with at least two labels, or an address of numbers."""
    if not host or "." not in host or len(host) > 253 or _NUMERIC.fullmatch(host):
        return ""
    try:
        plain = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""
    return plain if all(_LABEL.fullmatch(label) for label in plain.split(".")) else ""

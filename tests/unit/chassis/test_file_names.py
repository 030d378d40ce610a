"""A file's name is whatever its uploader typed; the header that carries it holds nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pydantic import SecretStr

from chassis.settings import SharedSettings
from chassis.storage.store import ObjectStore

NAMES = (
    "price.pdf",
    'a"; filename="evil.html',
    "a\r\nContent-Type: text/html\r\n\r\n<script>",
    "../../etc/passwd",
    "..\\..\\evil.exe",
    "\x00\x1b[31m.pdf",
    "=cmd|' /C calc'!A0.csv",
    "\u202efdp.exe",
    "价格 €.pdf",
    "%0d%0aSet-Cookie: a=b",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/pdf"])
def test_a_download_is_an_attachment_with_one_name(name: str, media_type: str) -> None:
    """Also what a browser would run: it is saved, never shown, and comes from the store's address, not the portal's."""
    settings = SharedSettings(s3_endpoint="store.example:9000", s3_access_key=SecretStr("key"), s3_secret_key=SecretStr("secret"))
    url = ObjectStore(settings, "documents").get_url("ab/cd", timedelta(minutes=5), file_name=name, media_type=media_type)
    told = parse_qs(urlsplit(url).query)["response-content-disposition"][0]
    found = re.fullmatch(r"attachment; filename=\"([A-Za-z0-9._ -]*)\"; filename\*=UTF-8''([A-Za-z0-9._~%-]*)", told)
    assert found and unquote(found[2]) == name
    assert urlsplit(url).netloc == "store.example:9000" and urlsplit(url).path == "/documents/ab/cd"

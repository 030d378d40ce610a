"""What the rest relies on an object store for; the same on SeaweedFS and on MinIO."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from pydantic import SecretStr

from chassis.settings import SharedSettings
from chassis.storage import ObjectStore, StoreUnavailable
from deploy.local.store import Access
from tests.mailbox import free_port

pytestmark = pytest.mark.store
MINUTE = timedelta(minutes=1)
CONTENT = b"hello, partner\n" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def settings(access: Access, **changes: object) -> SharedSettings:
    known = {
        "s3_endpoint": access.endpoint,
        "s3_region": access.region,
        "s3_access_key": access.access_key,
        "s3_secret_key": access.secret_key,
    }
    return SharedSettings.model_validate(known | changes)


@pytest.fixture(scope="module")
def store(s3: Access) -> ObjectStore:
    found = ObjectStore(settings(s3), f"prm-test-{uuid.uuid4().hex[:8]}")  # the store may be older than this run
    found.ensure_bucket()
    return found


def put(url: str, content: bytes = CONTENT, media_type: str = "text/plain") -> int:
    request = Request(url, data=content, method="PUT", headers={"Content-Type": media_type})
    with urlopen(request, timeout=10) as response:
        return int(response.status)


def got(url: str) -> tuple[bytes, Message]:
    with urlopen(url, timeout=10) as response:
        return response.read(), response.headers


def test_what_is_put_by_a_link_is_there(store):
    assert put(store.put_url("a/one", MINUTE)) == 200
    found = store.stat("a/one")
    assert (found.size, found.key) == (len(CONTENT), "a/one")
    assert store.sha256("a/one", found.etag) == DIGEST
    assert store.stat("a/none") is None
    assert store.sha256("a/none", found.etag) is None


def test_a_download_is_saved_under_its_name_whatever_the_uploader_said_it_was(store):
    put(store.put_url("a/page", MINUTE), b"<script>", "text/html")
    content, headers = got(store.get_url("a/page", MINUTE, file_name='Preis "2026" 价格.pdf', media_type="application/pdf"))
    assert content == b"<script>"
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''Preis%20%222026%22%20%E4%BB%B7%E6%A0%BC.pdf" in headers["Content-Disposition"]


def test_a_link_opens_one_object_for_one_purpose(store):
    put(store.put_url("a/mine", MINUTE))
    url = store.get_url("a/mine", MINUTE, file_name="x", media_type="text/plain")
    for wrong in (url.replace("a/mine", "a/one"), url.replace("Signature=", "Signature=0")):
        with pytest.raises(HTTPError) as refused:
            got(wrong)
        assert refused.value.code == 403
        refused.value.close()
    with pytest.raises(HTTPError) as refused:
        put(url)
    assert refused.value.code == 403
    refused.value.close()


def test_reading_and_copying_hold_to_one_content(store):
    put(store.put_url("a/changing", MINUTE), b"first")
    first = store.stat("a/changing")
    put(store.put_url("a/changing", MINUTE), b"other")
    assert store.sha256("a/changing", first.etag) is None
    assert store.copy("a/changing", first.etag, "a/kept") is None
    assert store.stat("a/kept") is None
    second = store.stat("a/changing")
    copied = store.copy("a/changing", second.etag, "a/kept")
    assert copied.size == 5
    assert store.sha256("a/kept", copied.etag) == hashlib.sha256(b"other").hexdigest()


def test_removing_twice_is_no_error(store):
    put(store.put_url("a/gone", MINUTE))
    store.remove("a/gone")
    store.remove("a/gone")
    assert store.stat("a/gone") is None


def test_the_bucket_is_made_once(store):
    store.ensure_bucket()
    store.ensure_bucket()


def test_links_name_the_address_that_browsers_use_and_cost_no_call():
    nowhere = SharedSettings(s3_endpoint=f"127.0.0.1:{free_port()}", s3_public_endpoint="files.example:443", s3_secure=True)
    store = ObjectStore(nowhere.model_copy(update={"s3_access_key": SecretStr("a"), "s3_secret_key": SecretStr("b")}), "bucket")
    began = time.monotonic()
    assert store.put_url("k", MINUTE).startswith("https://files.example/bucket/k?")
    assert store.get_url("k", MINUTE, file_name="f", media_type="text/plain").startswith("https://files.example/bucket/k?")
    assert time.monotonic() - began < 0.5


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and never answers, as a store that hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []
        ends = threading.Event()

        def take() -> None:
            server.settimeout(0.1)
            while not ends.is_set():
                try:
                    taken.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        ends.set()
        thread.join()
        for connection in taken:
            connection.close()


def test_a_dead_or_hanging_store_says_so_within_three_seconds(s3):
    with silent_server() as hanging:
        for endpoint in (f"127.0.0.1:{free_port()}", hanging):
            store = ObjectStore(settings(s3, s3_endpoint=endpoint), "prm-test-store")
            for act, *arguments in (("ensure_bucket",), ("stat", "k"), ("sha256", "k", "e"), ("copy", "k", "e", "l"), ("remove", "k")):
                began = time.monotonic()
                with pytest.raises(StoreUnavailable) as refused:
                    getattr(store, act)(*arguments)
                assert time.monotonic() - began < 3
                assert (refused.value.reason, refused.value.retry_after) == ("STORE_UNAVAILABLE", timedelta(seconds=5))


def test_wrong_keys_are_the_stores_trouble_not_a_missing_file(s3):
    store = ObjectStore(settings(s3, s3_secret_key="wrong"), "prm-test-store")
    with pytest.raises(StoreUnavailable):
        store.stat("a/one")

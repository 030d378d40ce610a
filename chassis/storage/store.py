"""One bucket of the object store. Keys are immutable: what is under a key never changes, so links and copies stay true."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

import urllib3
from minio import Minio
from minio.commonconfig import CopySource
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from chassis.errors import Unavailable
from chassis.settings import SharedSettings

R = TypeVar("R")
CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0  # for each read of the socket; a store that is dead answers within 3 s that it is
CHUNK = 1 << 20
MISSING = frozenset({"NoSuchKey", "NoSuchObject", "NoSuchBucket", "ResourceNotFound"})


class StoreUnavailable(Unavailable):
    """The object store is away or refuses us; what needs no files goes on."""

    reason = "STORE_UNAVAILABLE"


@dataclass(frozen=True)
class StoredObject:
    """What the store knows of an object. `etag` changes with its content."""

    key: str
    size: int
    etag: str
    media_type: str


class ObjectStore:
    """Thread-safe. Making one calls nobody; the region is always given, else each presigned URL would cost a call."""

    def __init__(self, settings: SharedSettings, bucket: str) -> None:
        self.bucket = bucket
        self._client = _client(settings, settings.s3_endpoint)
        self._signer = _client(settings, settings.s3_public_endpoint or settings.s3_endpoint)

    def ensure_bucket(self) -> None:
        """Make the bucket if it is missing. Raises StoreUnavailable."""
        with _translated():
            if not self._client.bucket_exists(self.bucket):
                self._make()

    def _make(self) -> None:
        try:
            self._client.make_bucket(self.bucket)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:  # another replica was faster
                raise

    def put_url(self, key: str, lasts: timedelta) -> str:
        """Where anybody may PUT this one object for a while. No call."""
        return str(self._signer.presigned_put_object(self.bucket, key, expires=lasts))

    def get_url(self, key: str, lasts: timedelta, *, file_name: str, media_type: str) -> str:
        """Where anybody may GET it for a while; it is saved under its name, never shown by the browser. No call."""
        answer: dict[str, str | list[str] | tuple[str]] = {
            "response-content-disposition": _attachment(file_name),
            "response-content-type": media_type,
        }
        return str(self._signer.presigned_get_object(self.bucket, key, expires=lasts, response_headers=answer))

    def stat(self, key: str) -> StoredObject | None:
        """The object, or None. Raises StoreUnavailable."""
        return self._or_missing(lambda: self._stat(key))

    def _stat(self, key: str) -> StoredObject:
        found = self._client.stat_object(self.bucket, key)
        return StoredObject(key, found.size or 0, (found.etag or "").strip('"'), found.content_type or "")

    def sha256(self, key: str, etag: str) -> str | None:
        """The digest of the content with this etag, hexadecimal, by reading all of it; None if it is gone or another.

        Raises StoreUnavailable.
        """
        return self._or_missing(lambda: self._digest(key, etag))

    def _digest(self, key: str, etag: str) -> str:
        digest = hashlib.sha256()
        response = self._client.get_object(self.bucket, key, request_headers={"If-Match": f'"{etag}"'})
        try:
            for chunk in response.stream(CHUNK):
                digest.update(chunk)
        finally:
            response.close()
            response.release_conn()
        return digest.hexdigest()

    def copy(self, source: str, etag: str, key: str) -> StoredObject | None:
        """Put the content of `source` with this etag under a key; None if it is gone or another. Raises StoreUnavailable."""
        return self._or_missing(lambda: self._copy(source, etag, key))

    def _copy(self, source: str, etag: str, key: str) -> StoredObject:
        self._client.copy_object(self.bucket, key, CopySource(self.bucket, source, match_etag=etag))
        return self._stat(key)

    def remove(self, key: str) -> None:
        """Remove it; no error if there is none. Raises StoreUnavailable."""
        self._or_missing(lambda: self._client.remove_object(self.bucket, key))

    def _or_missing(self, work: Callable[[], R]) -> R | None:
        with _translated():
            try:
                return work()
            except S3Error as error:
                if error.code in MISSING or error.code == "PreconditionFailed" or error.response.status == 412:
                    return None
                raise


def _client(settings: SharedSettings, endpoint: str) -> Minio:
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    return Minio(
        endpoint,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=settings.s3_secure,
        region=settings.s3_region,
        http_client=urllib3.PoolManager(timeout=timeout, retries=False, maxsize=16),
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (MinioException, HTTPError, OSError) as error:
        raise StoreUnavailable("Files cannot be reached now; everything else works", retry_after=timedelta(seconds=5)) from error


def _attachment(file_name: str) -> str:
    """RFC 6266: an ASCII form for old clients, the real name percent-encoded."""
    plain = "".join(character if (character.isascii() and character.isalnum()) or character in "._- " else "_" for character in file_name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"

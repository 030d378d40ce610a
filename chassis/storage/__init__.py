"""Files, in an object store that speaks S3, over the minio client."""

from chassis.storage.store import ObjectStore, StoredObject, StoreUnavailable

__all__ = ["ObjectStore", "StoreUnavailable", "StoredObject"]

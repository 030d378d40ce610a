"""Times of the contracts as Python's."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp


def moment(value: Timestamp) -> datetime:
    """The same moment, timezone-aware, in UTC."""
    return value.ToDatetime(UTC)

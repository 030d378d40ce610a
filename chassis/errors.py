"""Errors with a kind, a permanent reason and a text fit for the caller. One interceptor turns them into statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import ClassVar


class Kind(Enum):
    """The kinds of refusal; the names are those of gRPC's status codes."""

    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    ABORTED = "ABORTED"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True)
class FieldViolation:
    """One field of the request and what is wrong with it. `field` is its path, `registration.customer.tax_id`."""

    field: str
    text: str
    reason: str = "INVALID"


class DomainError(Exception):
    """A refusal. Subclasses fix `kind` and, where it never varies, `reason`; reasons are public and permanent.

    `remembered` refusals are part of the transaction they end: what it wrote is committed (a wrong password counts).
    """

    kind: ClassVar[Kind] = Kind.INTERNAL
    reason: str = "INTERNAL"
    remembered: ClassVar[bool] = False

    def __init__(
        self,
        text: str,
        *,
        reason: str | None = None,
        fields: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(text)
        self.text = text
        self.reason = reason or type(self).reason
        self.fields = tuple(fields)
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after


class InvalidArgument(DomainError):
    """The request itself is wrong; `fields` says where."""

    kind = Kind.INVALID_ARGUMENT
    reason = "INVALID_REQUEST"

    @classmethod
    def field(cls, field: str, text: str, reason: str = "INVALID") -> InvalidArgument:
        """One wrong field."""
        return cls(f"{field}: {text}", fields=[FieldViolation(field, text, reason)])


class Unauthenticated(DomainError):
    """Nobody knows who calls."""

    kind = Kind.UNAUTHENTICATED
    reason = "TOKEN_MISSING"


class PermissionDenied(DomainError):
    """Known, and not allowed. `metadata` has the decision's id."""

    kind = Kind.PERMISSION_DENIED
    reason = "NOT_ALLOWED"


class NotFound(DomainError):
    """It does not exist, or the caller may not know that it does."""

    kind = Kind.NOT_FOUND
    reason = "NOT_FOUND"


class AlreadyExists(DomainError):
    """Something unique is taken."""

    kind = Kind.ALREADY_EXISTS
    reason = "ALREADY_EXISTS"


class FailedPrecondition(DomainError):
    """The object's state does not allow it; repeating changes nothing."""

    kind = Kind.FAILED_PRECONDITION
    reason = "FAILED_PRECONDITION"


class Aborted(DomainError):
    """Somebody else was faster; look again and repeat."""

    kind = Kind.ABORTED
    reason = "ABORTED"


class EtagMismatch(Aborted):
    """The object changed since it was read."""

    reason = "ETAG_MISMATCH"


class ResourceExhausted(DomainError):
    """Too much, too often; `retry_after` says when again."""

    kind = Kind.RESOURCE_EXHAUSTED
    reason = "RESOURCE_EXHAUSTED"


class Unavailable(DomainError):
    """A part that is needed is away; repeat later."""

    kind = Kind.UNAVAILABLE
    reason = "UNAVAILABLE"


class DeadlineExceeded(DomainError):
    """The caller's time ran out."""

    kind = Kind.DEADLINE_EXCEEDED
    reason = "DEADLINE_EXCEEDED"


def require_fields(*rules: tuple[str, bool, str]) -> None:
    """Each rule is (path of the field, whether it is right, what is wrong otherwise). Raises InvalidArgument naming every wrong one."""
    wrong = [FieldViolation(field, text) for field, right, text in rules if not right]
    if wrong:
        raise InvalidArgument("; ".join(f"{item.field}: {item.text}" for item in wrong), fields=wrong)

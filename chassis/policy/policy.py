"""The one place that decides: may she do this to this row, which rows may she see, which fields of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from chassis.policy.cache import Expiring
from chassis.policy.decisions import Decision, refusal
from chassis.policy.explain import Explanation, explain
from chassis.policy.opa import PolicyClient
from chassis.policy.residual import EVERY, PolicyFault, Residual, parse
from chassis.policy.subject import Subject
from chassis.policy.ways import Way, ways_of
from chassis.telemetry.policy import policy_metrics

__all__ = ["Decision", "Policy", "Residual"]

log = structlog.get_logger()
CACHE_SECONDS = 60.0
REVISION_SECONDS = 5.0
CACHE_SIZE = 20_000


class AccessFacts(Protocol):
    """What a policy needs of the facts: the part of the role table that concerns this subject and resource."""

    def access(self, subject: Subject, resource: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class _Answer:
    """`no` is why the subject may do it to no row at all, where that is so."""

    residual: Residual
    revision: str
    ends_at: float
    no: Explanation | None = None


@dataclass(frozen=True)
class Account:
    """A decision with all ways to a yes. `visible` says whether the subject may read the row, without one any row."""

    decision: Decision
    ways: tuple[Way, ...]
    visible: bool


@dataclass(frozen=True)
class Inquiry:
    """One question about rows: OPA's answer to it, and which rows the subject reads."""

    policy: Policy
    subject: Subject
    action: str
    resource: str
    now: datetime
    answer: _Answer
    reads: Residual | None = None

    def about(self, row: Mapping[str, Any] | None) -> Account:
        """The decision about a row; without one, whether she may do it to any at all."""
        residual = self.answer.residual
        decision = self.policy.decision(self, row or {}, None if _may(residual, row) else residual)
        ways = self.policy.ways(self.subject, self.action, residual, row)
        return Account(decision, ways, self.reads is not None and _may(self.reads, row))


class Policy:
    """Decides for one service. Thread-safe.

    A residual serves for 60 s, also while OPA is away, and never past the next end of one of the subject's grants. A
    fresh check and an unknown residual need OPA: PolicyUnavailable at once when it is out.
    """

    def __init__(self, opa_url: str, service: str, facts: AccessFacts, *, client: PolicyClient | None = None) -> None:
        self.service = service
        self._facts = facts
        self._client = client or PolicyClient(opa_url)
        self._residuals: Expiring[tuple[Any, ...], _Answer] = Expiring(CACHE_SECONDS, CACHE_SIZE)
        self._masks: Expiring[tuple[Any, ...], Mapping[str, Any]] = Expiring(CACHE_SECONDS, CACHE_SIZE)
        self._revision: Expiring[str, str] = Expiring(REVISION_SECONDS, 1)
        self._known_revision = ""
        self._metrics = policy_metrics()

    def check(
        self, subject: Subject, action: str, resource: str, row: Mapping[str, Any], *, now: datetime, fresh: bool = False
    ) -> Decision:
        """May the subject do this to the row, `column` → value? `fresh` asks OPA about the row itself."""
        answer = self._fresh(subject, action, resource, row, now) if fresh else self._answer(subject, action, resource, now)
        allowed = answer.residual.always if fresh else answer.residual.predicate(row)
        self._metrics.decisions.labels(self.service, resource, "allowed" if allowed else "refused").inc()
        residual = None if allowed else self._answer(subject, action, resource, now).residual
        return self.decision(Inquiry(self, subject, action, resource, now, answer), row, residual)

    def reason_against(self, subject: Subject, action: str, resource: str, row: Mapping[str, Any], *, now: datetime) -> str:
        """The permanent reason why the subject may not do this to the row; empty when she may.

        For showing what may be done, by the residual that decides: nothing is decided here, so nothing is counted or kept.
        """
        answer = self._answer(subject, action, resource, now)
        if answer.no is not None:
            return answer.no.reason
        return "" if answer.residual.predicate(row) else self._why(subject, action, answer.residual, row).reason

    def inquire(self, subject: Subject, action: str, resource: str, *, now: datetime) -> Inquiry:
        """What `check` says and all that leads to it, for as many rows as one likes.

        OPA is asked anew and nothing is kept: the subject may be supposed, and what she might do must never be taken for
        what she may.
        """
        answer = self._asked(subject, action, resource, now)
        reads = answer if action == "read" else self._asked(subject, "read", resource, now)
        return Inquiry(self, subject, action, resource, now, answer, reads.residual)

    def ways(self, subject: Subject, action: str, residual: Residual, row: Mapping[str, Any] | None) -> tuple[Way, ...]:
        """The ways to a yes of a residual of hers, with what the row has."""
        return ways_of(subject, action, residual, self._facts.access(subject, residual.resource), row)

    def filter(self, subject: Subject, action: str, resource: str, *, now: datetime) -> Residual:
        """Which rows of the resource the subject may do this to."""
        return self._answer(subject, action, resource, now).residual

    def masks(self, subject: Subject, resource: str, *, now: datetime) -> Mapping[str, Any]:
        """The fields of the resource that are hidden from the subject, whatever she does."""
        access = self._facts.access(subject, resource)
        if not access.get("fields", {}).get(resource):
            return {}  # no field of it has readers, so there is nothing to hide
        key = (*_facts_key(subject), resource, self._known_revision)
        found = self._masks.get(key)
        if found is None:
            with self._metrics.asked(self.service, "masks"):
                found = self._masks.put(key, self._client.masks(resource, self._question(subject, "read", resource, now)))
        return found

    def require(self, subject: Subject, action: str, resource: str, *, now: datetime) -> None:
        """For calls that show no single row. Raises PermissionDenied unless the subject may do this to some row."""
        if self._answer(subject, action, resource, now).residual.never:
            raise refusal(self.check(subject, action, resource, {}, now=now))

    def ready(self) -> bool:
        """Whether the engine answers with its bundle active."""
        return self._client.ready()

    def close(self) -> None:
        """Close the connections."""
        self._client.close_connection()

    def decision(self, asked: Inquiry, row: Mapping[str, Any], refusing: Residual | None) -> Decision:
        """A no for what `refusing` lacks, a yes without it."""
        subject = asked.subject
        said = Explanation("", "", "") if refusing is None else self._why(subject, asked.action, refusing, row)
        return Decision(
            allowed=refusing is None,
            reason=said.reason,
            at=asked.now,
            subject=subject.id,
            action=asked.action,
            resource=asked.resource,
            object_id=str(row.get("id", "")),
            rule=said.rule,
            missing=said.missing,
            masks=asked.answer.residual.masks.get(asked.resource, {}),
            revision=asked.answer.revision,
            facts={"person": subject.epoch, "organization": subject.org_version, "roles": subject.roles_version},
        )

    def _why(self, subject: Subject, action: str, residual: Residual, row: Mapping[str, Any]) -> Explanation:
        try:
            return explain(subject, action, residual, self._facts.access(subject, residual.resource), row)
        except KeyError as error:
            raise PolicyFault(f"The policy of {residual.resource} does not fit its rows") from error

    def _answer(self, subject: Subject, action: str, resource: str, now: datetime) -> _Answer:
        key = (*_facts_key(subject), action, resource, self._known_revision)
        found = self._residuals.get(key)
        if found is not None and now.timestamp() < found.ends_at:
            return found
        answer = self._asked(subject, action, resource, now)
        return self._residuals.put((*_facts_key(subject), action, resource, answer.revision), answer)

    def _asked(self, subject: Subject, action: str, resource: str, now: datetime) -> _Answer:
        revision = self._current_revision()
        with self._metrics.asked(self.service, "rows"):
            residual = parse(resource, self._client.residual(resource, self._question(subject, action, resource, now)))
            if residual.never:
                self._client.revision()  # raises if the engine has just started without its policies and says no to all
        no = self._why(subject, action, residual, {}) if residual.never else None
        return _Answer(residual, revision, _next_end(subject, now), no)

    def _fresh(self, subject: Subject, action: str, resource: str, row: Mapping[str, Any], now: datetime) -> _Answer:
        question = {**self._question(subject, action, resource, now), resource: dict(row)}
        with self._metrics.asked(self.service, "row"):
            answer = self._client.decide(resource, question)
        return _Answer(Residual(resource, (EVERY,) if answer.allowed else (), {resource: answer.masks}), answer.revision, 0)

    def _question(self, subject: Subject, action: str, resource: str, now: datetime) -> dict[str, Any]:
        access = self._facts.access(subject, resource)
        return {"subject": subject.as_input(), "access": access, "action": action, "now": now.timestamp()}

    def _current_revision(self) -> str:
        """The bundle's revision, looked at every few seconds; a new one ends all that was cached under the old."""
        found = self._revision.get("revision")
        if found is None:
            with self._metrics.asked(self.service, "revision"):
                found = self._revision.put("revision", self._client.revision())
            if found != self._known_revision:
                log.info("policy_revision", service=self.service, revision=found)
                self._known_revision = found
        return found


def _may(residual: Residual, row: Mapping[str, Any] | None) -> bool:
    return not residual.never if row is None else residual.predicate(row)


def _facts_key(subject: Subject) -> tuple[Any, ...]:
    """Everything of a subject that a residual holds as a literal, by its versions."""
    return (subject.id, subject.epoch, subject.org_id, subject.org_version, subject.roles_version, subject.auth_level)


def _next_end(subject: Subject, now: datetime) -> float:
    """When the first grant that still holds ends, epoch seconds."""
    return min((grant.expires_at for grant in subject.grants if grant.expires_at > now.timestamp()), default=float("inf"))

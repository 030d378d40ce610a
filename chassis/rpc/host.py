"""What the api of one service stands on: its database, its policy, the facts, and the two ways to work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from chassis.audit import staging as audit
from chassis.cause import Cause
from chassis.clock import Clock
from chassis.errors import DomainError, PermissionDenied, Unauthenticated
from chassis.policy.decisions import Decision, Refused, keep_counted
from chassis.policy.facts import Facts
from chassis.policy.policy import Policy
from chassis.policy.subject import Subject
from chassis.policy.tokens import TokenVerifier
from chassis.settings import ServiceSettings, SharedSettings
from chassis.store.database import Database
from chassis.store.pages import PageTokens
from chassis.store.reading import Reading
from chassis.store.transaction import Transaction

log = structlog.get_logger()
ANONYMOUS = Subject.anonymous()


@dataclass(frozen=True)
class Read:
    """An audited read: about what, `<resource>/<id>`, of which organisation, and what was asked."""

    subject: str
    question: str
    org_id: str = ""
    org_path: str = ""


class ServiceHost:
    """One service in one api process. Thread-safe."""

    def __init__(self, name: str, own: ServiceSettings, shared: SharedSettings, clock: Clock) -> None:
        self.name, self.own, self.shared, self.clock = name, own, shared, clock
        self.database = Database(own.database_url.get_secret_value(), pool_size=own.api_connections, name=f"{name}-api")
        self.facts = Facts(self.database, clock)
        self.policy = Policy(shared.opa_url, name, self.facts)
        self.tokens = TokenVerifier(self.facts, clock)
        self.page_tokens = PageTokens(f"{name}:{shared.page_key.get_secret_value()}")

    def authenticate(self, authorization: str) -> Subject:
        """The caller of a `Bearer` token. Raises Unauthenticated, or Unavailable while this service's facts are behind."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Send an access token: authorization: Bearer …", reason="TOKEN_MISSING")
        return self.facts.subject(self.tokens.verify(token))

    @contextmanager
    def reading(self, subject: Subject) -> Iterator[Reading]:
        """The read side for one call."""
        with self.database.reading() as connection:
            yield Reading(connection, subject, self.policy, self.clock.now(), self.shared, self.page_tokens)

    @contextmanager
    def transaction(self, subject: Subject, cause: Cause, *, fresh: bool, timeout: timedelta | None) -> Iterator[Transaction]:
        """The one transaction of a mutation, written and committed at the end, also where a remembered refusal ends it."""
        refusal: DomainError | None = None
        with self.database.writing(timeout) as connection:
            tx = Transaction(connection, subject, self.policy, self.clock.now(), cause, self.name, self.shared, fresh)
            try:
                yield tx
            except DomainError as error:
                if not error.remembered:
                    raise
                refusal = error
            tx.flush()
        if refusal is not None:
            raise refusal

    def record_refusal(self, error: DomainError, subject: Subject, cause: Cause) -> None:
        """Write a denial to the audit log in a transaction of its own, after the call's was rolled back."""
        if not isinstance(error, PermissionDenied):
            return
        record = _refusal(error, subject, cause, self.clock.now())
        try:
            with self.database.writing(timedelta(seconds=1)) as connection:
                audit.stage_coalesced(connection, record)
                if isinstance(error, Refused):
                    keep_counted(connection, error.decision)
        except (DomainError, SQLAlchemyError):
            log.exception("refusal_not_recorded", service=self.name, action=record.action)

    def record_read(self, decision: Decision, read: Read, cause: Cause) -> None:
        """Write to the audit log what somebody read about others. Raises where that fails: what leaves no trace is not shown."""
        with self.database.writing(timedelta(seconds=1)) as connection:
            audit.stage_coalesced(connection, _read(decision, read, cause), also=read.question)
            keep_counted(connection, decision)

    def ready(self, *, was_ready: bool) -> bool:
        """Whether to take calls: at first schema, facts' end mark and policy bundle; afterwards the database only."""
        try:
            if was_ready:
                return self.database.answers()
            return self.facts.complete() and self.policy.ready()
        except (DomainError, SQLAlchemyError):
            return False

    def close(self) -> None:
        """Close the pool."""
        self.database.close()


def _refusal(error: DomainError, subject: Subject, cause: Cause, now: datetime) -> audit.AuditRecord:
    return audit.AuditRecord(
        time=now,
        actor=subject.id,
        on_behalf_of=subject.on_behalf_of,
        action=error.metadata.get("action", cause.action),
        subject=error.metadata.get("subject", ""),
        org_id=subject.org_id or None,
        org_path=subject.org_path or None,
        result="refused",
        reason=error.reason,
        decision_id=error.metadata.get("decision_id", ""),
        request_id=cause.request_id,
        traceparent=cause.traceparent,
    )


def _read(decision: Decision, read: Read, cause: Cause) -> audit.AuditRecord:
    return audit.AuditRecord(
        time=decision.at,
        actor=decision.subject,
        action=cause.action,
        subject=read.subject,
        org_id=read.org_id or None,
        org_path=read.org_path or None,
        changes=[{"field": "asked", "before": "", "after": read.question}],
        decision_id=decision.decision_id,
        traceparent=cause.traceparent,
    )

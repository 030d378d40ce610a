"""prm.audit.v1, hosted by each service: its sealed records, and whether the chain is whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import grpc
import sqlalchemy as sa
from prm.audit.v1 import audit_pb2, audit_pb2_grpc

from chassis.audit.chain import verify_last
from chassis.audit.tables import audit_log
from chassis.errors import InvalidArgument
from chassis.policy.filters import condition
from chassis.rpc.context import Call, call
from chassis.rpc.event_log import check_service
from chassis.store.pages import DEFAULT_SIZE, Condition, parse_filter

NAME = audit_pb2.DESCRIPTOR.services_by_name["Audit"].full_name
FILTERS = dict.fromkeys(("actor", "action", "subject", "organization_id", "result"), ("=",)) | {"time": (">=", "<", ">", "<=")}
COLUMNS = {"organization_id": "org_id"}
RESULTS = {"done": audit_pb2.AuditRecord.DONE, "refused": audit_pb2.AuditRecord.REFUSED}
VERIFIED = 10_000


class Audit(audit_pb2_grpc.AuditServicer):
    """The audit log of this service."""

    def ListAuditRecords(
        self, request: audit_pb2.ListAuditRecordsRequest, context: grpc.ServicerContext
    ) -> audit_pb2.ListAuditRecordsResponse:
        """Sealed records, newest first. Errors: see audit.proto."""
        asked = call(context)
        check_service(asked, request.service)
        size = request.page_size or DEFAULT_SIZE
        question = f"audit|{request.filter}|{asked.subject.id}"
        rows = asked.read.connection.execute(_select(asked, request, question).limit(size + 1)).mappings().all()
        token = asked.read.tokens.sign([rows[size - 1]["position"]], question) if len(rows) > size else ""
        records = [_record(row, asked) for row in rows[:size]]
        return audit_pb2.ListAuditRecordsResponse(records=records, next_page_token=token)

    def VerifyAudit(self, request: audit_pb2.VerifyAuditRequest, context: grpc.ServicerContext) -> audit_pb2.VerifyAuditResponse:
        """Recompute the end of the chain. Errors: see audit.proto."""
        asked = call(context)
        check_service(asked, request.service)
        found = verify_last(asked.read.connection, request.last or VERIFIED)
        return audit_pb2.VerifyAuditResponse(
            intact=found.intact,
            checked=found.checked,
            broken_at=found.broken_at or 0,
            head_position=found.position,
            head_hash=found.hash.hex(),
        )


def _select(asked: Call, request: audit_pb2.ListAuditRecordsRequest, question: str) -> sa.Select[Any]:
    residual = asked.host.policy.filter(asked.subject, "read", "audit_record", now=asked.host.clock.now())
    statement = sa.select(audit_log).where(condition(residual, audit_log)).order_by(audit_log.c.position.desc())
    for item in parse_filter(request.filter, FILTERS):
        statement = statement.where(_clause(item))
    after = asked.read.tokens.open(request.page_token, question)
    return statement if after is None else statement.where(audit_log.c.position < after[0])


def _clause(item: Condition) -> sa.ColumnElement[bool]:
    column = audit_log.c[COLUMNS.get(item.field, item.field)]
    if item.field != "time":
        return column == (item.value.lower() if item.field == "result" else item.value)
    try:
        moment = datetime.fromisoformat(item.value)
    except ValueError:
        raise InvalidArgument.field("filter", "write times as 2026-11-17T00:00:00Z") from None
    if moment.tzinfo is None:
        raise InvalidArgument.field("filter", "times need a zone, for example 2026-11-17T00:00:00Z")
    compare = {"gte": column.__ge__, "gt": column.__gt__, "lt": column.__lt__, "lte": column.__le__}
    clause: sa.ColumnElement[bool] = compare[item.operator](moment)
    return clause


def _changes(row: Mapping[Any, Any], asked: Call) -> list[audit_pb2.FieldChange]:
    """What changed; of a field that is masked for the reader only that it did."""
    resource = row["subject"].partition("/")[0]
    masked = asked.host.policy.masks(asked.subject, resource, now=asked.host.clock.now())
    hidden = {column for name in masked for column in (name, name.removesuffix("_time") + "_at")}
    return [
        audit_pb2.FieldChange(field=change["field"]) if change["field"] in hidden else audit_pb2.FieldChange(**change)
        for change in row["changes"]
    ]


def _record(row: Mapping[Any, Any], asked: Call) -> audit_pb2.AuditRecord:
    record = audit_pb2.AuditRecord(
        position=row["position"],
        actor=row["actor"],
        on_behalf_of=row["on_behalf_of"],
        action=row["action"],
        subject=row["subject"],
        organization_id=row["org_id"] or "",
        result=RESULTS[row["result"]],
        reason=row["reason"],
        changes=_changes(row, asked),
        decision_id=row["decision_id"],
        request_id=row["request_id"],
        trace_id=row["traceparent"].split("-")[1] if row["traceparent"] else "",
        count=row["count"],
        hash=row["hash"].hex(),
        service=asked.host.name,
    )
    record.time.FromDatetime(row["time"])
    return record

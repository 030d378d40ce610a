"""prm.decisions.v1, hosted by each service: why somebody may or may not, what would be, and who can."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import grpc
from prm.decisions.v1 import decisions_pb2, decisions_pb2_grpc

from chassis.errors import InvalidArgument
from chassis.policy.decisions import Decision
from chassis.policy.filters import Rows
from chassis.policy.holders import Deed, Holder, Holders
from chassis.policy.policy import Account
from chassis.policy.subject import Grant, Subject
from chassis.policy.supposing import Supposed, Supposing
from chassis.policy.ways import Condition, Way
from chassis.rpc.asking import RESOURCE, Asking, Nouns
from chassis.rpc.context import Call, call
from chassis.rpc.event_log import check_service
from chassis.rpc.host import Read
from chassis.store.pages import DEFAULT_SIZE
from chassis.times import moment

NAME = decisions_pb2.DESCRIPTOR.services_by_name["Decisions"].full_name


class Decisions(decisions_pb2_grpc.DecisionsServicer):
    """Questions about the objects of this service."""

    def __init__(self, nouns: Sequence[Rows]) -> None:
        self._nouns = Nouns(nouns)

    def Explain(self, request: decisions_pb2.ExplainRequest, context: grpc.ServicerContext) -> decisions_pb2.ExplainResponse:
        """Why, or why not. Errors: see decisions.proto."""
        asked = _Question(call(context), self._nouns, request, "explain")
        answer = asked.answer(asked.person, asked.row, asked.now)
        asked.record_about_others()
        return decisions_pb2.ExplainResponse(answer=answer)

    def WhatIf(self, request: decisions_pb2.WhatIfRequest, context: grpc.ServicerContext) -> decisions_pb2.WhatIfResponse:
        """As it is, and as it would be. Errors: see decisions.proto."""
        asked = _Question(call(context), self._nouns, request, "what_if")
        live = asked.answer(asked.person, asked.row, asked.now)
        supposed = asked.supposed(request)
        asked.record_about_others()
        return decisions_pb2.WhatIfResponse(live=live, supposed=supposed)

    def WhoCan(self, request: decisions_pb2.WhoCanRequest, context: grpc.ServicerContext) -> decisions_pb2.WhoCanResponse:
        """Everybody who may, by id. Errors: see decisions.proto."""
        return _who_can(call(context), self._nouns, request)


class _Question:
    """About one person, perhaps one object. Raises what the caller gets when it may not be asked."""

    def __init__(self, asked: Call, nouns: Nouns, request: Any, action: str) -> None:
        check_service(asked, request.service)
        self._call, self._asking, self._request = asked, Asking(asked), request
        self._rows = nouns.of(request.resource)
        self.now = asked.host.clock.now()
        self.person, self._decision = self._asking.person(action, request.person_id)
        self.row = self._asking.row(self._rows, request.object_id)

    def answer(self, person: Subject, row: dict[str, Any] | None, at: datetime) -> decisions_pb2.Answer:
        """The policy's own decision, and what led to it."""
        request = self._request
        account = self._call.host.policy.inquire(person, request.action, request.resource, now=at).about(row)
        roles = self._call.host.facts.roles_allowing(request.resource, request.action) if self._asking.reads_roles() else []
        return _answer(account, self._asking.hidden(request.resource), roles, request.object_id)

    def supposed(self, request: decisions_pb2.WhatIfRequest) -> decisions_pb2.Answer:
        """The answer if things were as the request says."""
        supposing = Supposing(self._call.read.connection, self._call.host.facts)
        person = supposing.person(self.person, _supposed(request.supposed))
        if self.row is None and request.row:
            raise InvalidArgument.field("row", "name an object to suppose something of it")
        row = None if self.row is None else supposing.row(self._rows.table, self.row, request.row)
        return self.answer(person, row, moment(request.time, "time") if request.HasField("time") else self.now)

    def record_about_others(self) -> None:
        """Whoever asks about herself reads nothing that is not hers to know."""
        if self.person.id != self._call.subject.id:
            question = f"{self._request.resource}.{self._request.action} {self._request.object_id}".strip()
            read = Read(f"person/{self.person.id}", question, self.person.org_id, self.person.org_path)
            self._call.host.record_read(self._decision, read, self._call.cause)


def _who_can(asked: Call, nouns: Nouns, request: decisions_pb2.WhoCanRequest) -> decisions_pb2.WhoCanResponse:
    check_service(asked, request.service)
    host, asking, rows, now = asked.host, Asking(asked), nouns.of(request.resource), asked.host.clock.now()
    row = asking.row(rows, request.object_id) or {}
    question = f"who_can|{request.resource}|{request.action}|{request.object_id}|{asked.subject.id}"
    after = asked.read.tokens.open(request.page_token, question)
    holders = Holders(asked.read.connection, host.facts, host.policy, now)
    found, last = holders.page(
        Deed(request.action, request.resource, row), str(after[0]) if after else "", request.page_size or DEFAULT_SIZE
    )
    decision = asking.decide("who_can", RESOURCE, asked.subject)
    read = Read(
        f"{request.resource}/{request.object_id}",
        f"{request.resource}.{request.action}",
        str(row.get("org_id") or ""),
        str(row.get("org_path") or ""),
    )
    host.record_read(decision, read, asked.cause)
    hidden = asking.hidden(request.resource)
    return decisions_pb2.WhoCanResponse(
        holders=[_holder(one, hidden) for one in found if asking.may_see("who_can", one.subject)],
        next_page_token=asked.read.tokens.sign([last], question) if last else "",
        policy_revision=decision.revision,
    )


def _supposed(change: decisions_pb2.Supposed) -> Supposed:
    def text(name: str) -> str | None:
        return str(getattr(change, name)) if change.HasField(name) else None  # type: ignore[arg-type]  # a name of its own fields

    assigned = change.assigned_organization_ids
    return Supposed(
        roles=tuple(change.roles.values) if change.HasField("roles") else None,
        assigned=tuple(assigned.values) if change.HasField("assigned_organization_ids") else None,
        grants=tuple(_grant(item) for item in change.grants.values) if change.HasField("grants") else None,
        state=text("state"),
        organization_id=text("organization_id"),
        organization_state=text("organization_state"),
        tier=text("tier"),
    )


def _grant(item: decisions_pb2.Supposed.Grant) -> Grant:
    return Grant(item.resource, item.object_id, tuple(item.actions), moment(item.expire_time, "supposed.grants").timestamp())


def _answer(account: Account, hidden: frozenset[str], roles: Sequence[str], object_id: str) -> decisions_pb2.Answer:
    decision: Decision = account.decision
    answer = decisions_pb2.Answer(
        person_id=decision.subject,
        resource=decision.resource,
        action=decision.action,
        object_id=object_id,
        allowed=decision.allowed,
        reason=decision.reason,
        rule=decision.rule or f"prm.resource.{decision.resource}.include",
        missing=decision.missing,
        ways=[_way(way, hidden) for way in account.ways],
        hidden_fields=sorted(decision.masks),
        visible=account.visible,
        allowing_roles=roles,
        policy_revision=decision.revision,
        facts=decisions_pb2.FactVersions(**decision.facts),
    )
    answer.time.FromDatetime(decision.at)
    return answer


def _way(way: Way, hidden: frozenset[str]) -> decisions_pb2.Way:
    return decisions_pb2.Way(
        scope=way.scope, roles=way.roles, holds=way.holds, conditions=[_condition(item, hidden) for item in way.conditions]
    )


def _condition(item: Condition, hidden: frozenset[str]) -> decisions_pb2.Condition:
    shown = "" if item.actual is None or item.column in hidden else str(item.actual)
    return decisions_pb2.Condition(
        column=item.column, operator=item.operator, value=item.value, actual=shown, holds=item.holds, reason=item.reason
    )


def _holder(one: Holder, hidden: frozenset[str]) -> decisions_pb2.WhoCanResponse.Holder:
    subject = one.subject
    return decisions_pb2.WhoCanResponse.Holder(
        person_id=subject.id, organization_id=subject.org_id, kind=subject.kind, ways=[_way(way, hidden) for way in one.ways]
    )

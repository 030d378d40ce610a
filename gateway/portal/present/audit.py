"""The audit log: six chains merged by time, each with its head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from prm.audit.v1.audit_pb2 import AuditRecord, VerifyAuditResponse

from gateway.portal import formats
from gateway.portal.present import labels
from gateway.portal.words import _, ngettext, reader
from gateway.views.names import Names, short

SERVICES = ("identity", "deals", "mdf", "content", "training", "notify")
PAGE = 50
PERIODS = ("today", "week", "month", "all")
RESULTS = ("", "DONE", "REFUSED")


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for."""

    period: str = "week"
    result: str = ""
    service: str = ""
    actor: str = ""
    subject: str = ""
    before: str = ""

    def filter(self) -> str:
        """As ListAuditRecords takes it."""
        parts = [
            f'{name} = "{value}"' for name, value in (("result", self.result), ("actor", self.actor), ("subject", self.subject)) if value
        ]
        if start := self.start():
            parts.append(f'time >= "{_stamp(start)}"')
        if self.before:
            parts.append(f'time < "{self.before}"')
        return " AND ".join(parts)

    def start(self) -> datetime | None:
        here = reader().now.astimezone(reader().zone)
        midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
        days = {"today": 0, "week": 6, "month": 29}
        return midnight - timedelta(days=days[self.period]) if self.period in days else None

    def path(self, **changes: str) -> str:
        values = {
            "period": self.period,
            "result": self.result,
            "service": self.service,
            "actor": self.actor,
            "subject": self.subject,
            **changes,
        }
        return f"/audit?{urlencode({name: value for name, value in values.items() if value})}"


def _stamp(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def query(values: Mapping[str, str]) -> Query:
    """The query in an address; whatever could leave its quotes is dropped."""
    plain = {name: _plain(values.get(name, "")) for name in ("actor", "subject", "before")}
    period, result, service = values.get("period", "week"), values.get("result", ""), values.get("service", "")
    return Query(
        period if period in PERIODS else "week",
        result if result in RESULTS else "",
        service if service in SERVICES else "",
        **plain,
    )


def _plain(value: str) -> str:
    kept = value.strip()
    return kept if len(kept) <= 120 and kept.isascii() and all(char.isalnum() or char in "_:/.-" for char in kept) else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record. `changes` are field, before, after; free text and personal data say only that they changed."""

    key: str
    time: datetime | None
    who: str
    whom: str
    what: str
    subject: str
    path: str
    refused: bool
    reason: str
    count: int
    decision: str
    request: str
    trace: str
    hash: str
    service: str
    changes: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """What a check of one chain found; `tone` is ok, bad or plain (not reachable)."""

    service: str
    text: str
    hash: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The merged log."""

    entries: Sequence[Entry]
    heads: Sequence[Head]
    asked: Query
    next: str
    verdict: str
    verdict_tone: str
    missing: Sequence[str] = ()

    @property
    def periods(self) -> list[tuple[str, str]]:
        return [("today", _("today")), ("week", _("last 7 days")), ("month", _("last 30 days")), ("all", _("all"))]

    @property
    def results(self) -> list[tuple[str, str]]:
        return [("", _("any")), ("DONE", _("done")), ("REFUSED", _("refused"))]

    @property
    def services(self) -> list[tuple[str, str]]:
        return [("", _("all")), *((name, name) for name in SERVICES)]


def merged(records: Iterable[AuditRecord], names: Names, most: int = PAGE) -> list[Entry]:
    """The newest records of all chains."""
    ordered = sorted(records, key=lambda one: (one.time.seconds, one.time.nanos, one.position), reverse=True)
    return [entry(one, names) for one in ordered[:most]]


def entry(one: AuditRecord, names: Names) -> Entry:
    """A record in words; codes stay visible in mono where they are what one searches for."""
    resource, _slash, key = one.subject.partition("/")
    path = {"registration": f"/deals/{key}", "person": f"/team/people/{key}"}.get(resource, "")
    verb = one.action.rsplit(".", 1)[-1]
    return Entry(
        key=f"{one.service}-{one.position}",
        time=formats.moment(one.time),
        who=actor(one.actor, names),
        whom=actor(one.on_behalf_of, names) if one.on_behalf_of else "",
        what=f"{labels.resource(one.action.rsplit('.', 1)[0])}: {labels.verb(verb)}",
        subject=f"{resource}/{short(key)}" if key else one.subject,
        path=path,
        refused=one.result == AuditRecord.REFUSED,
        reason=one.reason,
        count=one.count,
        decision=one.decision_id,
        request=one.request_id,
        trace=one.trace_id,
        hash=one.hash,
        service=one.service,
        changes=[(change.field, change.before, change.after) for change in one.changes],
    )


def actor(value: str, names: Names) -> str:
    """Who acted: a person by her name, the suite itself as such."""
    if value.startswith("system:"):
        return _("%(service)s, by itself", service=value.removeprefix("system:"))
    return names.person(value) or _("nobody signed in")


def head(service: str, found: VerifyAuditResponse | None) -> Head:
    """The head of one chain as its check found it."""
    if found is None:
        return Head(service, _("not reachable"), "", "plain", "off")
    if found.intact:
        return Head(
            service, ngettext("%(count)s entry checked", "%(count)s entries checked", found.checked), found.head_hash[:12], "ok", "link"
        )
    return Head(service, _("broken at %(position)s", position=formats.number(found.broken_at)), found.head_hash[:12], "bad", "alert")


def verdict(heads: Sequence[Head]) -> tuple[str, str]:
    """All chains in one sentence."""
    if any(one.tone == "bad" for one in heads):
        return _("A chain is broken."), "bad"
    if any(one.tone == "plain" for one in heads):
        return _("All chains that could be reached are intact."), "soon"
    return _("All six chains are intact."), "ok"

"""Requests over HTTP: REST in every form, headers that lie, the portal's pages and forms, and bytes that are no HTTP."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from chassis.settings import SERVICES
from gateway.contracts import Method, methods
from tests.fuzz import text
from tests.fuzz.messages import Maker
from tests.fuzz.outcomes import Fault, Outcomes, Verdict
from tests.fuzz.pages import Pages
from tests.fuzz.people import Cast
from tests.fuzz.rpc import POLICY_AWAY

KINDS = ("rest valid", "rest fields", "rest text", "rest headers", "rest oversized", "portal")
WEIGHTS = (22, 42, 16, 8, 0.5, 11.5)
SECONDS = 20.0
ADDRESSES = 200  # of this machine's, so that limits by address stay out of the way; they have tests of their own
HEADERS: tuple[tuple[str, str], ...] = (
    ("If-Match", '"1"'), ("If-Match", "*"), ("If-Match", 'W/"1"'), ("If-Match", "1"), ("If-None-Match", "*"), ("Idempotency-Key", "x" * 5_000),
    ("Idempotency-Key", "\xe4"), ("Idempotency-Key", "short"), ("Content-Type", ""), ("Content-Type", "text/plain"), ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", "multipart/form-data; boundary="), ("Content-Encoding", "gzip"), ("Accept", "text/event-stream"), ("Accept", ",;q=x"),
    ("Accept-Language", "x" * 3_000), ("Accept-Language", "de;q=nan,*;q=-1"), ("Accept-Encoding", "br;q=0, *"), ("Range", "bytes=0-1"), ("Host", "evil.example"),
    ("X-Forwarded-For", "a, b, 1.2.3.4"), ("X-Forwarded-Proto", "https"), ("X-HTTP-Method-Override", "DELETE"), ("traceparent", "00-x"), ("Cookie", "prm_session=\xff;;=;a"),
    ("Cookie", "prm_session=" + "a" * 3_000), ("Last-Event-ID", "9" * 30), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site"), ("HX-Request", "x"), ("Expect", "nothing"),
    ("Authorization", "Bearer"), ("Authorization", "Bearer " + "a" * 7_000), ("Authorization", "Basic x"), ("Authorization", "Bearer \xe9"), ("Transfer-Encoding", "gzip"),
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One request."""

    kind: str
    name: str
    verb: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Rest:
    """Makes a request out of chance, sends it, judges the answer."""

    def __init__(self, cast: Cast, base_url: str, outcomes: Outcomes, pages: Pages, careful: bool) -> None:
        self._cast, self._outcomes, self._pages, self._careful = cast, outcomes, pages, careful
        self._host, self._port = urlsplit(base_url).hostname, urlsplit(base_url).port
        self._local = threading.local()
        self._opened: list[http.client.HTTPConnection] = []  # by all threads; appending needs no lock
        self._methods = [method for method in methods() if method.http is not None and not method.streams]

    def close(self) -> None:
        """Hang up."""
        for connection in self._opened:
            connection.close()

    def one(self, number: int, chance: random.Random) -> None:
        """Send the request of this number."""
        sent = self._make(chance)
        began = time.monotonic()
        verdict, code, said = self._judged(sent, chance)
        fault = Fault(number, sent.kind, sent.name, f"{code} {said}"[:300], _shown(sent)) if verdict is Verdict.FAULT else None
        self._outcomes.add(sent.kind, verdict, code, time.monotonic() - began, fault)

    def _make(self, chance: random.Random) -> Sent:
        kind = chance.choices(KINDS, WEIGHTS)[0]
        if kind == "portal":
            page = self._pages.some(chance)
            return Sent(kind, f"{page.verb} {page.path.partition('?')[0]}"[:80], page.verb, page.path, page.body, page.headers)
        method = chance.choice(self._methods)
        maker = Maker(chance, self._cast.ids_for(method))
        message = (maker.mutated if kind == "rest fields" else maker.plausible)(method.request)
        verb, path, body = as_rest(method, message, chance)
        headers = {name.title(): value for name, value in self._cast.metadata(self._cast.caller(chance, method, self._careful))}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if kind == "rest text":
            body, path = text.mutated(chance, body or b"{}"), path + chance.choice(("", "", text.query(chance)))
        if kind == "rest oversized":
            body = text.oversized(chance)
        if kind == "rest headers":
            headers |= dict(chance.sample(HEADERS, chance.choice((1, 2, 4))))
            verb = chance.choice((verb, verb, verb, "PUT", "OPTIONS", "HEAD", "TRACE", "FUZZ"))
        return Sent(kind, method.path, verb, path, body, headers)

    def _judged(self, sent: Sent, chance: random.Random) -> tuple[Verdict, str, str]:
        status, said, again = self._send(sent, chance)
        if again is None and POLICY_AWAY in said:
            again = 1.0
        if status < 400:
            return Verdict.DONE, str(status), ""
        if 400 <= status < 500:
            return Verdict.REFUSED, str(status), said
        if again is None or again > 5:
            return Verdict.FAULT, str(status), said
        time.sleep(again)
        status, _, _ = self._send(sent, chance)
        return (Verdict.FAULT if status >= 500 else Verdict.REPEATED), str(status), said

    def _send(self, sent: Sent, chance: random.Random) -> tuple[int, str, float | None]:
        """-> status (599 where none came), the beginning of the text, and the seconds to wait where it says so."""
        for fresh in (False, True):  # a kept connection may just have been closed
            connection = self._connection(chance, fresh)
            try:
                connection.putrequest(sent.verb, sent.path, skip_host="Host" in sent.headers, skip_accept_encoding=True)
                for name, value in sent.headers.items():
                    connection.putheader(name, value.encode("latin-1"))
                if sent.body is not None and "Transfer-Encoding" not in sent.headers:
                    connection.putheader("Content-Length", str(len(sent.body)))
                connection.endheaders(sent.body)
                answer = connection.getresponse()
                said = answer.read(60_000).decode("utf-8", "replace")
            except (http.client.HTTPException, OSError) as error:
                connection.close()
                trouble = type(error).__name__
                continue
            if answer.will_close or not answer.isclosed():
                connection.close()
            return answer.status, said[:300], _seconds(answer.getheader("Retry-After"))
        return 599, trouble, None

    def _connection(self, chance: random.Random, fresh: bool) -> http.client.HTTPConnection:
        kept: dict[str, http.client.HTTPConnection] = self._local.__dict__.setdefault("kept", {})
        number = chance.randrange(ADDRESSES)
        address = f"127.0.{40 + number // 250}.{1 + number % 250}"
        if fresh or address not in kept:
            if address in kept:
                kept[address].close()
            kept[address] = http.client.HTTPConnection(str(self._host), self._port, timeout=SECONDS, source_address=(address, 0))
            self._opened.append(kept[address])
        return kept[address]


def as_rest(method: Method, message: Message, chance: random.Random) -> tuple[str, str, bytes | None]:
    """The message as its REST request: verb, path with query, body. What JSON cannot say of it is left out."""
    rule: Any = method.http
    verb = rule.WhichOneof("pattern")
    values = _values(message)
    path = re.sub(r"\{([\w.]+)\}", lambda found: _in_path(values, found[1], chance), getattr(rule, verb))
    if rule.body == "*":
        return verb.upper(), path, json.dumps(values).encode()
    body = json.dumps(values.pop(rule.body, {})).encode() if rule.body else None
    query = urlencode(list(_flat(values)))
    return verb.upper(), f"{path}?{query}" if query else path, body


def _values(message: Message) -> dict[str, Any]:
    """Field by field, for one that JSON cannot say (a time beyond the year 9999, a mask with spaces) must not hide the others."""
    found: dict[str, Any] = {}
    for item, value in message.ListFields():
        single = type(message)()
        try:
            if item.is_repeated:
                getattr(single, item.name).MergeFrom(value)
            elif item.message_type is not None:
                getattr(single, item.name).CopyFrom(value)
            else:
                setattr(single, item.name, value)
            found |= MessageToDict(single, preserving_proto_field_name=True)
        except Exception:  # noqa: BLE001 - json_format raises many kinds
            found[item.name] = "1e5"
    return found


def _in_path(values: dict[str, Any], name: str, chance: random.Random) -> str:
    first, _, rest = name.partition(".")
    value = (
        values.pop(first, None) if not rest else (values.get(first) or {}).pop(rest, None) if isinstance(values.get(first), dict) else None
    )
    if name == "service":
        value = chance.choice((*SERVICES, value))
    return quote(str(value if value not in (None, "") else "x_1")[:3_000], safe="")


def _flat(values: dict[str, Any], prefix: str = "") -> Any:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            for item in value[:40] if isinstance(value, list) else [value]:
                yield f"{prefix}{name}", str(item).lower() if isinstance(item, bool) else str(item)[:3_000]


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdigit() else None


def _shown(sent: Sent) -> str:
    headers = {name: value for name, value in sent.headers.items() if name not in ("Authorization", "Cookie")}
    return f"{sent.verb} {sent.path[:200]} {headers} {(sent.body or b'')[:300]!r}"

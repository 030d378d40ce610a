"""Server-side requests: which modules can open a connection at all, and that no caller says to where."""

from __future__ import annotations

import ast
from pathlib import Path

from google.protobuf.descriptor import Descriptor

from deploy.local.layout import ROOT
from gateway.contracts import methods

CLIENTS = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "minio",
    "opa_client",
    "requests",
    "smtplib",
    "socket",
    "urllib.request",
    "urllib3",
    "amqp",
    "kombu",
}
# Module → why it may; each connects to an address of the settings.
KNOWN = {
    "chassis/policy/opa.py": "PRM_OPA_URL",
    "chassis/storage/store.py": "PRM_S3_ENDPOINT",
    "chassis/events/broker.py": "PRM_AMQP_URL",
    "chassis/events/envelope.py": "the message type of the broker's library",
    "chassis/events/publisher.py": "PRM_AMQP_URL",
    "chassis/events/topology.py": "PRM_AMQP_URL",
    "services/notify/deliveries/smtp.py": "PRM_SMTP_URL",
}
WORDS = ("url", "uri", "website", "webhook", "callback", "logo", "avatar", "endpoint", "jwks", "host")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_only_known_modules_can_connect_anywhere() -> None:
    """A new one has to say whose address it calls: an address from a request needs an allow-list and no redirects first."""
    found = set()
    for folder in ("chassis", "services", "gateway"):
        for path in (ROOT / folder).rglob("*.py"):
            names = imports(path)
            if any(name == client or name.startswith(f"{client}.") for name in names for client in CLIENTS):
                found.add(str(path.relative_to(ROOT)))
    consumers = {name for name in found if name.startswith("chassis/consumer/")}  # nameko's side of the same broker
    assert found - consumers - KNOWN.keys() == set()
    assert KNOWN.keys() <= found


def test_no_request_names_an_address_to_call() -> None:
    named = {field for method in methods() for field in paths(method.sent)}
    assert named == set(), "before the first such field: allow-list, no private ranges, no redirects, and its tests"


def paths(message: Descriptor, seen: frozenset[str] = frozenset()) -> list[str]:
    found = []
    for field in message.fields:
        if any(word in field.name.split("_") for word in WORDS):
            found.append(field.full_name)
        if field.message_type is not None and field.message_type.full_name not in seen:
            found += paths(field.message_type, seen | {field.message_type.full_name})
    return found

"""The settings of the suite's processes in the local stack. What the caller's environment says wins."""

from __future__ import annotations

import os
from collections.abc import Iterable

from chassis.settings import SERVICES
from deploy.local import mail, opa, postgres, rabbitmq, store
from deploy.local.layout import ROOT, Layout
from deploy.local.secrets import secret, token_keys

PORTAL_CLIENT = "portal"
ADMINISTRATOR = "admin@northwind.example"


def environment(layout: Layout, services: Iterable[str] = SERVICES, owner: bool = False) -> dict[str, str]:
    """All that a process which hosts `services` needs to know; the owner's passwords only where it migrates."""
    chosen = tuple(services)
    settings = {**_shared(layout), **_targets(layout)}
    for name in chosen:
        settings |= _service(layout, name, owner)
    if "identity" in chosen:
        settings["PRM_KEYS_DIR"] = str(token_keys(layout.data))
        settings |= administrator(layout) if owner else {}
    return {**settings, **overrides()}


def administrator(layout: Layout) -> dict[str, str]:
    """The first administrator: made by the first start, used by the demo programme."""
    return {"PRM_ADMIN_EMAIL": ADMINISTRATOR, "PRM_ADMIN_PASSWORD": secret(layout.data, "administrator")}


def overrides() -> dict[str, str]:
    """PRM_* of the caller: how a part is pointed elsewhere."""
    return {name: value for name, value in os.environ.items() if name.startswith("PRM_") and name not in _OURS}


_OURS = {"PRM_STACK", "PRM_PORT_BASE", "PRM_PYTHON"}


def external(part: str) -> bool:
    """Whether the caller points this part elsewhere, so that it is not started."""
    names = {
        "postgres": [f"PRM_{name.upper()}_DATABASE_URL" for name in SERVICES],
        "rabbitmq": ["PRM_AMQP_URL"],
        "opa": ["PRM_OPA_URL"],
        "s3": ["PRM_S3_ENDPOINT"],
        "mail": ["PRM_SMTP_URL"],
    }[part]
    return all(name in os.environ or f"{name}_FILE" in os.environ for name in names)


def public_url(layout: Layout) -> str:
    return os.environ.get("PRM_PUBLIC_URL") or f"http://{layout.address('gateway')}"


def _shared(layout: Layout) -> dict[str, str]:
    objects = store.access(layout)
    return {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "build" / "gen")]),
        "PRM_AMQP_URL": rabbitmq.url(layout),
        "PRM_OPA_URL": opa.url(layout),
        "PRM_S3_ENDPOINT": objects.endpoint,
        "PRM_S3_REGION": objects.region,
        "PRM_S3_ACCESS_KEY": objects.access_key,
        "PRM_S3_SECRET_KEY": objects.secret_key,
        "PRM_S3_SECURE": "false",
        "PRM_SMTP_URL": mail.url(layout),
        "PRM_PUBLIC_URL": public_url(layout),
        "PRM_GATEWAY_LISTEN": layout.address("gateway"),
        "PRM_CLOCK_FILE": str(layout.data / "clock"),
        "PRM_PAGE_KEY": secret(layout.data, "page"),
        "PRM_PORTAL_CLIENT_ID": PORTAL_CLIENT,
        "PRM_PORTAL_CLIENT_SECRET": secret(layout.data, "portal-client"),
        "PRM_DRAIN_SECONDS": "0.2",  # no load balancer here that has to notice first
    }


def _targets(layout: Layout) -> dict[str, str]:
    return {f"PRM_{name.upper()}_TARGET": layout.address(f"{name}-grpc") for name in SERVICES}


def _service(layout: Layout, name: str, owner: bool) -> dict[str, str]:
    prefix, database = f"PRM_{name.upper()}", f"prm_{name}"
    settings = {
        f"{prefix}_DATABASE_URL": postgres.url(layout, f"prm_{name}", database),
        f"{prefix}_LISTEN": layout.address(f"{name}-grpc"),
    }
    if owner:
        settings[f"{prefix}_OWNER_DATABASE_URL"] = postgres.url(layout, f"prm_{name}_owner", database)
    return settings

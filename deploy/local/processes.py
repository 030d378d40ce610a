"""The suite's own processes as parts: hosted together to be up in seconds, or one per role as in production."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator

from chassis.settings import SERVICES
from deploy.local.environment import environment, public_url
from deploy.local.layout import ROOT, Layout, listening
from deploy.local.opa import answers
from deploy.local.parts import Part

ROLES = ("api", "consumer", "runner")


def processes(layout: Layout, isolated: bool) -> list[Part]:
    """Every process of the suite, the gateway last."""
    hosted = [*_isolated(layout)] if isolated else [_role(layout, role, role, SERVICES) for role in ROLES]
    return [*hosted, _gateway(layout)]


def role_of(name: str) -> str:
    """`api` of `api-deals`."""
    return name.partition("-")[0]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cli", *words]


def _isolated(layout: Layout) -> Iterator[Part]:
    for role in ROLES:
        for service in SERVICES:
            yield _role(layout, f"{role}-{service}", role, (service,))


def _role(layout: Layout, name: str, role: str, services: tuple[str, ...]) -> Part:
    metrics = f"{name}-metrics"
    hosted = "all" if services == SERVICES else services[0]
    ports = [layout.port(f"{service}-grpc") for service in services]
    serving = (lambda: all(map(listening, ports))) if role == "api" else (lambda: answers(f"http://{layout.address(metrics)}/ready"))
    extra = {"PRM_METRICS_LISTEN": layout.address(metrics)}
    if role == "consumer":
        extra["PSYCOPG_WAIT_FUNC"] = "wait_select"  # psycopg's own waiting would block eventlet's hub
    return Part(
        name=name,
        command=lambda: command(role, hosted),
        address=layout.address(f"{services[0]}-grpc") if role == "api" else layout.address(metrics),
        ready=serving,
        version=release,
        environment={**environment(layout, services), **extra},
        stop_seconds=25,
    )


def _gateway(layout: Layout) -> Part:
    metrics = {"PRM_METRICS_LISTEN": layout.address("gateway-metrics")}
    return Part(
        name="gateway",
        command=lambda: command("gateway"),
        address=public_url(layout),
        ready=lambda: answers(f"http://{layout.address('gateway')}/healthz"),
        version=release,
        environment={**environment(layout, ()), **metrics},
        stop_seconds=15,
    )


def release() -> str:
    """The version of this code."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])

"""A real gateway (uvicorn in a thread) in front of small servicers over real gRPC."""

from __future__ import annotations

import gc
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from opentelemetry import trace
from prm.deals.v1 import registrations_pb2
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from chassis.settings import SERVICES, SharedSettings
from chassis.telemetry.tracing import setup_tracing
from gateway.app import Config
from gateway.portal import routes as portal
from gateway.server import Server, server
from gateway.sessions import api_of, csrf_token, here, next_path, sign_in, sign_out
from gateway.settings import GatewaySettings, PublicAddress, Targets
from gateway.telemetry import HttpMetrics
from tests.integration.gateway.services import PASSWORD, Deals, Identity, Notify


class Complaints(logging.Handler):
    """What asyncio logs: tasks that nobody waited for, errors that nobody saw."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "PollerCompletionQueue" not in record.getMessage():  # grpc's own, when two loops run in one process, as here only
            self.said.append(record.getMessage())


@dataclass
class World:
    """The gateway and the services behind it."""

    identity: Identity
    deals: Deals
    notify: Notify
    url: str = ""
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    complaints: Complaints = field(default_factory=Complaints)
    app: Starlette = field(init=False)
    server: Server = field(init=False)
    thread: threading.Thread = field(init=False)

    def forget_sessions(self) -> None:
        """As after a restart of the gateway."""
        self.app.state.door.exchange._active.clear()

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=15, trust_env=False)

    def api(self) -> httpx.Client:
        return self.client(Authorization="Bearer a-token")

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        with self.client() as client:
            answer = submit(client, "/t/signin", email="kim@brightway.example", password=PASSWORD)
            assert answer.status_code == 303, answer.text
            yield client


def submit(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Load the form at a path and send it, as a browser does."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found, "the page has no form token"
    return client.post(path, data={"csrf": found.group(1), **fields})


async def form_page(request: Request) -> Response:
    if request.method == "GET":
        return HTMLResponse(f'<form method=post><input name="csrf" value="{csrf_token(request)}"></form>')
    form = await request.form()
    signed_in = await sign_in(request, email=str(form.get("email", "")), password=str(form.get("password", "")))
    response = RedirectResponse(next_path(request), 303)
    signed_in.attach(response)
    return response


async def hello(request: Request) -> Response:
    if request.method == "POST":
        return HTMLResponse("changed")
    found = here(request)
    return HTMLResponse(f'{found.name} {found.language} <input name="csrf" value="{csrf_token(request)}">')


async def deal(request: Request) -> Response:
    message = registrations_pb2.GetRegistrationRequest(id=request.path_params["id"])
    found = await api_of(request).call(message, registrations_pb2.Registration, deadline=2)
    return HTMLResponse(found.id)


async def leave(request: Request) -> Response:
    response = RedirectResponse("/t/signin", 303)
    await sign_out(request, response)
    return response


async def broken(request: Request) -> Response:
    raise RuntimeError("a defect with a secret in its text")


PAGES = [
    Route("/t/hello", hello, methods=["GET", "POST"]),
    Route("/t/deals/{id}", deal),
    Route("/t/leave", leave, methods=["POST"]),
    Route("/t/broken", broken),
]


@pytest.fixture(scope="module")
def overrides() -> dict[str, object]:
    """Settings that a module wants different."""
    return {}


@pytest.fixture(scope="module")
def world(overrides: dict[str, object]) -> Iterator[World]:
    with running_world(overrides) as made:
        yield made


@contextmanager
def running_world(overrides: dict[str, object]) -> Iterator[World]:
    """Three services and a gateway in front of them."""
    ports = free_ports(len(SERVICES) + 1)
    made = World(Identity(ports[0]), Deals(ports[1]), Notify(ports[5]))
    for part in (made.identity.part, made.deals.part, made.notify.part):
        part.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portal, "routes", [*portal.routes, *PAGES])
        patch.setattr(portal, "public_routes", [*portal.public_routes, Route("/t/signin", form_page, methods=["GET", "POST"])])
        gateway(made, ports, overrides)
        yield made
        if made.thread.is_alive():
            made.server.handle_exit(15, None)
        wait_until(lambda: not made.thread.is_alive(), "the gateway to stop", 8)
        gc.collect()
        logging.getLogger("asyncio").removeHandler(made.complaints)
        assert made.complaints.said == [], "a task or an error was left behind in the event loop"
    for part in (made.identity.part, made.deals.part, made.notify.part):
        part.stop()


def gateway(world: World, ports: list[int], overrides: dict[str, object]) -> None:
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        setup_tracing(SharedSettings(trace_ratio=1), "gateway")
    world.url = f"http://127.0.0.1:{ports[-1]}"
    targets = {f"{name}_target": f"127.0.0.1:{port}" for name, port in zip(SERVICES, ports, strict=False)}
    logging.getLogger("asyncio").addHandler(world.complaints)
    own = {
        "listen": f"127.0.0.1:{ports[-1]}",
        "heartbeat_seconds": 0.3,
        "graceful_seconds": 5,
        "sign_in_rate": "999/minute",
        "public_rate": "999/minute",
    } | overrides
    config = Config(
        GatewaySettings.model_validate(own),
        SharedSettings(portal_client_id="sva_portal", portal_client_secret=SecretStr("portal-secret")),
        PublicAddress(public_url=world.url, page_key=SecretStr("k" * 32)),
        Targets.model_validate(targets),
    )
    running = server(config, HttpMetrics(world.registry))
    world.app = running.app
    world.server, world.thread = running, threading.Thread(target=running.run, daemon=True)
    world.thread.start()
    wait_until(lambda: running.started, "the gateway to start", 10)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 5) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def free_ports(number: int) -> list[int]:
    """Ports that are free now."""
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports

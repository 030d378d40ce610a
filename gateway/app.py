"""The web application: REST under /v1, the portal at /, and what both stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from brotli_asgi import BrotliMiddleware
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from chassis.clock import Clock
from chassis.settings import SharedSettings
from gateway.channels import Channels
from gateway.edge.access import AccessLog
from gateway.edge.bodies import BodyLimit
from gateway.edge.headers import SecurityHeaders
from gateway.edge.limits import ClientLimit
from gateway.edge.refusals import LastResort, http_refusal, page_refusal
from gateway.edge.static import Immutable
from gateway.live import Live, live
from gateway.portal import routes as portal
from gateway.sessions.cookies import Cookies
from gateway.sessions.csrf import FormTokens
from gateway.sessions.exchange import Exchange
from gateway.sessions.guard import guarded
from gateway.sessions.limits import Limits
from gateway.sessions.portal_account import PortalAccount
from gateway.sessions.visit import Door
from gateway.settings import GatewaySettings, PublicAddress, Targets
from gateway.stopping import Stopping
from gateway.telemetry import HttpMetrics
from gateway.transcoding.routes import rest_routes
from gateway.transcoding.slots import StreamSlots

STREAMS = ["/live$", ".*:watch$"]  # a compressor would hold events back
STATIC = Path(__file__).parent / "portal" / "static" / "dist"


@dataclass(frozen=True)
class Config:
    """Everything the gateway is told, read once."""

    own: GatewaySettings
    shared: SharedSettings
    address: PublicAddress
    targets: Targets


def build(config: Config, metrics: HttpMetrics) -> Starlette:
    """The application. Channels open when it starts and close when it stops."""
    app = Starlette(
        routes=_routes(),
        middleware=[
            Middleware(AccessLog, metrics=metrics),
            Middleware(BrotliMiddleware, quality=4, minimum_size=600, excluded_handlers=STREAMS),
            Middleware(SecurityHeaders, https=config.address.https),
            Middleware(LastResort),
            Middleware(ClientLimit),
            Middleware(BodyLimit, most=config.own.body_bytes, seconds=config.own.body_seconds),
        ],
        lifespan=_lifespan(config),
        exception_handlers={HTTPException: http_refusal},
    )
    app.state.config, app.state.metrics = config, metrics
    return app


def _lifespan(config: Config) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        clock = Clock(config.shared.clock_file)
        channels = Channels(config.targets.of(), clock)
        secret = config.shared.portal_client_secret.get_secret_value()
        account = PortalAccount(channels, config.shared.portal_client_id, secret, clock)
        app.state.channels, app.state.limits = channels, Limits(config.own)
        app.state.door = _door(config, channels, account, app.state.limits, clock)
        app.state.stopping = Stopping()
        app.state.slots = StreamSlots(config.own.streams_per_service, config.own.streams_per_caller)
        app.state.live = Live(channels, account)
        async with app.state.live:
            yield
        await channels.close()

    return lifespan


def _door(config: Config, channels: Channels, account: PortalAccount, limits: Limits, clock: Clock) -> Door:
    return Door(
        channels=channels,
        exchange=Exchange(channels, account, clock, config.own.sessions_kept),
        cookies=Cookies(config.address.https),
        tokens=FormTokens(config.address.page_key.get_secret_value().encode()),
        limits=limits,
        clock=clock,
        origin=config.address.origin,
    )


def _routes() -> list[BaseRoute]:
    pages = [_guarded(route, public=False) for route in portal.routes] + [_guarded(route, public=True) for route in portal.public_routes]
    return [
        *rest_routes(),
        Route("/live", guarded(live, page_refusal, template="/live", public=False), methods=["GET"]),
        Route("/healthz", _alive, methods=["GET"]),
        Mount("/static", Immutable(directory=STATIC, check_dir=False)),
        *pages,
    ]


def _guarded(route: Route, *, public: bool) -> Route:
    page = guarded(route.endpoint, page_refusal, template=route.path, public=public)
    return Route(route.path, page, methods=sorted(route.methods or {"GET"}), name=route.name)


async def _alive(request: Request) -> Response:
    """The process answers. It needs no service: a portal without one of them still works."""
    request.scope["route_template"] = "/healthz"
    return PlainTextResponse("ok")

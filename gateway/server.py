"""Run the gateway: uvicorn on uvloop, one event loop."""

from __future__ import annotations

import uvicorn
from prometheus_client import start_http_server
from starlette.applications import Starlette

from chassis.settings import shared_settings
from chassis.telemetry.logs import setup_logs
from chassis.telemetry.tracing import setup_tracing
from gateway.app import Config, build
from gateway.settings import GatewaySettings, PublicAddress, Targets
from gateway.stopping import Stopping
from gateway.telemetry import HttpMetrics


class Server(uvicorn.Server):
    """Tells open streams that it is going before it waits for them, or every stop would take the whole graceful time."""

    def __init__(self, app: Starlette, settings: uvicorn.Config) -> None:
        super().__init__(settings)
        self.app = app

    def handle_exit(self, sig: int, frame: object) -> None:
        """SIGTERM or SIGINT."""
        stopping: Stopping | None = getattr(self.app.state, "stopping", None)
        if stopping is not None:
            stopping.stop()
        super().handle_exit(sig, frame)  # type: ignore[arg-type]


def read_config() -> Config:
    """All settings, checked. Raises pydantic's ValidationError naming what is wrong."""
    shared = shared_settings()
    return Config(GatewaySettings(), shared, PublicAddress(), Targets())


def server(config: Config, metrics: HttpMetrics) -> Server:
    """The server for these settings, not yet running."""
    host, _, port = config.own.listen.rpartition(":")
    app = build(config, metrics)
    return Server(
        app,
        uvicorn.Config(
            app,
            host=host.strip("[]"),
            port=int(port),
            loop="uvloop",
            http="httptools",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=bool(config.own.trusted_proxies),
            forwarded_allow_ips=config.own.trusted_proxies,
            timeout_graceful_shutdown=config.own.graceful_seconds,
        ),
    )


def run() -> None:
    """Run until SIGTERM or SIGINT."""
    config = read_config()
    setup_logs(config.shared.log_level)
    setup_tracing(config.shared, "gateway")
    metrics = HttpMetrics()
    if config.shared.metrics_listen:
        address, _, port = config.shared.metrics_listen.rpartition(":")
        start_http_server(int(port), address)
    server(config, metrics).run()


if __name__ == "__main__":
    run()

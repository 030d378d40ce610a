"""Rate, errors and duration of HTTP, by route template: never by path, which would be a label per object."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import Scope

from chassis.telemetry.rpc import BUCKETS

KNOWN = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HttpMetrics:
    """The gateway's metrics; one set a process."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        labels = ["method", "route", "status"]
        self._requests = Counter("prm_http_requests_total", "Requests answered", labels, registry=registry)
        self._seconds = Histogram("prm_http_seconds", "Time to answer", ["method", "route"], buckets=BUCKETS, registry=registry)
        self.live = Gauge("prm_live_streams", "Browsers that listen for news", registry=registry)

    def observe(self, method: str, route: str, status: int, seconds: float, *, stream: bool) -> None:
        """Count one request. A stream lasts as long as its reader likes, which says nothing about us."""
        verb = method if method in KNOWN else "OTHER"
        self._requests.labels(verb, route, str(status)).inc()
        if not stream:
            self._seconds.labels(verb, route).observe(seconds)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, `/v1/registrations/{id}`; `/?` for paths that lead nowhere."""
    return str(scope.get("route_template", "/?"))

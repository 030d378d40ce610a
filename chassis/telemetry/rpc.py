"""Rate, errors and duration of every RPC."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class RpcMetrics:
    """One set a process; `service` is a label, since one process may host six."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._calls = Counter("prm_rpc_calls_total", "Calls answered", ["service", "method", "code"], registry=registry)
        self._seconds = Histogram("prm_rpc_seconds", "Time to answer", ["service", "method"], buckets=BUCKETS, registry=registry)
        self._known: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def observe(self, service: str, method: str, code: str, seconds: float) -> None:
        """Count one call. `method` is the full path of the contract."""
        calls, duration = self._known.get((service, method, code)) or self._children(service, method, code)
        calls.inc()
        duration.observe(seconds)

    def _children(self, service: str, method: str, code: str) -> tuple[Counter, Histogram]:
        """Looked up once: the library takes a lock for each look-up."""
        found = self._calls.labels(service, method, code), self._seconds.labels(service, method)
        return self._known.setdefault((service, method, code), found)

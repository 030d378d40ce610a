"""Metrics of decisions. One set a process, made on first use; `service` is a label."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5)


class PolicyMetrics:
    """What was decided, and how the engine answers."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        labels = ["service", "resource", "outcome"]
        self.decisions = Counter("prm_policy_decisions_total", "Point checks by their answer", labels, registry=registry)
        self._engine = Histogram(
            "prm_policy_engine_seconds", "Time of a question to OPA", ["service", "question"], buckets=BUCKETS, registry=registry
        )
        self._failures = Counter("prm_policy_engine_failures_total", "Questions without a usable answer", ["service"], registry=registry)

    @contextmanager
    def asked(self, service: str, question: str) -> Iterator[None]:
        """Around a question to the engine."""
        try:
            with self._engine.labels(service, question).time():
                yield
        except Exception:
            self._failures.labels(service).inc()
            raise


@cache
def policy_metrics() -> PolicyMetrics:
    """The metrics of this process."""
    return PolicyMetrics()

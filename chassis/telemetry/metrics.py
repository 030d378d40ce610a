"""Metrics of consumer and runner. One set a process; `service` is a label, since one process may host six."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class BusMetrics:
    """What happens between a commit and the last handler."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, ["service", *labels], registry=registry)

        self.outbox_lag = gauge("prm_outbox_lag_events", "Events committed and not yet published")
        self.outbox_held = gauge("prm_outbox_held_events", "Events the broker refused, and those behind them")
        self.audit_lag = gauge("prm_audit_lag_records", "Audit records staged and not yet sealed")
        self.jobs_due = gauge("prm_jobs_due", "Jobs whose time has come")
        self.jobs_parked = gauge("prm_jobs_parked", "Jobs that failed too often")
        self.failures = gauge("prm_inbox_failures", "Events not applied", "state")
        self.published = Counter("prm_events_published_total", "Events confirmed by the broker", ["service"], registry=registry)
        self.in_doubt = Counter("prm_publish_in_doubt_total", "Batches whose fate is unknown; sent again", ["service"], registry=registry)
        self.refused = Counter("prm_publish_refused_total", "Events nacked or returned", ["service", "reason"], registry=registry)
        self.handled = Histogram(
            "prm_handler_seconds", "Time to handle an event", ["service", "consumer", "outcome"], buckets=BUCKETS, registry=registry
        )
        self.job = Histogram("prm_job_seconds", "Time to do a job", ["service", "kind", "outcome"], buckets=BUCKETS, registry=registry)

"""identity as data."""

from __future__ import annotations

from chassis.service import Service
from services.identity import jobs
from services.identity.schema import metadata

SERVICE = Service(name="identity", metadata=metadata, jobs={jobs.TIDY: jobs.tidy})

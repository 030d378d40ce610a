"""The base of the list figures: `python -m tests.bench.unguarded deals`, the product's own server whose policy shows everybody
everything without asking anybody."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.policy.decisions import Decision
from chassis.policy.residual import EVERY, Residual
from chassis.policy.subject import Subject
from chassis.rpc import host
from chassis.rpc.server import serve


class Unguarded:
    """Stands for the Policy."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def check(
        self, subject: Subject, action: str, resource: str, row: Mapping[str, Any], *, now: datetime, fresh: bool = False
    ) -> Decision:
        return Decision(allowed=True, reason="", at=now, subject=subject.id, action=action, resource=resource)

    def filter(self, subject: Subject, action: str, resource: str, *, now: datetime) -> Residual:
        return Residual(resource, (EVERY,), {})

    def masks(self, subject: Subject, resource: str, *, now: datetime) -> Mapping[str, Any]:
        return {}

    def require(self, subject: Subject, action: str, resource: str, *, now: datetime) -> None:
        """Nothing is."""

    def ready(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""


if __name__ == "__main__":
    host.Policy = Unguarded  # type: ignore[assignment,attr-defined]
    serve(sys.argv[1:])

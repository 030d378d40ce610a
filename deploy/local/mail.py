"""The mail catcher as a part of the stack."""

from __future__ import annotations

import sys

from deploy.local.layout import ROOT, Layout, listening
from deploy.local.opa import answers
from deploy.local.parts import Part


def part(layout: Layout) -> Part:
    ports = [str(layout.port("smtp")), str(layout.port("mail"))]
    return Part(
        name="mail",
        command=lambda: [sys.executable, "-m", "deploy.local.mailbox", str(layout.folder("mail")), *ports],
        address=layout.address("smtp"),
        ready=lambda: answers(f"{page(layout)}/healthz") and listening(layout.port("smtp")),
        version=lambda: "catcher",
        environment={"PYTHONPATH": str(ROOT)},
        stop_seconds=5,
    )


def url(layout: Layout) -> str:
    return f"smtp://{layout.address('smtp')}"


def page(layout: Layout) -> str:
    """Where a person reads what was caught."""
    return f"http://{layout.address('mail')}"

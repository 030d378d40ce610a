"""OPA with the signed bundle. It reads a bundle on disk when it starts and never again, whatever becomes of the file."""

from __future__ import annotations

import functools
import json
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from deploy.local import bundle
from deploy.local.install import opa, opa_version
from deploy.local.layout import Layout
from deploy.local.parts import Part
from deploy.local.secrets import policy_keys


def part(layout: Layout, policies: Path = bundle.POLICIES) -> Part:
    """Ready means: the bundle is verified and active. Before that OPA answers `{}` to everything."""
    return Part(
        name="opa",
        command=lambda: _command(layout),
        address=layout.address("opa"),
        ready=lambda: answers(f"{url(layout)}/health?bundles"),
        version=lambda: opa_version(_program()),
        prepare=lambda: _prepare(layout, policies),
        start_seconds=30,
    )


def url(layout: Layout) -> str:
    return f"http://{layout.address('opa')}"


def answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=2) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (URLError, OSError, HTTPException):  # a port that nobody has yet may connect to itself and answer our own words
        return False


@functools.cache
def _program() -> Path:
    return opa()


def _command(layout: Layout) -> list[str]:
    addresses = ["--addr", layout.address("opa")]
    return [
        str(_program()),
        "run",
        "--server",
        *addresses,
        "--disable-telemetry",
        "--log-level=error",
        "--config-file",
        str(_config(layout)),
    ]


def _config(layout: Layout) -> Path:
    return layout.folder("opa") / "config.json"


def _prepare(layout: Layout, policies: Path) -> None:
    built = bundle.build(layout.data, policies)
    _, public = policy_keys(layout.data)
    # OPA reads a signed bundle only with the key id and scope that it was signed for.
    config = {
        "bundles": {"prm": {"resource": built.as_uri(), "signing": {"keyid": bundle.KEY_ID}}},
        "keys": {bundle.KEY_ID: {"algorithm": "ES256", "key": public.read_text()}},
    }
    _config(layout).write_text(json.dumps(config, indent=2))

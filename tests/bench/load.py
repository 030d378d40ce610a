"""Load from outside Python: ghz, so that the client does not share its interpreter's pace with what it measures."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FileDescriptor

from deploy.local.install import built

SECONDS = 120


@dataclass(frozen=True)
class Load:
    """Calls of one method at one server. `folder` is for the files that ghz reads; `calls` are request bodies, taken in turn."""

    folder: Path
    target: str
    method: str
    metadata: tuple[tuple[str, str], ...] = ()
    in_flight: int = 16
    options: Sequence[str] = field(default=())

    def rate(self, calls: Sequence[Mapping[str, Any]], count: int) -> float:
        """Calls a second. Raises RuntimeError when one is not answered with OK."""
        data = self.folder / "calls.json"
        data.write_text(json.dumps(list(calls)))
        found = self._run(["--data-file", str(data), "--total", str(count)])
        wrong = {code: number for code, number in found["statusCodeDistribution"].items() if code != "OK"}
        if wrong or found["count"] != count:
            raise RuntimeError(f"{self.method}: {wrong} {list(found.get('errorDistribution', {}))[:1]}")
        return float(found["rps"])

    def _run(self, words: Sequence[str]) -> dict[str, Any]:
        command = [
            *(str(built("ghz")), "--insecure", "--format", "json", "--protoset", str(protoset(self.folder)), "--call", self.method),
            *("--concurrency", str(self.in_flight), "--connections", "1", "--timeout", "20s", "--disable-template-data"),
            *("--metadata", json.dumps(dict(self.metadata)), *self.options, *words, self.target),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"ghz: {done.stderr[-500:] or done.stdout[-500:]}")
        return dict(json.loads(done.stdout))


def protoset(folder: Path) -> Path:
    """The contracts as ghz reads them."""
    path = folder / "contracts.protoset"
    if not path.exists():
        import prm.deals.v1.registrations_pb2 as contracts

        files = descriptor_pb2.FileDescriptorSet()
        for file in _with_imports([descriptor_pool.Default().FindFileByName(contracts.DESCRIPTOR.name)], set()):
            file.CopyToProto(files.file.add())
        path.write_bytes(files.SerializeToString())
    return path


def _with_imports(files: Iterable[FileDescriptor], seen: set[str]) -> Iterable[FileDescriptor]:
    """Each file after those it imports."""
    for file in files:
        if file.name not in seen:
            seen.add(file.name)
            yield from _with_imports(file.dependencies, seen)
            yield file

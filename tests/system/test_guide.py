"""The commands of docs/api/rest.md do what the page says."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from prm.identity.v1 import access_pb2, access_pb2_grpc

from deploy.local.layout import ROOT
from tests.system.world import PASSWORD, World

GUIDE = ROOT / "docs" / "api" / "rest.md"
BLOCK = re.compile(r"^```(\w+)( setup)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MARK = "@@@ next"
LEFT_OUT = "…"


@dataclass(frozen=True)
class Step:
    """A command and what the page says came back."""

    command: str
    language: str
    said: str


def steps() -> list[Step]:
    blocks = [(language, text) for language, setup, text in BLOCK.findall(GUIDE.read_text()) if not setup]
    assert [language == "sh" for language, _ in blocks] == [True, False] * (len(blocks) // 2), "each command is followed by its answer"
    return [Step(command, language, said) for (_, command), (language, said) in zip(blocks[::2], blocks[1::2], strict=True)]


def test_the_guide_tells_the_truth(world: World, tmp_path: Path) -> None:
    found = steps()
    assert len(found) > 10
    script = f"\necho; echo '{MARK}'\n".join(step.command for step in found)
    done = subprocess.run(
        ["bash", "-c", script], env=variables(world), cwd=tmp_path, capture_output=True, text=True, timeout=90, check=False
    )
    for step, output in zip(found, done.stdout.split(MARK), strict=True):
        compare(step, output.strip().replace("\r", ""))


def variables(world: World) -> dict[str, str]:
    accounts = access_pb2_grpc.ServiceAccountsStub(grpc.insecure_channel(world.suite.targets["identity"]))
    wanted = access_pb2.CreateServiceAccountRequest(service_account=access_pb2.ServiceAccount(name="Guide", roles=["integration"]))
    made = world.call("administrator", accounts.CreateServiceAccount, wanted)
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PRM": world.suite.base_url,
        "EMAIL": world.email("sales"),
        "PASSWORD": PASSWORD,
        "CLIENT_ID": made.service_account.id,
        "CLIENT_SECRET": made.client_secret,
    }


def compare(step: Step, output: str) -> None:
    where = f"{step.command}\n→ {output}"
    if step.language == "text":
        for line in step.said.splitlines():
            assert line.partition(LEFT_OUT)[0] in output, where
        return
    head, _, body = output.partition("\n\n")
    *lines, wanted = step.said.strip().splitlines()
    assert head.split()[1] == lines[0].split()[1], where
    for line in lines[1:]:
        assert line in head.splitlines(), where
    differences = list(missing(json.loads(wanted), json.loads(body), ""))
    assert not differences, f"{differences}\n{where}"


def missing(wanted: Any, found: Any, path: str) -> Any:
    """Where the answer is not what the page says; texts with … need only begin alike, lists of … may hold anything."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            yield from missing(value, found[name], f"{path}.{name}") if name in found else [f"{path}.{name} is not there"]
    elif isinstance(wanted, list) and isinstance(found, list):
        if wanted and wanted != [LEFT_OUT]:
            for index, value in enumerate(wanted):
                yield from missing(value, found[index], f"{path}[{index}]") if index < len(found) else [f"{path}[{index}] is not there"]
    elif isinstance(wanted, str) and LEFT_OUT in wanted:
        if not str(found).startswith(wanted.partition(LEFT_OUT)[0]):
            yield f"{path}: {found!r} instead of {wanted!r}"
    elif wanted != found:
        yield f"{path}: {found!r} instead of {wanted!r}"

"""Three nodes of RabbitMQ, each in a network namespace of its own, with one bridge to its clients and one to its peers."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local import rabbitmq
from deploy.local.layout import FIRST, Layout
from deploy.local.parts import Part
from deploy.local.secrets import keys_folder, secret
from deploy.local.strays import end_strays
from tests.bus.servers import Server

NODES = 3
PORT = 5672
SIDES = {"clients": "198.18.231", "peers": "198.18.232"}  # a range that is nobody's: RFC 2544
TICK_SECONDS = 10  # a peer that says nothing for so long is taken for gone; its default of 60 s outlasts the faults


class NoNamespaces(Exception):
    """Namespaces and links cannot be made here; the text says why."""


@dataclass
class Node(Server):
    """One node. It may be cut off from its clients or its peers without anybody being told."""

    number: int = 1

    @property
    def namespace(self) -> str:
        return f"prm-faults-{self.number}"

    @property
    def name(self) -> str:
        return f"rabbit@{_host('peers', self.number)}"

    @property
    def address(self) -> str:
        return _host("clients", self.number)

    @property
    def url(self) -> str:
        return f"amqp://{rabbitmq.USER}:{secret(self.layout.data, 'amqp')}@{self.address}:{PORT}/%2F"

    @property
    def part(self) -> Part:
        usual = rabbitmq.part(self.layout)
        return replace(
            usual,
            command=lambda: ["ip", "netns", "exec", self.namespace, *usual.command()],
            ready=lambda: rabbitmq.greets(self.address, PORT),
            environment={**usual.environment, **self._environment()},
            prepare=lambda: self._prepare(usual),
        )

    def _environment(self) -> dict[str, str]:
        peer = _host("peers", self.number)
        kernel = f"-kernel inet_dist_use_interface {{{peer.replace('.', ',')}}} -kernel net_ticktime {TICK_SECONDS}"
        return {
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_DIST_PORT": "25672",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{kernel} +sbwt none +sbwtdcpu none +sbwtdio none",
            "ERL_EPMD_PORT": "4369",
            "ERL_EPMD_ADDRESS": peer,
        }

    def _prepare(self, usual: Part) -> None:
        usual.prepare()
        settings = {"listeners.tcp.2": f"{self.address}:{PORT}", "cluster_partition_handling": "pause_minority"}
        settings["cluster_formation.peer_discovery_backend"] = "classic_config"
        for number in range(1, NODES + 1):
            settings[f"cluster_formation.classic_config.nodes.{number}"] = f"rabbit@{_host('peers', number)}"
        with (self.layout.folder("rabbitmq") / "rabbitmq.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def control(self, expression: str) -> str:
        """Evaluate an Erlang expression in the node. Raises CalledProcessError."""
        command = ["ip", "netns", "exec", self.namespace, str(rabbitmq.program("rabbitmqctl")), "eval", expression]
        environment = {"PATH": os.environ["PATH"], **self.part.environment, "PRM_STACK": self.layout.marker}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout.strip()

    @contextmanager
    def cut_off(self, side: str) -> Iterator[None]:
        """Packets to and from its `clients` or `peers` vanish."""
        _ip(f"link set {_link(side, self.number)} nomaster")
        try:
            yield
        finally:
            _ip(f"link set {_link(side, self.number)} master {_bridge(side)}")


@contextmanager
def cluster(folder: Path) -> Iterator[list[Node]]:
    """A running cluster; its links and namespaces are gone afterwards. Raises NoNamespaces."""
    if os.geteuid() != 0:
        raise NoNamespaces("network namespaces are made by root alone")
    nodes = [Node(Layout(folder / f"node{number}", FIRST), number=number) for number in range(1, NODES + 1)]
    try:
        _remove(nodes)
        _connect(nodes)
        for node in nodes:
            node.layout.data.mkdir(parents=True)
            if node is not nodes[0]:  # one cookie and one password for all
                (node.layout.data / "keys").symlink_to(keys_folder(nodes[0].layout.data))
            node.start()
        yield nodes
    finally:
        for node in nodes:
            if node.process is not None and node.process.poll() is None:
                node.kill()
        _remove(nodes)


def _connect(nodes: list[Node]) -> None:
    try:
        for side in SIDES:
            _ip(f"link add {_bridge(side)} type bridge")
            _ip(f"link set {_bridge(side)} up")
        _ip(f"address add {SIDES['clients']}.1/24 dev {_bridge('clients')}")
        for node in nodes:
            _ip(f"netns add {node.namespace}")
            _ip(f"-n {node.namespace} link set lo up")
            for side in SIDES:
                _join(node, side)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoNamespaces(f"no network namespaces here: {getattr(error, 'stderr', '') or error}") from error


def _join(node: Node, side: str) -> None:
    link = _link(side, node.number)
    _ip(f"link add {link} type veth peer name {side} netns {node.namespace}")
    _ip(f"link set {link} master {_bridge(side)} up")
    _ip(f"-n {node.namespace} address add {_host(side, node.number)}/24 dev {side}")
    _ip(f"-n {node.namespace} link set {side} up")


def _remove(nodes: list[Node]) -> None:
    """What is there of it, also from a run that was killed."""
    for node in nodes:
        end_strays(node.layout, seconds=3)
        shutil.rmtree(node.layout.data, ignore_errors=True)
        _try_ip(f"netns delete {node.namespace}")
        for side in SIDES:
            _try_ip(f"link delete {_link(side, node.number)}")
    for side in SIDES:
        _try_ip(f"link delete {_bridge(side)}")


def _host(side: str, number: int) -> str:
    """The address of a node on one of its sides."""
    return f"{SIDES[side]}.{10 + number}"


def _bridge(side: str) -> str:
    return f"prm-{side}"


def _link(side: str, number: int) -> str:
    return f"prm-{side}{number}"


def _ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], capture_output=True, text=True, check=True)


def _try_ip(words: str) -> None:
    with suppress(OSError, subprocess.CalledProcessError):
        _ip(words)

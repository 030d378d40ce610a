"""Ports: one block per folder, never somebody else's."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.layout import BLOCK, FIRST, LAST, OFFSETS, PortsTaken, claim, known


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as server:
        yield server


def take(server: socket.socket, port: int) -> None:
    server.bind(("127.0.0.1", port))
    server.listen()


def test_every_name_has_its_own_port_within_the_block() -> None:
    assert len(set(OFFSETS.values())) == len(OFFSETS) <= BLOCK


def test_a_folder_keeps_its_block(tmp_path: Path) -> None:
    first = claim(tmp_path)
    assert FIRST <= first.base <= LAST - BLOCK
    assert claim(tmp_path) == first == known(tmp_path)


def test_another_folder_has_another_block(tmp_path: Path) -> None:
    assert claim(tmp_path / "a").base != claim(tmp_path / "b").base


def test_a_taken_block_is_left_alone(tmp_path: Path, listener: socket.socket) -> None:
    first = claim(tmp_path)
    take(listener, first.port("opa"))
    moved = claim(tmp_path)
    assert moved.base != first.base
    assert known(tmp_path) == moved


def test_a_block_that_was_asked_for_is_refused_when_taken(tmp_path: Path, listener: socket.socket) -> None:
    wanted = claim(tmp_path).base
    take(listener, wanted + OFFSETS["gateway"])
    with pytest.raises(PortsTaken, match=str(wanted + OFFSETS["gateway"])):
        claim(tmp_path, str(wanted))


def test_a_block_outside_the_range_of_ports_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PortsTaken, match="between"):
        claim(tmp_path, "65530")

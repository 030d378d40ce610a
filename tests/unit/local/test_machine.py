"""What the stack asks of the machine, and what it says when that is not there."""

from __future__ import annotations

import os
import signal
import stat
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from deploy.local import environment, install, postgres
from deploy.local.layout import Layout
from deploy.local.parts import CannotStart
from deploy.local.prepared import Record
from deploy.local.secrets import policy_keys, secret, token_keys


def test_an_ordinary_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, **_: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(CannotStart, match=r"only root may install it.*apt-get install rabbitmq-server.*PRM_AMQP_URL"):
        install.ensure_rabbitmq()


def test_a_machine_without_apt_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, **_: None)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    with pytest.raises(CannotStart, match="no apt-get"):
        install.ensure_rabbitmq()


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    first = secret(tmp_path, "amqp")
    assert len(first) >= 43
    assert secret(tmp_path, "amqp") == first != secret(tmp_path, "s3")
    private, public = policy_keys(tmp_path)
    key = next(token_keys(tmp_path).glob("*.pem"))
    for path in (tmp_path / "keys/amqp", private, public, key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "BEGIN PUBLIC KEY" in public.read_text()


def test_a_part_elsewhere_is_used_and_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not environment.external("rabbitmq")
    monkeypatch.setenv("PRM_AMQP_URL", "amqp://elsewhere/")
    assert environment.external("rabbitmq")
    assert environment.environment(Layout(tmp_path, 20_000))["PRM_AMQP_URL"] == "amqp://elsewhere/"


def test_the_database_is_ours_until_every_service_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRM_DEALS_DATABASE_URL", "postgresql+psycopg://elsewhere/deals")
    assert not environment.external("postgres")
    for name in ("IDENTITY", "MDF", "CONTENT", "TRAINING", "NOTIFY"):
        monkeypatch.setenv(f"PRM_{name}_DATABASE_URL", "postgresql+psycopg://elsewhere/x")
    assert environment.external("postgres")


def test_a_process_gets_the_secrets_of_its_services_alone(tmp_path: Path) -> None:
    settings = environment.environment(Layout(tmp_path, 20_000), ("deals",))
    assert "PRM_DEALS_DATABASE_URL" in settings
    for name in ("PRM_IDENTITY_DATABASE_URL", "PRM_DEALS_OWNER_DATABASE_URL", "PRM_KEYS_DIR"):
        assert name not in settings


@pytest.mark.parametrize(("mode", "reachable"), [(0o755, True), (0o700, False)])
def test_a_folder_for_root_alone_is_noticed(mode: int, reachable: bool) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(mode)
        assert postgres.open_to_all(folder) is reachable


def test_a_build_ends_at_once_when_the_stack_is_stopped() -> None:
    codes: list[int] = []
    command = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"]
    thread = threading.Thread(target=lambda: codes.append(install._tool(command, os.environ, 60)[0]))
    thread.start()
    while not install._running:
        thread.join(0.01)
    install.abandon()
    thread.join(10)
    assert codes == [-signal.SIGKILL]


def test_a_step_is_taken_again_when_its_data_or_its_circumstances_are_others(tmp_path: Path) -> None:
    record = Record(tmp_path, "migrate", "key-1")
    assert not record.holds()
    record.write()
    assert record.holds()
    assert not Record(tmp_path, "migrate", "key-2").holds()
    assert not Record(tmp_path, "bootstrap", "key-1").holds()
    (tmp_path / "prm-migrate.sha256").unlink()  # as happens when the data is removed
    assert not record.holds()

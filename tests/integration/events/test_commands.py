"""The commands of operators, from words to database; and what the runner forgets and measures."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from chassis.audit.witness import witness_of
from chassis.runner.housekeeping import forget, measure
from chassis.runner.jobs import Jobs
from chassis.telemetry.metrics import BusMetrics
from cli.__main__ import main
from tests.bus.world import METRICS, NAME, World, approved
from tests.integration.events.test_audit import sealed
from tests.integration.events.test_inbox import applied, delivery, run_due
from tests.integration.events.test_jobs import drain, schedule


@pytest.fixture
def settings(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in an image: the environment says where everything is."""
    monkeypatch.setenv("PRM_STACK", str(tmp_path))
    for service in (NAME, witness_of(NAME)):
        monkeypatch.setenv(f"PRM_{service.upper()}_DATABASE_URL", world.url)


def test_parked_show_replay_discard(world: World, settings: None, capsys: pytest.CaptureFixture[str]) -> None:
    world.inbox.handle(delivery(approved("permanent")))
    assert main(["events", "parked", NAME]) == 0
    told = capsys.readouterr().out
    assert "deals.free" in told and "FailedPrecondition: It cannot be" in told
    assert main(["events", "show", NAME, "1"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["number"] == "permanent"
    assert main(["events", "show", NAME, "99"]) == 1
    assert capsys.readouterr().err == "prm: id: there is no kept event 99\n"
    assert main(["events", "replay", NAME, "--all"]) == 0
    assert run_due(world) == 1
    assert main(["events", "discard", NAME, "--id", "1", "--reason", "wrong"]) == 0
    assert capsys.readouterr().out.endswith("1 discarded\n")
    assert applied(world) == []
    actions = [row[0] for row in world.rows("SELECT action FROM audit_outbox ORDER BY id")]
    assert actions == ["event.replay", "event.discard"]


def test_republish_refuses_what_is_not_there(settings: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "republish", NAME, "--from", "5"]) == 1
    assert "no position 5" in capsys.readouterr().err


def test_audit_verify(world: World, settings: None, capsys: pytest.CaptureFixture[str]) -> None:
    sealed(world, 5)
    assert main(["audit", "verify", NAME]) == 0
    assert "intact  (5 records, head 5" in capsys.readouterr().out
    world.owner_execute("DELETE FROM audit_log WHERE position = 2")
    assert main(["audit", "verify", NAME]) == 1
    assert "BROKEN at 2: a record is missing" in capsys.readouterr().out


def test_forgetting(world: World) -> None:
    world.inbox.handle(delivery(approved()))
    now = world.clock.now()
    with world.connection() as connection:
        assert forget(connection, now + timedelta(days=399)) == 0
        assert forget(connection, now + timedelta(days=401)) == 1


def test_measuring(world: World) -> None:
    registry = CollectorRegistry()
    world.stage(approved(), "registration/reg_1", 1)
    world.inbox.handle(delivery(approved("permanent")))
    with world.database.reading() as connection:
        measure(connection, NAME, BusMetrics(registry), world.clock.now())
    assert registry.get_sample_value("prm_outbox_lag_events", {"service": NAME}) == 1
    assert registry.get_sample_value("prm_inbox_failures", {"service": NAME, "state": "parked"}) == 1
    assert registry.get_sample_value("prm_inbox_failures", {"service": NAME, "state": "retry"}) == 0


def test_jobs_that_were_given_up_run_again_or_never(world: World, settings: None, capsys: pytest.CaptureFixture[str]) -> None:
    schedule(world, "test.effect", "mail_1", -1)
    schedule(world, "test.effect", "mail_2", -1)
    world.execute("UPDATE jobs SET parked_at = due_at, attempts = 9, last_error = 'no such mailbox' WHERE key = 'mail_1'")
    assert main(["jobs", "parked", NAME]) == 0
    told = capsys.readouterr().out
    assert "test.effect  mail_1  after 9 attempts" in told and "no such mailbox" in told and "mail_2" not in told
    assert main(["jobs", "retry", NAME, "--kind", "test.effect", "--key", "mail_2"]) == 0
    assert capsys.readouterr().out == "0 will be done by the runner\n", "what was not given up is left alone"
    assert main(["jobs", "retry", NAME, "--kind", "test.effect"]) == 0
    assert drain(Jobs(world.work, METRICS)) == 2
    schedule(world, "test.clock", "reg_1", -1)
    world.execute("UPDATE jobs SET parked_at = due_at, last_error = 'x'")
    assert main(["jobs", "discard", NAME, "--all", "--reason", "superseded"]) == 0
    assert world.scalar("SELECT count(*) FROM jobs") == 0
    staged = world.rows("SELECT action, reason, subject FROM audit_outbox ORDER BY id")
    assert staged == [("job.retry", "", "job/test.effect/mail_1"), ("job.discard", "superseded", "job/test.clock/reg_1")]


def test_a_key_without_its_kind_names_no_job(world: World, settings: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "retry", NAME, "--all", "--key", "reg_1"]) == 1
    assert "a key alone names no job" in capsys.readouterr().err

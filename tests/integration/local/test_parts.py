"""The other parts answer as themselves, and only to those who know the secrets."""

from __future__ import annotations

import io
import json
import tarfile
import time
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import amqp
import pytest
from minio import Minio
from minio.error import S3Error

from deploy.local import bundle
from deploy.local import opa as opa_part
from deploy.local.layout import claim
from deploy.local.parts import CannotStart, nothing, start, stop
from deploy.local.store import Access


def test_broker_passes_a_message(rabbitmq: str) -> None:
    with _connection(rabbitmq) as connection:
        channel = connection.channel()
        channel.queue_declare("q", durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
        channel.basic_publish(amqp.Message("hello"), routing_key="q")
        found = channel.basic_get("q", no_ack=True)
        assert found is None or found.body == "hello"


def test_broker_refuses_the_guest(rabbitmq: str) -> None:
    with pytest.raises(amqp.exceptions.AMQPError):
        amqp.Connection(rabbitmq.split("@")[1].split("/", maxsplit=1)[0], "guest", "guest").connect()


@pytest.mark.store
def test_store_keeps_what_it_is_given(s3: Access) -> None:
    client = Minio(s3.endpoint, s3.access_key, s3.secret_key, secure=False, region=s3.region)
    client.make_bucket("parts-test")
    client.put_object("parts-test", "a", io.BytesIO(b"content"), 7)
    response = client.get_object("parts-test", "a")
    try:
        assert response.read() == b"content"
    finally:
        response.close()
        response.release_conn()


@pytest.mark.store
def test_store_refuses_strangers(s3: Access) -> None:
    with pytest.raises(S3Error, match="AccessDenied|InvalidAccessKeyId"):
        Minio(s3.endpoint, "stranger", "no-secret", secure=False, region=s3.region).make_bucket("stolen")


def test_policy_bundle_is_active_and_named_by_its_rules(opa: str) -> None:
    assert active_revision(opa) == bundle.revision()


def forged(files: dict[str, bytes], other: dict[str, bytes], how: str) -> dict[str, bytes]:
    """The bundle after somebody was at it; `other` is the same changed rule, signed with another key."""
    rule = next(name for name in files if name.endswith("a.rego"))
    changed = files | {rule: files[rule].replace(b"false", b"true")}
    return {
        "changed": changed,
        "unsigned": {name: content for name, content in changed.items() if not name.endswith(".signatures.json")},
        "another_key": other,
        "a_rule_more": files | {rule.replace("a.rego", "b.rego"): b"package b\n\nallow := true\n"},
    }[how]


@pytest.mark.parametrize("how", ["changed", "unsigned", "another_key", "a_rule_more"])
def test_a_bundle_that_was_tampered_with_is_never_active(tmp_path: Path, how: str) -> None:
    layout, rules = claim(tmp_path), tmp_path / "rules"
    rules.mkdir()
    (rules / "a.rego").write_text("package a\n\nallow := false\n")
    opa_part.part(layout, rules).prepare()
    part = replace(opa_part.part(layout, rules), start_seconds=3, prepare=nothing)  # preparing builds it anew
    files = unpacked(tmp_path / "opa/bundle.tar.gz")
    (tmp_path / "others").mkdir()
    (tmp_path / "others/a.rego").write_text("package a\n\nallow := true\n")
    other = unpacked(bundle.build(tmp_path / "stranger", tmp_path / "others"))
    with tarfile.open(tmp_path / "opa/bundle.tar.gz", "w:gz") as bundled:
        for name, content in forged(files, other, how).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            bundled.addfile(entry, io.BytesIO(content))
    with pytest.raises(CannotStart, match="digest|signature|verif"):
        start(layout, part)


def unpacked(path: Path) -> dict[str, bytes]:
    with tarfile.open(path, "r:gz") as bundled:
        return {member.name: bundled.extractfile(member).read() for member in bundled}  # type: ignore[union-attr]  # all are files


def active_revision(url: str) -> str:
    with urlopen(f"{url}/v1/data?provenance=true", timeout=5) as response:
        return str(json.load(response)["provenance"]["bundles"]["prm"]["revision"])


def test_a_changed_rule_is_a_new_revision(tmp_path: Path) -> None:
    rule = tmp_path / "a.rego"
    rule.write_text("package a\n\nallow := true\n")
    before = bundle.revision(tmp_path)
    (tmp_path / "a_test.rego").write_text("package a_test\n")
    assert bundle.revision(tmp_path) == before
    rule.write_text("package a\n\nallow := false\n")
    assert bundle.revision(tmp_path) != before


def test_a_running_engine_keeps_the_bundle_it_started_with(tmp_path: Path) -> None:
    """Also when another well signed one lies there; whoever started again would have it."""
    layout, rules = claim(tmp_path), tmp_path / "rules"
    rules.mkdir()
    (rules / "a.rego").write_text("package a\n\nallow := false\n")
    process = start(layout, opa_part.part(layout, rules))
    try:
        before = active_revision(opa_part.url(layout))
        (rules / "a.rego").write_text("package a\n\nallow := true\n")
        bundle.build(tmp_path, rules)
        time.sleep(3)
        assert active_revision(opa_part.url(layout)) == before != bundle.revision(rules)
    finally:
        stop(opa_part.part(layout, rules), process)


@pytest.mark.parametrize("lies_there", ["stale", "cut_off"])
def test_building_puts_the_bundle_of_these_rules_in_place_of_any_other(tmp_path: Path, lies_there: str) -> None:
    rule = tmp_path / "rules" / "a.rego"
    rule.parent.mkdir()
    rule.write_text("package a\n\nallow := true\n")
    before = bundle.build(tmp_path, rule.parent).read_bytes()
    rule.write_text("package a\n\nallow := false\n")
    path = bundle.build(tmp_path, rule.parent)
    good = unpacked(path)
    path.write_bytes({"stale": before, "cut_off": path.read_bytes()[:100]}[lies_there])
    assert unpacked(bundle.build(tmp_path, rule.parent))["/.manifest"] == good["/.manifest"]
    built = path.read_bytes()
    assert bundle.build(tmp_path, rule.parent).read_bytes() == built, "nothing to build"


def _connection(url: str) -> amqp.Connection:
    credentials, _, place = url.removeprefix("amqp://").partition("@")
    user, _, password = credentials.partition(":")
    host, _, vhost = place.partition("/")
    return amqp.Connection(host, user, password, virtual_host=vhost)

"""Documents through the api of content, with a real object store, policy engine and database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prm.content.v1 import documents_pb2 as pb
from prm.content.v1 import documents_pb2_grpc

from services.content.files import file_key, store, upload_key
from tests.hosting import Caller, Hosted, Refused, hosted
from tests.mailbox import free_port

pytestmark = pytest.mark.store
DRAFT, PUBLISHED, RETIRED = pb.Document.DRAFT, pb.Document.PUBLISHED, pb.Document.RETIRED
CONTENT = b"%PDF-1.7 price list\n" * 500
Call = Callable[[str], Caller]


@pytest.fixture(scope="module")
def content(postgres, opa, s3, tmp_path_factory):
    access = {"s3_endpoint": s3.endpoint, "s3_region": s3.region, "s3_access_key": s3.access_key, "s3_secret_key": s3.secret_key}
    with hosted("content", postgres.service("content"), opa, tmp_path_factory.mktemp("content"), **access) as running:
        yield running


@pytest.fixture(autouse=True)
def real_time(content):
    content.shift(timedelta(0))


@pytest.fixture
def call(content: Hosted) -> Call:
    return lambda person: content.caller(documents_pb2_grpc.DocumentsStub, person)


@pytest.fixture
def manager(call: Call) -> Caller:
    return call("programme_manager")


def made(call: Caller, **values: Any) -> Any:
    known: dict[str, Any] = {"title": "Price list", "language": "en"}
    return call("CreateDocument", pb.CreateDocumentRequest(document=pb.Document(**known | values)))


def begun(call: Caller, id: str, body: bytes = CONTENT, **values: Any) -> Any:
    known: dict[str, Any] = {
        "id": id, "file_name": "Preise 2026.pdf", "media_type": "application/pdf", "size_bytes": len(body), "sha256": sha(body),
    }  # fmt: skip
    return call("BeginUpload", pb.BeginUploadRequest(**known | values))


def put(url: str, body: bytes = CONTENT) -> None:
    urlopen(Request(url, data=body, method="PUT"), timeout=10).close()


def confirmed(call: Caller, id: str, upload_id: str) -> Any:
    return call("ConfirmUpload", pb.ConfirmUploadRequest(id=id, upload_id=upload_id))


def filled(call: Caller, body: bytes = CONTENT, **values: Any) -> Any:
    document = made(call, **values)
    upload = begun(call, document.id, body)
    put(upload.url, body)
    return confirmed(call, document.id, upload.upload_id)


def published(call: Caller, **values: Any) -> Any:
    return call("PublishDocument", pb.PublishDocumentRequest(id=filled(call, **values).id))


def sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def listed(call: Caller, **values: Any) -> list[str]:
    return [item.id for item in call("ListDocuments", pb.ListDocumentsRequest(page_size=200, **values)).documents]


def test_a_file_goes_in_and_comes_out_unchanged(content, call, manager):
    document = published(manager)
    assert (document.status, document.file_version, document.size_bytes, document.sha256) == (PUBLISHED, 1, len(CONTENT), sha(CONTENT))
    reader = call("partner_sales@r")
    link = reader("DownloadDocument", pb.DownloadDocumentRequest(id=document.id))
    with urlopen(link.url, timeout=10) as response:
        assert response.read() == CONTENT
        assert response.headers["Content-Type"] == "application/pdf"
        assert "filename*=UTF-8''Preise%202026.pdf" in response.headers["Content-Disposition"]
    assert link.expire_time.ToDatetime() - content.clock.now().replace(tzinfo=None) <= timedelta(minutes=15)
    row = content.rows("SELECT * FROM download WHERE document_id = :id", id=document.id)[0]
    assert (row["owner_id"], row["org_id"], row["file_version"]) == ("partner_sales@r", "r", 1)
    assert [kind for kind, _ in content.facts(f"download/{row['id']}")] == ["prm.content.download.started.v1"]
    assert manager("GetDocument", pb.GetDocumentRequest(id=document.id)).etag == document.etag, "a download changes no document"


def test_every_file_becomes_a_version_and_equal_content_is_kept_once(content, manager):
    document = filled(manager)
    upload = begun(manager, document.id, b"second", file_name="new.pdf")
    put(upload.url, b"second")
    assert confirmed(manager, document.id, upload.upload_id).file_version == 2
    third = begun(manager, document.id)
    put(third.url)
    assert confirmed(manager, document.id, third.upload_id).file_version == 3
    rows = content.rows("SELECT number, sha256, added_by FROM document_version WHERE document_id = :id ORDER BY number", id=document.id)
    assert [(row["number"], row["sha256"]) for row in rows] == [(1, sha(CONTENT)), (2, sha(b"second")), (3, sha(CONTENT))]
    assert {row["added_by"] for row in rows} == {"programme_manager"}
    kept = store(content.shared).stat(file_key(sha(b"second")))
    assert kept is not None
    assert kept.size == 6


@pytest.mark.parametrize(
    ("sent", "reason"),
    [(None, "UPLOAD_MISSING"), (b"short", "UPLOAD_DIFFERS"), (CONTENT[:-1] + b"!", "UPLOAD_DIFFERS")],
)
def test_what_was_not_announced_is_not_taken(content, manager, sent, reason):
    document = made(manager)
    upload = begun(manager, document.id)
    if sent is not None:
        put(upload.url, sent)
    with pytest.raises(Refused) as refused:
        confirmed(manager, document.id, upload.upload_id)
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", reason)
    assert content.rows("SELECT count(*) AS n FROM document_version WHERE document_id = :id", id=document.id) == [{"n": 0}]
    put(upload.url)
    assert confirmed(manager, document.id, upload.upload_id).file_version == 1, "it can be put again"


def test_an_upload_is_confirmed_once_by_whoever_began_it_and_for_its_own_document(call, manager):
    document, other = made(manager), made(manager)
    upload = begun(manager, document.id)
    put(upload.url)
    with pytest.raises(Refused, match="PERMISSION_DENIED"):
        confirmed(call("programme_manager2"), document.id, upload.upload_id)
    with pytest.raises(Refused, match="NOT_FOUND"):
        confirmed(manager, other.id, upload.upload_id)
    confirmed(manager, document.id, upload.upload_id)
    with pytest.raises(Refused) as refused:
        confirmed(manager, document.id, upload.upload_id)
    assert refused.value.reason == "UPLOAD_CLOSED"


def test_what_was_put_is_cleared_and_what_was_not_confirmed_lapses(content, manager):
    document = filled(manager, body=b"kept content")
    left = begun(manager, document.id)
    put(left.url)
    files = store(content.shared)
    done = content.rows("SELECT id FROM upload WHERE document_id = :id AND state = 'confirmed'", id=document.id)[0]["id"]
    assert files.stat(upload_key(done)) is not None
    content.shift(timedelta(minutes=30))
    content.settle()
    assert files.stat(upload_key(done)) is None
    assert files.stat(upload_key(left.upload_id)) is None
    assert files.stat(file_key(sha(b"kept content"))) is not None
    with pytest.raises(Refused) as refused:
        confirmed(manager, document.id, left.upload_id)
    assert refused.value.reason == "UPLOAD_CLOSED"
    assert [kind.split(".")[3] for kind, _ in content.facts(f"upload/{left.upload_id}")] == ["begun", "lapsed"]


def test_partners_see_what_is_published_for_their_tier(call, manager):
    everybody, gold = published(manager), published(manager, tiers=["gold"])
    quicksilver, draft = published(manager, tiers=["quicksilver", "bronze"]), filled(manager)
    retired = published(manager)
    manager("RetireDocument", pb.RetireDocumentRequest(id=retired.id))
    expected = {
        "partner_sales@d": {everybody.id, gold.id},  # gold
        "partner_sales@r": {everybody.id},  # silver
        "partner_sales@o": {everybody.id},  # none
        "channel_manager": {everybody.id, gold.id, quicksilver.id, draft.id, retired.id},
    }
    made_here = {item.id for item in (everybody, gold, quicksilver, draft, retired)}
    for person, ids in expected.items():
        assert set(listed(call(person))) & made_here == ids
        for id in made_here:  # noqa: A001
            for method, request in (("GetDocument", pb.GetDocumentRequest(id=id)), ("DownloadDocument", pb.DownloadDocumentRequest(id=id))):
                if id in ids:
                    call(person)(method, request)
                else:
                    with pytest.raises(Refused, match="NOT_FOUND"):
                        call(person)(method, request)


def test_a_document_without_a_file_can_be_neither_shown_nor_had(manager):
    document = made(manager)
    for method, request in (
        ("PublishDocument", pb.PublishDocumentRequest(id=document.id)),
        ("DownloadDocument", pb.DownloadDocumentRequest(id=document.id)),
    ):
        with pytest.raises(Refused) as refused:
            manager(method, request)
        assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "DOCUMENT_EMPTY")


@pytest.mark.parametrize("person", ["partner_admin@r", "distributor_admin@d", "finance", "auditor"])
def test_who_may_only_read_changes_nothing(call, manager, person):
    document = published(manager)
    requests = {
        "CreateDocument": pb.CreateDocumentRequest(document=pb.Document(title="Mine", language="en")),
        "UpdateDocument": pb.UpdateDocumentRequest(document=pb.Document(id=document.id, title="Mine")),
        "PublishDocument": pb.PublishDocumentRequest(id=document.id),
        "RetireDocument": pb.RetireDocumentRequest(id=document.id),
        "BeginUpload": pb.BeginUploadRequest(id=document.id, file_name="x", media_type="a/b", size_bytes=1, sha256="0" * 64),
        "ConfirmUpload": pb.ConfirmUploadRequest(id=document.id, upload_id="upl_1"),
    }
    for method, request in requests.items():
        with pytest.raises(Refused, match="PERMISSION_DENIED"):
            call(person)(method, request)


def test_a_retired_document_takes_nothing_more(manager):
    document = published(manager)
    manager("RetireDocument", pb.RetireDocumentRequest(id=document.id))
    with pytest.raises(Refused, match="DOCUMENT_WRONG_STATUS"):
        begun(manager, document.id)
    with pytest.raises(Refused, match="DOCUMENT_WRONG_STATUS"):
        manager("UpdateDocument", pb.UpdateDocumentRequest(document=pb.Document(id=document.id, title="x")))


def test_words_of_the_title_find_it(manager):
    ids = [made(manager, title=title).id for title in ("Halo launch deck", "Launch of the summer", "50%_off 100 days")]
    assert set(listed(manager, search="launch")) & set(ids) == set(ids[:2])
    assert set(listed(manager, search="LAUNCH deck")) & set(ids) == {ids[0]}
    assert set(listed(manager, search="%")) & set(ids) == set()
    assert set(listed(manager, search="50 off")) & set(ids) <= {ids[2]}
    assert set(ids) <= set(listed(manager, search="  "))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": " "}, "document.title"),
        ({"language": ""}, "document.language"),
        ({"language": "ENGLISH"}, "document.language"),
        ({"tiers": ["gold,silver"]}, "document.tiers[0]"),
        ({"tags": ["a", "a"]}, "document.tags"),
        ({"description": "d" * 2001}, "document.description"),
    ],
)
def test_bad_input_names_its_field(manager, values, field):
    with pytest.raises(Refused) as refused:
        made(manager, **values)
    assert (refused.value.code, refused.value.fields) == ("INVALID_ARGUMENT", [field])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": 600 * 1024 * 1024}, "size_bytes"),
        ({"sha256": "AB" * 32}, "sha256"),
        ({"file_name": ""}, "file_name"),
        ({"media_type": "x"}, "media_type"),
    ],
)
def test_an_upload_that_cannot_be_is_refused_before_it_begins(manager, values, field):
    with pytest.raises(Refused) as refused:
        begun(manager, made(manager).id, **values)
    assert (refused.value.code, refused.value.fields) == ("INVALID_ARGUMENT", [field])


def test_tiers_can_be_taken_away_again(call, manager):
    document = published(manager, tiers=["gold"])
    change = pb.UpdateDocumentRequest(document=pb.Document(id=document.id), update_mask=FieldMask(paths=["tiers"]), etag=document.etag)
    assert list(manager("UpdateDocument", change).tiers) == []
    assert document.id in listed(call("partner_sales@o"))


def test_without_the_store_only_files_are_away(postgres, opa, tmp_path):
    with hosted(
        "content", postgres.service("content"), opa, tmp_path, s3_endpoint=f"127.0.0.1:{free_port()}", s3_access_key="a", s3_secret_key="b"
    ) as content:
        manager = content.caller(documents_pb2_grpc.DocumentsStub, "programme_manager")
        document = made(manager)
        assert document.id in listed(manager)
        with pytest.raises(Refused) as refused:
            begun(manager, document.id)
        assert (refused.value.code, refused.value.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE")
        assert content.rows("SELECT count(*) AS n FROM upload") == [{"n": 0}]
        assert content.rows("SELECT count(*) AS n FROM jobs") == [{"n": 0}]

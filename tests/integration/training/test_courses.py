"""Courses through the api of training, on a real database and a real policy engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from prm.training.v1 import courses_pb2 as pb
from prm.training.v1 import courses_pb2_grpc

from tests.hosting import Caller, Hosted, Refused, hosted

DRAFT, PUBLISHED, RETIRED = pb.Course.DRAFT, pb.Course.PUBLISHED, pb.Course.RETIRED
PARTNER = "partner_sales@r"


@pytest.fixture(scope="module")
def training(postgres, opa, tmp_path_factory):
    with hosted("training", postgres.service("training"), opa, tmp_path_factory.mktemp("training")) as running:
        yield running


@pytest.fixture
def call(training: Hosted):
    return lambda person: training.caller(courses_pb2_grpc.CoursesStub, person)


@pytest.fixture
def manager(call):
    return call("programme_manager")


def content(code: str, **values: Any) -> pb.Course:
    known: dict[str, Any] = {"code": code, "title": f"About {code}", "language": "en", "minutes": 30, "modules": ["One", "Two"]}
    return pb.Course(**known | values)


def made(call: Caller, code: str, **values: Any) -> Any:
    return call("CreateCourse", pb.CreateCourseRequest(course=content(code, **values)))


def listed(call: Caller, **values: Any) -> list[str]:
    return [item.code for item in call("ListCourses", pb.ListCoursesRequest(page_size=200, **values)).courses]


def test_a_course_from_draft_to_retired_and_who_sees_it_when(training, call, manager):
    draft = made(manager, "HALO-101")
    assert (draft.status, list(draft.modules), draft.etag) == (DRAFT, ["One", "Two"], '"1"')
    assert "HALO-101" not in listed(call(PARTNER))
    with pytest.raises(Refused, match="NOT_FOUND"):
        call(PARTNER)("GetCourse", pb.GetCourseRequest(id=draft.id))
    published = manager("PublishCourse", pb.PublishCourseRequest(id=draft.id, etag=draft.etag))
    assert published.status == PUBLISHED
    assert call(PARTNER)("GetCourse", pb.GetCourseRequest(id=draft.id)).title == "About HALO-101"
    assert manager("RetireCourse", pb.RetireCourseRequest(id=draft.id)).status == RETIRED
    with pytest.raises(Refused, match="NOT_FOUND"):
        call(PARTNER)("GetCourse", pb.GetCourseRequest(id=draft.id))
    assert [kind.split(".")[3] for kind, _ in training.facts(f"course/{draft.id}")] == ["created", "published", "retired"]


def test_a_code_is_given_once_even_to_two_at_the_same_moment(manager):
    made(manager, "ONCE-1")
    with pytest.raises(Refused) as refused:
        made(manager, "ONCE-1")
    assert (refused.value.code, refused.value.reason) == ("ALREADY_EXISTS", "COURSE_CODE_TAKEN")

    def attempt(_: int) -> str:
        try:
            return str(made(manager, "RACE-1").code)
        except Refused as refusal:
            return refusal.reason

    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(attempt, range(6)))
    assert answers == ["COURSE_CODE_TAKEN"] * 5 + ["RACE-1"]


def test_an_empty_course_stays_a_draft(manager):
    draft = made(manager, "EMPTY-1", modules=[])
    with pytest.raises(Refused) as refused:
        manager("PublishCourse", pb.PublishCourseRequest(id=draft.id))
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "COURSE_EMPTY")


def test_a_change_of_some_fields_leaves_the_others(training, manager):
    draft = made(manager, "CHANGE-1", summary="Old")
    mask = FieldMask(paths=["summary", "modules"])
    changed = manager(
        "UpdateCourse", pb.UpdateCourseRequest(course=pb.Course(id=draft.id, modules=["New"]), update_mask=mask, etag=draft.etag)
    )
    assert (changed.summary, list(changed.modules), changed.title) == ("", ["New"], "About CHANGE-1")
    assert training.facts(f"course/{draft.id}")[-1][1].fields == ["summary", "modules"]
    audit = training.rows("SELECT changes FROM audit_outbox WHERE subject = :s ORDER BY id DESC LIMIT 1", s=f"course/{draft.id}")
    assert {item["field"]: item["after"] for item in audit[0]["changes"]} == {"summary": "", "modules": "changed"}
    unchanged = manager("UpdateCourse", pb.UpdateCourseRequest(course=pb.Course(id=draft.id, modules=["New"]), etag=changed.etag))
    assert unchanged.etag == changed.etag


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "lower case"}, "course.code"),
        ({"code": ""}, "course.code"),
        ({"title": " "}, "course.title"),
        ({"title": "t" * 201}, "course.title"),
        ({"language": ""}, "course.language"),
        ({"language": "English!"}, "course.language"),
        ({"minutes": -1}, "course.minutes"),
        ({"modules": ["ok", ""]}, "course.modules[1]"),
    ],
)
def test_bad_input_names_its_field(manager, values, field):
    with pytest.raises(Refused) as refused:
        made(manager, **{"code": "BAD-1"} | values)
    assert refused.value.code == "INVALID_ARGUMENT"
    assert field in refused.value.fields


@pytest.mark.parametrize("person", [PARTNER, "channel_manager", "administrator", "auditor", "finance"])
def test_only_the_programme_changes_courses(call, manager, person):
    draft = made(manager, f"ROLE-{person.upper().split('@')[0].replace('_', '-')}")
    manager("PublishCourse", pb.PublishCourseRequest(id=draft.id))
    requests = {
        "CreateCourse": pb.CreateCourseRequest(course=content("ROLE-NEW")),
        "UpdateCourse": pb.UpdateCourseRequest(course=pb.Course(id=draft.id, title="Mine")),
        "PublishCourse": pb.PublishCourseRequest(id=draft.id),
        "RetireCourse": pb.RetireCourseRequest(id=draft.id),
    }
    for method, request in requests.items():
        with pytest.raises(Refused, match="PERMISSION_DENIED"):
            call(person)(method, request)


def test_lists_go_by_title_and_pages_neither_skip_nor_repeat(manager):
    for title in ("Same", "Same", "Same", "Älteres", "alpha", "Zulu"):
        made(manager, f"PAGE-{len(listed(manager))}", title=title, language="fr")
    found, token = [], ""
    while True:
        answer = manager("ListCourses", pb.ListCoursesRequest(page_size=2, page_token=token, filter="language = fr"))
        found += [(item.title, item.id) for item in answer.courses]
        token = answer.next_page_token
        if not token:
            break
    whole = manager("ListCourses", pb.ListCoursesRequest(page_size=200, filter="language = fr")).courses
    assert found == [(item.title, item.id) for item in whole]
    assert len(set(found)) == 6


def test_a_page_token_fits_only_its_own_question(manager):
    for code in ("TOKEN-1", "TOKEN-2"):
        made(manager, code)
    answer = manager("ListCourses", pb.ListCoursesRequest(page_size=1))
    with pytest.raises(Refused) as refused:
        manager("ListCourses", pb.ListCoursesRequest(page_size=1, page_token=answer.next_page_token, filter="status = DRAFT"))
    assert (refused.value.code, refused.value.fields) == ("INVALID_ARGUMENT", ["page_token"])

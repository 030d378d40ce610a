from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.errors import InvalidArgument
from services.training.courses.model import Course, CourseEmpty, Status, WrongCourseStatus
from services.training.courses.rules import require_sound
from services.training.courses.table import COURSES, courses

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def course(**values: Any) -> Course:
    known: dict[str, Any] = {
        "id": "crs_1", "created_at": NOW, "updated_at": NOW, "code": "HALO-101", "title": "Halo", "summary": "", "language": "en",
        "minutes": 30, "modules": ["One"],
    }  # fmt: skip
    return Course(**known | values)


def test_it_goes_out_and_away_and_out_again():
    one = course()
    one.publish()
    one.retire()
    one.publish()
    assert one.status is Status.PUBLISHED
    assert [type(fact).__name__ for fact in one.recorded] == ["CoursePublished", "CourseRetired", "CoursePublished"]
    assert (one.version, one.sequence) == (1, 3), "one stored change, three facts"


def test_an_empty_course_is_never_seen():
    with pytest.raises(CourseEmpty):
        course(modules=[]).publish()
    with pytest.raises(CourseEmpty):
        course(status=Status.PUBLISHED).update({"modules": []})
    draft = course()
    draft.update({"modules": []})
    assert draft.modules == []


@pytest.mark.parametrize(("status", "act"), [("retired", "retire"), ("draft", "retire"), ("published", "publish")])
def test_what_its_status_does_not_allow_is_refused(status, act):
    with pytest.raises(WrongCourseStatus):
        getattr(course(status=Status(status)), act)()


def test_a_retired_course_does_not_change():
    with pytest.raises(WrongCourseStatus):
        course(status=Status.RETIRED).update({"title": "Other"})


def test_every_wrong_field_is_named():
    with pytest.raises(InvalidArgument) as refused:
        require_sound(course(code="", title=" ", language=""))
    assert {item.field for item in refused.value.fields} == {"course.code", "course.title", "course.language"}


def test_the_row_has_every_column_and_comes_back_equal():
    row = COURSES.to_row(course())
    assert set(row) == {column.name for column in courses.columns}
    assert COURSES.from_row(row) == course()

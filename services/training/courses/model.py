"""A course and its states: draft → published → retired; a retired one may be published again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from prm.training.v1 import events_pb2

from chassis.errors import AlreadyExists, FailedPrecondition
from chassis.store.entity import Entity


class Status(Enum):
    """Where a course stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class WrongCourseStatus(FailedPrecondition):
    """The course's status does not allow it."""

    reason = "COURSE_WRONG_STATUS"


class CourseEmpty(FailedPrecondition):
    """There is nothing in it to learn."""

    reason = "COURSE_EMPTY"


class CourseCodeTaken(AlreadyExists):
    """Another course has this code."""

    reason = "COURSE_CODE_TAKEN"


@dataclass(kw_only=True)
class Course(Entity):
    """`code` names it for people, unique and for good; `modules` are titles in order; `language` is BCP 47."""

    code: str
    title: str
    summary: str
    language: str
    minutes: int
    modules: list[str]
    status: Status = Status.DRAFT

    def create(self) -> None:
        """The draft begins."""
        self.record(events_pb2.CourseCreated(course_id=self.id, code=self.code))

    def update(self, values: Mapping[str, Any]) -> None:
        """Write it anew; nothing happens where all values are as before."""
        self._require(Status.DRAFT, Status.PUBLISHED)
        changed = self.take_over(values)
        if changed:
            self._require_content()
            self.record(events_pb2.CourseUpdated(course_id=self.id, fields=changed))

    def publish(self) -> None:
        """Show it to partners."""
        self._require(Status.DRAFT, Status.RETIRED)
        self.status = Status.PUBLISHED
        self._require_content()
        self.record(events_pb2.CoursePublished(course_id=self.id, code=self.code))

    def retire(self) -> None:
        """Take it out of sight."""
        self._require(Status.PUBLISHED)
        self.status = Status.RETIRED
        self.record(events_pb2.CourseRetired(course_id=self.id))

    def _require_content(self) -> None:
        if self.status is Status.PUBLISHED and not self.modules:
            raise CourseEmpty("Partners see the course; give it a module first")

    def _require(self, *statuses: Status) -> None:
        if self.status not in statuses:
            wanted = " or ".join(status.value for status in statuses)
            raise WrongCourseStatus(f"The course is {self.status.value}; this needs it {wanted}")

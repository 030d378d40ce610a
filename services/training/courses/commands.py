"""What can be done with courses; each function is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis.store.transaction import Transaction
from services.training.courses.model import Course, CourseCodeTaken
from services.training.courses.rules import require_sound
from services.training.courses.table import COURSES, WITH_CODE


@dataclass(frozen=True)
class CreateCourse:
    """A draft."""

    code: str
    title: str
    summary: str
    language: str
    minutes: int
    modules: list[str]


@dataclass(frozen=True)
class UpdateCourse:
    """New values by field: title, summary, language, minutes, modules."""

    id: str
    etag: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class PublishCourse:
    """Which one, as it was seen."""

    id: str
    etag: str


@dataclass(frozen=True)
class RetireCourse:
    """Which one, as it was seen."""

    id: str
    etag: str


def create_course(tx: Transaction, cmd: CreateCourse) -> Course:
    """Open a draft. Raises CourseCodeTaken."""
    course = Course(
        **tx.stamp(COURSES),
        code=cmd.code,
        title=cmd.title,
        summary=cmd.summary,
        language=cmd.language,
        minutes=cmd.minutes,
        modules=cmd.modules,
    )
    tx.add(COURSES, course)
    tx.authorize("create", course)
    require_sound(course)
    _require_free_code(tx, cmd.code)
    course.create()
    return course


def update_course(tx: Transaction, cmd: UpdateCourse) -> Course:
    """Write it anew."""
    course = tx.load(COURSES, cmd.id)
    tx.authorize("update", course)
    tx.require_etag(course, cmd.etag)
    course.update(cmd.values)
    require_sound(course)
    return course


def publish_course(tx: Transaction, cmd: PublishCourse) -> Course:
    """Show it to partners."""
    course = tx.load(COURSES, cmd.id)
    tx.authorize("publish", course)
    tx.require_etag(course, cmd.etag)
    course.publish()
    return course


def retire_course(tx: Transaction, cmd: RetireCourse) -> Course:
    """Take it out of sight."""
    course = tx.load(COURSES, cmd.id)
    tx.authorize("publish", course)
    tx.require_etag(course, cmd.etag)
    course.retire()
    return course


def _require_free_code(tx: Transaction, code: str) -> None:
    tx.lock(f"course/{code}")  # two at once would both find it free, and the second would fail in the index
    if tx.connection.execute(WITH_CODE, {"code": code}).first():
        raise CourseCodeTaken(f"There is a course {code} already")

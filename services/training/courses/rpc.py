"""`prm.training.v1.Courses`: translates, decides nothing. Errors and rights stand in courses.proto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from prm.training.v1 import courses_pb2, courses_pb2_grpc

from chassis.rpc.context import reading, transaction
from chassis.rpc.updates import fields_to_change
from chassis.store.reading import Question
from chassis.times import to_timestamp
from services.training.courses import commands, queries
from services.training.courses.model import Course

READ: dict[str, Callable[[courses_pb2.Course], Any]] = {
    "title": lambda message: message.title,
    "summary": lambda message: message.summary,
    "language": lambda message: message.language,
    "minutes": lambda message: message.minutes,
    "modules": lambda message: list(message.modules),
}


class Courses(courses_pb2_grpc.CoursesServicer):
    """Courses for the people of partners."""

    def CreateCourse(self, request: courses_pb2.CreateCourseRequest, context: grpc.ServicerContext) -> courses_pb2.Course:
        """Open a draft."""
        values = {name: read(request.course) for name, read in READ.items()}
        command = commands.CreateCourse(request.course.code, **values)
        return to_proto(commands.create_course(transaction(context), command))

    def GetCourse(self, request: courses_pb2.GetCourseRequest, context: grpc.ServicerContext) -> courses_pb2.Course:
        """One course."""
        return to_proto(queries.get_course(reading(context), request.id))

    def ListCourses(self, request: courses_pb2.ListCoursesRequest, context: grpc.ServicerContext) -> courses_pb2.ListCoursesResponse:
        """The courses the caller may see."""
        page = queries.list_courses(reading(context), Question(request.page_size, request.page_token, request.filter))
        return courses_pb2.ListCoursesResponse(courses=map(to_proto, page.items), next_page_token=page.next_token)

    def UpdateCourse(self, request: courses_pb2.UpdateCourseRequest, context: grpc.ServicerContext) -> courses_pb2.Course:
        """Change it."""
        names = fields_to_change(request.course, request.update_mask, READ)
        command = commands.UpdateCourse(request.course.id, request.etag, {name: READ[name](request.course) for name in names})
        return to_proto(commands.update_course(transaction(context), command))

    def PublishCourse(self, request: courses_pb2.PublishCourseRequest, context: grpc.ServicerContext) -> courses_pb2.Course:
        """Show it to partners."""
        return to_proto(commands.publish_course(transaction(context), commands.PublishCourse(request.id, request.etag)))

    def RetireCourse(self, request: courses_pb2.RetireCourseRequest, context: grpc.ServicerContext) -> courses_pb2.Course:
        """Take it out of sight."""
        return to_proto(commands.retire_course(transaction(context), commands.RetireCourse(request.id, request.etag)))


def to_proto(course: Course) -> courses_pb2.Course:
    """As the contract shows it."""
    return courses_pb2.Course(
        id=course.id,
        code=course.code,
        title=course.title,
        summary=course.summary,
        language=course.language,
        minutes=course.minutes,
        modules=course.modules,
        status=courses_pb2.Course.Status.Value(course.status.name),
        create_time=to_timestamp(course.created_at),
        update_time=to_timestamp(course.updated_at),
        etag=course.etag,
    )

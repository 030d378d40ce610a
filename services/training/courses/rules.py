"""What a course must look like. No I/O."""

from __future__ import annotations

from chassis.errors import require_fields
from services.training.courses.model import Course


def require_sound(course: Course) -> None:
    """Raises InvalidArgument naming every field that is wrong."""
    require_fields(
        ("course.code", bool(course.code), "Give it a code, for example HALO-101"),
        ("course.title", bool(course.title.strip()), "Give it a title"),
        ("course.language", bool(course.language), "Say which language it is in, for example en"),
    )

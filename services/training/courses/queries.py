"""Reading courses."""

from __future__ import annotations

from chassis.store.reading import Filter, Listing, Page, Question, Reading
from services.training.courses.model import Course, Status
from services.training.courses.table import COURSES

LISTING = Listing(
    orders={"title": ("title", False)},
    filters={
        "status": Filter("status", convert=lambda text: Status[text].value),
        "language": Filter("language"),
    },
)


def get_course(reading: Reading, id: str) -> Course:
    """Raises NotFound, also where the reader may not see it."""
    return reading.get(COURSES, id)


def list_courses(reading: Reading, question: Question) -> Page[Course]:
    """By title."""
    return reading.page(COURSES, LISTING, question)

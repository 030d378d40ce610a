"""Funds, training and content: one list each, as far as these services go today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prm.content.v1.documents_pb2 import Document
from prm.mdf.v1.budgets_pb2 import Budget
from prm.training.v1.courses_pb2 import Course

from gateway.portal import formats
from gateway.portal.models import Away
from gateway.portal.present import labels
from gateway.portal.present.home import Fund, fund
from gateway.portal.present.marks import Mark
from gateway.portal.words import _, ngettext
from gateway.views.names import Names

KILO = 1000


@dataclass(frozen=True, slots=True)
class FundRow:
    """A budget with its partner."""

    id: str
    partner: str
    status: Mark
    fund: Fund
    used: str


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A course on offer."""

    id: str
    title: str
    code: str
    summary: str
    length: str
    modules: str
    language: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document with its current file."""

    id: str
    title: str
    text: str
    kind: str
    size: str
    day: str
    language: str
    tags: str


@dataclass(frozen=True, slots=True)
class ShelfPage:
    """A list with what to say when it is empty or away."""

    title: str
    rows: Sequence[FundRow | CourseRow | DocumentRow]
    empty: str
    next: str = ""
    show_partner: bool = False
    q: str = ""
    away: Away | None = None


def fund_row(budget: Budget, names: Names) -> FundRow:
    """A budget's row; what is used is paid, claimed and reserved together."""
    marks = {
        Budget.DRAFT: Mark("draft", _("Draft")),
        Budget.ACTIVE: Mark("won", _("Active"), "ok"),
        Budget.CLOSED: Mark("ended", _("Closed")),
    }
    made = fund(budget)
    status = marks.get(budget.status, Mark("ask", _("Unknown")))
    return FundRow(budget.id, names.organization(budget.organization_id), status, made, formats.percent(round(sum(made.shares))))


def course_row(course: Course) -> CourseRow:
    """A course's row."""
    modules = ngettext("%(count)s module", "%(count)s modules", len(course.modules)) if course.modules else ""
    return CourseRow(
        course.id, course.title, course.code, course.summary, formats.span(course.minutes), modules, labels.language(course.language)
    )


def document_row(document: Document) -> DocumentRow:
    """A document's row."""
    kind = (document.file_name.rpartition(".")[2] or document.media_type.rpartition("/")[2]).upper()[:8]
    return DocumentRow(
        document.id,
        document.title,
        document.description,
        kind,
        size(document.size_bytes),
        formats.day(formats.moment(document.update_time), year=True),
        labels.language(document.language),
        formats.listing(list(document.tags)),
    )


def size(count: int) -> str:
    """A file's size in the unit that needs at most three digits."""
    value, units = float(count), ("B", "kB", "MB", "GB")
    for unit in units:
        if value < KILO or unit == units[-1]:
            return f"{formats.number(round(value, 1) if value < 10 and unit != 'B' else round(value))} {unit}"
        value /= KILO
    return ""

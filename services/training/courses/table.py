"""Where courses are kept."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.store.entity import Mapping
from chassis.store.tables import entity_columns
from services.training.courses.model import Course
from services.training.schema import metadata

courses = sa.Table(
    "course",
    metadata,
    *entity_columns(),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("modules", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.UniqueConstraint("code", name="course_code"),
    sa.CheckConstraint("status IN ('draft', 'published', 'retired')", name="course_status"),
    sa.CheckConstraint("status <> 'published' OR cardinality(modules) > 0", name="course_content"),
    sa.Index("course_title", "title", "id"),
    sa.Index("course_by_status", "status", "title", "id"),
    sa.Index("course_by_language", "language", "title", "id"),
)

COURSES = Mapping("course", "crs", courses, Course, free_text=frozenset({"title", "summary", "modules"}))

WITH_CODE = sa.select(courses.c.id).where(courses.c.code == sa.bindparam("code"))

"""training as data."""

from __future__ import annotations

from chassis.service import Service
from services.training.courses.table import COURSES, courses

SERVICE = Service(name="training", metadata=courses.metadata, nouns=(COURSES,))

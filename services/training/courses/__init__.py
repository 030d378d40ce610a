"""Courses: what the people of partners can learn."""

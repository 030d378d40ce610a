"""Courses for the people of partners. What it owns and answers stands in README.md."""

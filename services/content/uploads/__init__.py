"""Uploads: files on their way into a document."""

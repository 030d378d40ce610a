"""Notifications: what one person is told, once, when it may be told."""

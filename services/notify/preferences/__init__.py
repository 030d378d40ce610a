"""Preferences: how each person wants to be told."""

"""Accounts of internal systems."""

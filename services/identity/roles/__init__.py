"""Roles: what they allow is data."""

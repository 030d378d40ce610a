"""Accounts that the vendor keeps for itself."""

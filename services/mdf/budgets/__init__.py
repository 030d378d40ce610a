"""Budgets: marketing money for one partner and one term."""

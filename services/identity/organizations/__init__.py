"""The vendor, its distributors and their partners: one tree."""

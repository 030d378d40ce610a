"""Whether two companies are the same customer: pure functions, and the keys by which candidates are found (domain.md 3, rule 3)."""

"""Who may do what: facts held here, decided by OPA, the same rule for a point check, a list and its masks."""

"""deals: deal registrations, the programme's numbers, and the accounts kept for the vendor."""

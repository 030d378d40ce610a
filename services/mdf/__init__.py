"""Marketing money of partners. What it owns and answers stands in README.md."""

"""Documents for partners. What it owns and answers stands in README.md."""

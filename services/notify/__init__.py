"""What people are told, in the portal and by e-mail. What it owns and answers stands in README.md."""

"""The embedded local stack: every real part on loopback, for `./prm up` and for the integration tests."""

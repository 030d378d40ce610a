"""The audit log: staged with the change, sealed into a hash chain by the runner."""

"""The runner role: numbers and publishes events, seals the audit log, does due jobs and retries. Plain threads, no eventlet."""

"""Consuming events: the inbox, retries and parking; `entrypoint` and `host` alone import nameko."""

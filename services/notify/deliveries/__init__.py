"""Deliveries: e-mails on their way."""

"""The gateway: REST made from the contracts, views composed of several services, and the portal on top of them."""

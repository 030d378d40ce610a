"""Views composed of several services' answers: called in parallel under one deadline, each panel able to be missing."""

from gateway.views.compose import Panels, Refused, Unavailable, compose, need, permitted

__all__ = ["Panels", "Refused", "Unavailable", "compose", "need", "permitted"]

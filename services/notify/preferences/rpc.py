"""Preferences as the contract shows them."""

from __future__ import annotations

from prm.notify.v1 import notifications_pb2

from services.notify.kinds import Channels, kinds_for
from services.notify.preferences.commands import UpdatePreferences
from services.notify.preferences.model import Preference


def from_proto(request: notifications_pb2.UpdatePreferencesRequest) -> UpdatePreferences:
    """The command of a request."""
    choices = {choice.kind: Channels(choice.portal, choice.email) for choice in request.preferences.choices}
    return UpdatePreferences(choices, request.etag)


def preference_to_proto(preference: Preference, audience: str) -> notifications_pb2.Preferences:
    """A choice for each kind that can concern this kind of subject."""
    channels = {kind.key: preference.channels(kind.key) for kind in kinds_for(audience)}
    choices = [
        notifications_pb2.Preferences.Choice(kind=kind, portal=chosen.portal, email=chosen.email) for kind, chosen in channels.items()
    ]
    return notifications_pb2.Preferences(choices=choices, etag=preference.etag)

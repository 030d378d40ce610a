"""`prm.notify.v1.Notifications`: translates, decides nothing. Errors and rights stand in notifications.proto."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from prm.notify.v1 import notifications_pb2, notifications_pb2_grpc

from chassis.rpc.context import call, reading, transaction
from chassis.store.reading import Question
from chassis.times import to_timestamp
from services.notify.deliveries.queries import list_deliveries
from services.notify.deliveries.rpc import delivery_to_proto
from services.notify.kinds import link_to
from services.notify.notifications.commands import MarkRead, mark_read
from services.notify.notifications.feed import follow_shown, newest
from services.notify.notifications.model import Notification
from services.notify.notifications.queries import count_unread, list_notifications
from services.notify.preferences.commands import update_preferences
from services.notify.preferences.queries import own_preference
from services.notify.preferences.rpc import from_proto, preference_to_proto
from services.notify.projections import reader
from services.notify.texts import Reader, say


class Notifications(notifications_pb2_grpc.NotificationsServicer):
    """What each person is told."""

    def ListNotifications(
        self, request: notifications_pb2.ListNotificationsRequest, context: grpc.ServicerContext
    ) -> notifications_pb2.ListNotificationsResponse:
        """One's own, newest first."""
        read = reading(context)
        page = list_notifications(read, Question(request.page_size, request.page_token), unread=request.unread)
        own = reader(read.connection, read.subject.id)
        shown = [notification_to_proto(item, own) for item in page.items]
        return notifications_pb2.ListNotificationsResponse(notifications=shown, next_page_token=page.next_token)

    def CountUnread(
        self, request: notifications_pb2.CountUnreadRequest, context: grpc.ServicerContext
    ) -> notifications_pb2.CountUnreadResponse:
        """How many are unread."""
        return notifications_pb2.CountUnreadResponse(count=count_unread(reading(context)))

    def MarkRead(self, request: notifications_pb2.MarkReadRequest, context: grpc.ServicerContext) -> notifications_pb2.MarkReadResponse:
        """Mark one's own as read."""
        return notifications_pb2.MarkReadResponse(marked=mark_read(transaction(context), MarkRead(tuple(request.ids))))

    def WatchNotifications(
        self, request: notifications_pb2.WatchNotificationsRequest, context: grpc.ServicerContext
    ) -> Iterator[notifications_pb2.WatchNotificationsResponse]:
        """Everybody's, as they become visible."""
        opened, after = call(context).host.database.reading, request.after
        if not request.HasField("after"):
            after = newest(opened)
            yield notifications_pb2.WatchNotificationsResponse(position=after)
        for position, notification, own in follow_shown(opened, after, call(context).active):
            shown = notification_to_proto(notification, own)
            yield notifications_pb2.WatchNotificationsResponse(position=position, notification=shown)

    def GetPreferences(
        self, request: notifications_pb2.GetPreferencesRequest, context: grpc.ServicerContext
    ) -> notifications_pb2.Preferences:
        """How the caller wants to be told."""
        read = reading(context)
        return preference_to_proto(own_preference(read.connection, read.subject, read.now), read.subject.kind)

    def UpdatePreferences(
        self, request: notifications_pb2.UpdatePreferencesRequest, context: grpc.ServicerContext
    ) -> notifications_pb2.Preferences:
        """Change that."""
        tx = transaction(context)
        return preference_to_proto(update_preferences(tx, from_proto(request)), tx.subject.kind)

    def ListDeliveries(
        self, request: notifications_pb2.ListDeliveriesRequest, context: grpc.ServicerContext
    ) -> notifications_pb2.ListDeliveriesResponse:
        """What was sent."""
        page = list_deliveries(reading(context), Question(request.page_size, request.page_token, request.filter))
        return notifications_pb2.ListDeliveriesResponse(deliveries=map(delivery_to_proto, page.items), next_page_token=page.next_token)


def notification_to_proto(notification: Notification, own: Reader) -> notifications_pb2.Notification:
    """As the contract shows it, in the reader's language."""
    return notifications_pb2.Notification(
        id=notification.id,
        person_id=notification.owner_id,
        kind=notification.kind,
        subject=notification.subject,
        parameters=notification.parameters,
        actor_id=notification.actor_id,
        create_time=to_timestamp(notification.visible_at),
        read_time=to_timestamp(notification.read_at),
        text=say(own, notification.kind, "text", notification.parameters),
        link=link_to(notification.subject),
    )

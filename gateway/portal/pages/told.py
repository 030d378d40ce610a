"""Notifications, and how one wants to be told."""

from __future__ import annotations

from prm.notify.v1 import notifications_pb2 as pb
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ApiError
from gateway.portal.context import Page, answer, away, open_page, service_name
from gateway.portal.forms import new_request_id
from gateway.portal.pages.person import refusal
from gateway.portal.present import told as view
from gateway.portal.words import reading
from gateway.views import need
from gateway.views.names import look_up

PAGE = 50


async def notifications(request: Request) -> Response:
    """One's own messages, newest first."""
    page, unread = open_page(request), request.query_params.get("view") == "unread"
    ask = pb.ListNotificationsRequest(page_size=PAGE, page_token=page.ask("page_token")[:400], unread=unread)
    counted = page.api.call(pb.CountUnreadRequest(), pb.CountUnreadResponse, deadline=2.0)
    panels = await page.panels(list=page.api.call(ask, pb.ListNotificationsResponse), count=counted)
    found, count = answer(panels["list"]), answer(panels["count"])
    listed = list(found.notifications) if found else []
    names = await look_up(page.api, [one.actor_id for one in listed])
    with reading(page.reader):
        items = [view.told(one, names) for one in listed]
        more = (
            f"/notifications?{'view=unread&' if unread else ''}page_token={found.next_page_token}"
            if found and found.next_page_token
            else ""
        )
        model = view.ToldPage(
            items=items,
            tabs=view.tabs(unread, count.count if count else 0),
            next=more,
            any_unread=any(one.unread for one in items),
            away=away(panels["list"], service_name("notify"), "/notifications"),
        )
        return page.show("pages/notifications.html", panels, "notifications", {"page": model}, block="results")


async def mark_read(request: Request) -> Response:
    """Mark all as read."""
    page, data = open_page(request), await request.form()
    await page.api.call(pb.MarkReadRequest(request_id=str(data.get("request_id", "")) or new_request_id()), pb.MarkReadResponse)
    return page.go("/notifications", "read")


async def preferences(request: Request) -> Response:
    """The form of preferences."""
    return await _preferences(open_page(request))


async def _preferences(page: Page, notice: str = "", status: int = 200) -> Response:
    panels = await page.panels(found=page.api.call(pb.GetPreferencesRequest(), pb.Preferences))
    found: pb.Preferences = need(panels["found"])
    with reading(page.reader):
        model = view.PreferencesPage(view.choices(found), found.etag, notice)
        return page.show("pages/preferences.html", panels, "notifications", {"page": model}, status=status)


async def save_preferences(request: Request) -> Response:
    """Keep the choices of the form; a kind without a tick is not sent that way."""
    page, data = open_page(request), await request.form()
    kinds = [one for one in data.getlist("kind") if isinstance(one, str)]
    portal, email = set(data.getlist("portal")), set(data.getlist("email"))
    choices = [pb.Preferences.Choice(kind=kind, portal=kind in portal, email=kind in email) for kind in kinds]
    message = pb.UpdatePreferencesRequest(
        preferences=pb.Preferences(choices=choices),
        etag=str(data.get("etag", "")),
        request_id=str(data.get("request_id", "")) or new_request_id(),
    )
    try:
        await page.api.call(message, pb.Preferences)
    except ApiError as error:
        if error.status in (401, 403, 404):
            raise
        with reading(page.reader):
            text = refusal(error)
        return await _preferences(page, text, error.status)
    return page.go("/notifications/preferences", "preferences")

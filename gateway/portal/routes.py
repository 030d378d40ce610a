"""The portal's pages by path. What a page gets is described in `gateway/sessions/__init__.py`."""

from __future__ import annotations

from starlette.routing import Route

from gateway.portal.pages import (
    account,
    audit,
    deal,
    deals,
    desk,
    grants,
    home,
    invite,
    partners,
    person,
    register,
    shelf,
    signin,
    team,
    told,
    why,
)
from gateway.portal.pages.errors import error_page

GET, POST = ["GET"], ["POST"]

routes: list[Route] = [
    Route("/", home.home, methods=GET),
    Route("/home/{id}/row", home.home_row, methods=GET),
    Route("/deals", deals.deals, methods=GET),
    Route("/deals/new", register.new, methods=GET),
    Route("/deals/save", register.save, methods=POST),
    Route("/deals/check", register.check, methods=POST),
    Route("/deals/{id}", deal.deal, methods=GET),
    Route("/deals/{id}/row", deals.deal_row, methods=GET),
    Route("/deals/{id}/edit", register.edit, methods=GET),
    Route("/deals/{id}/decide", deal.decide, methods=POST),
    Route("/deals/{id}/retract", deal.retract, methods=POST),
    Route("/deals/{id}/withdraw", deal.confirm, methods=GET, name="ask_withdraw"),
    Route("/deals/{id}/withdraw", deal.withdraw, methods=POST),
    Route("/deals/{id}/discard", deal.confirm, methods=GET, name="ask_discard"),
    Route("/deals/{id}/discard", deal.discard, methods=POST),
    Route("/desk", desk.desk, methods=GET),
    Route("/desk", desk.decide_many, methods=POST),
    Route("/desk/decide", desk.decide_many, methods=POST),
    Route("/partners", partners.partners, methods=GET),
    Route("/funds", shelf.funds, methods=GET),
    Route("/training", shelf.training, methods=GET),
    Route("/content", shelf.content, methods=GET),
    Route("/content/{id}/download", shelf.download, methods=POST),
    Route("/team", team.people, methods=GET),
    Route("/team/invite", invite.invite_form, methods=GET),
    Route("/team/invite", invite.invite, methods=POST),
    Route("/team/people/{id}", person.person, methods=GET),
    Route("/team/people/{id}", person.change_person, methods=POST),
    Route("/team/why", why.why, methods=GET),
    Route("/team/roles", team.roles, methods=GET),
    Route("/team/grants", grants.grants, methods=GET),
    Route("/team/grants/new", grants.grant_form, methods=GET),
    Route("/team/grants/new", grants.grant, methods=POST),
    Route("/team/grants/{id}/revoke", grants.revoke, methods=POST),
    Route("/notifications", told.notifications, methods=GET),
    Route("/notifications/read", told.mark_read, methods=POST),
    Route("/notifications/preferences", told.preferences, methods=GET),
    Route("/notifications/preferences", told.save_preferences, methods=POST),
    Route("/audit", audit.audit, methods=GET),
    Route("/audit", audit.verify, methods=POST),
    Route("/account", account.account, methods=GET),
    Route("/account", account.save, methods=POST),
    Route("/account/password", account.password, methods=POST),
    Route("/account/sessions/{id}", account.end_session, methods=POST),
    Route("/more", account.more, methods=GET),
    Route("/help", account.help_page, methods=GET),
    Route("/help/keys", account.shortcuts, methods=POST),
    Route("/signout", signin.signout, methods=POST),
]
public_routes: list[Route] = [
    Route("/signin", signin.signin_form, methods=GET),
    Route("/signin", signin.signin, methods=POST),
    Route("/language", signin.language, methods=POST),
    Route("/invitations/{token}", signin.invitation_form, methods=GET),
    Route("/invitations/{token}", signin.invitation, methods=POST),
]

__all__ = ["error_page", "public_routes", "routes"]

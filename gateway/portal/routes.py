"""The portal's pages by path. What a page gets is described in `gateway/sessions/__init__.py`."""

from __future__ import annotations

from starlette.routing import Route

from gateway.portal.pages import deal, deals, desk, home, register, signin
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

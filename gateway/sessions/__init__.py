"""Who is here: sign-in, cookies, the exchange of a session for a token, form tokens and limits.

What a page gets
----------------
Pages are Starlette endpoints listed in `gateway/portal/routes.py`: `routes` need somebody signed in, `public_routes`
do not (sign-in, invitation, help). Both are guarded by the gateway; a page checks neither sign-in nor form token itself.

    async def deal(request: Request) -> Response:
        session = here(request)                    # Session: person_id, name, language, theme, may("registration.approve") …
        api = api_of(request)                      # the services with this person's rights
        found = await api.call(GetRegistrationRequest(id=…), Registration, deadline=2.0)

The request message says which RPC is called, the second argument is the type of its answer. Refusals are
`gateway.errors.ApiError(status, reason, detail, fields=[FieldProblem(field, description, reason)], decision_id, retry_after,
service, since)`; a page that does not catch one gets `error_page(request, error)` of `gateway/portal/routes.py`. Several
panels at once, each able to be missing:

    panels = await compose(2.0, deal=api.call(…), people=api.call(…))     # gateway.views
    deal = need(panels["deal"])                    # raises the ApiError: the page cannot do without
    panels["people"]                               # the answer, or Unavailable(service, since, error), or Refused(error)

Forms carry `<input type=hidden name=csrf value="{{ csrf }}">` with `csrf_token(request)`, or the header `X-CSRF-Token`
(htmx); without it a request that changes something is refused with 403 CSRF. `next_path(request)` reads `?next=` or the
form's `next` and never leads to another site.

Signing in and out, for the sign-in page:

    signed_in = await sign_in(request, email=…, password=…)   # ApiError 401 SIGN_IN_FAILED, 429 with retry_after
    response = RedirectResponse(next_path(request), 303)
    signed_in.attach(response)                                # sets the cookie
    await sign_out(request, response)                         # ends the session, clears the cookie; never raises

After a change of oneself (language, theme, name) call `await refresh(request)`.
Nobody signed in: GET leads to `/signin?next=…`, htmx gets `HX-Redirect`, the live stream 401.
"""

from gateway.sessions.cookies import SignedIn
from gateway.sessions.csrf import csrf_token
from gateway.sessions.guard import api_of, here, next_path, refresh, session_of
from gateway.sessions.session import Session
from gateway.sessions.signin import sign_in, sign_out

__all__ = ["Session", "SignedIn", "api_of", "csrf_token", "here", "next_path", "refresh", "session_of", "sign_in", "sign_out"]

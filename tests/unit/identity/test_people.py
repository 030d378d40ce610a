"""A person from the invitation to the end of her access; a session; a grant; an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.errors import FailedPrecondition, InvalidArgument
from services.identity.grants.model import Grant
from services.identity.people import rules
from services.identity.people.model import Person, State, WrongState
from services.identity.service_accounts.model import ServiceAccount
from services.identity.sessions.model import Session

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
BASE: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
OWNED: dict[str, Any] = {**BASE, "org_id": "o", "org_path": "v.o.", "owner_id": "p"}


def person(state: State = State.ACTIVE) -> Person:
    return Person(id="p", name="Marta", email="m@o.example", state=state, **OWNED)


ACTS: dict[str, Any] = {
    "invite": (lambda it: it.invite(token="t", until=NOW, by="a"), {State.INVITED: State.INVITED}),
    "accept": (lambda it: it.accept(""), {State.INVITED: State.ACTIVE}),
    "change_password": (lambda it: it.change_password(NOW), {State.ACTIVE: State.ACTIVE}),
    "deactivate": (lambda it: it.deactivate(NOW), {State.INVITED: State.DEACTIVATED, State.ACTIVE: State.DEACTIVATED}),
    "reactivate": (lambda it: it.reactivate(has_password=True), {State.DEACTIVATED: State.ACTIVE}),
    "reinvite": (lambda it: it.reactivate(has_password=False), {State.DEACTIVATED: State.INVITED}),
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(ACTS))
def test_only_what_follows(verb: str, state: State) -> None:
    act, allowed = ACTS[verb]
    it = person(state)
    if state in allowed:
        act(it)
        assert it.state is allowed[state] and len(it.recorded) == 1
    else:
        with pytest.raises(WrongState):
            act(it)
        assert it.state is state and not it.recorded


def test_roles_and_organizations_tell_what_was_given_and_taken() -> None:
    it = person()
    it.set_roles(["b", "a"])
    it.set_roles(["b", "c"])
    it.set_roles(["c", "b", "b"])
    it.assign(["o2"])
    it.assign([])
    said = [(list(event.added), list(event.removed)) for event in it.recorded]  # type: ignore[attr-defined]
    assert said == [(["a", "b"], []), (["c"], ["a"]), (["o2"], []), ([], ["o2"])]


def test_new_passwords_and_closing_end_old_tokens() -> None:
    it = person()
    it.change_password(NOW)
    assert it.not_before == NOW
    it.deactivate(NOW + HOUR)
    assert it.not_before == NOW + HOUR


def test_an_address_belongs_to_the_company_or_below() -> None:
    rules.require_own_domain("a@o.example", ["o.example"])
    rules.require_own_domain("a@mail.o.example", ["x.example", "o.example"])
    for email in ("a@evil-o.example", "a@o.example.evil", "a@example", "a@o.exampl"):
        with pytest.raises(InvalidArgument) as caught:
            rules.require_own_domain(email, ["o.example"])
        assert caught.value.fields[0].reason == "EMAIL_DOMAIN_FOREIGN"
    with pytest.raises(InvalidArgument):
        rules.require_own_domain("a@o.example", [])


@pytest.mark.parametrize(
    "values", [{"name": " \u200b\n"}, {"language": "xx"}, {"time_zone": "Mars/Olympus"}, {"theme": "pink"}, {"time_zone": ""}]
)
def test_values_that_are_none(values: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        rules.clean_values(values)
    assert caught.value.fields[0].field == f"person.{next(iter(values))}"


def session() -> Session:
    times: dict[str, Any] = {"expires_at": NOW + 30 * 24 * HOUR, "last_used_at": NOW}
    return Session(id="s", person_id="p", digest=b"", method="pwd", user_agent="", **BASE, **times)


def test_a_session_ends_by_age_by_idleness_and_early() -> None:
    it, idle = session(), 12 * HOUR
    assert it.alive(NOW + 11 * HOUR, idle) and not it.alive(NOW + 12 * HOUR, idle)
    it.last_used_at = NOW + 30 * 24 * HOUR - HOUR
    assert it.alive(NOW + 30 * 24 * HOUR - HOUR, idle) and not it.alive(NOW + 30 * 24 * HOUR, idle)
    it.end(NOW + HOUR, "revoked")
    it.end(NOW + 2 * HOUR, "signed_out")
    assert (it.ended_at, it.end_reason, len(it.recorded)) == (NOW + HOUR, "revoked", 1)
    assert not it.alive(NOW + HOUR, idle)


def test_a_grant_lives_until_its_end() -> None:
    it = Grant(id="g", person_id="p", resource="registration", object_id="r", expires_at=NOW + HOUR, granted_by="a", **OWNED)
    assert it.live(NOW) and not it.live(NOW + HOUR)
    it.revoke(NOW)
    assert not it.live(NOW)
    with pytest.raises(FailedPrecondition):
        it.revoke(NOW)


def test_a_closed_account_stays_closed() -> None:
    it = ServiceAccount(id="a", name="CRM", **OWNED)
    it.disable(NOW)
    acts: tuple[Callable[[], None], ...] = (lambda: it.update({"name": "x"}), it.rotate_secret, lambda: it.disable(NOW))
    for act in acts:
        with pytest.raises(FailedPrecondition):
            act()

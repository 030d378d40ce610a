from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from services.notify.deliveries.mail import AddressInvalid, Letter, compose
from services.notify.texts import Reader

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LETTER: dict[str, Any] = {
    "id": "dlv_1", "kind": "registration.approved", "values": {"number": "DR-1", "until": NOW.isoformat()},
    "link": "https://portal.example/deals/reg_1?a=1&b=2", "name": "Ana <b>Ruiz</b>", "address": "ana@example.com",
    "sender": "Partner portal <portal@prm.example>", "reader": Reader("es", "UTC"), "at": NOW,
}  # fmt: skip


def sent(**values: Any) -> Any:
    return message_from_bytes(bytes(compose(Letter(**LETTER | values))), policy=default)


def test_text_and_html_say_the_same():
    message = sent()
    plain, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    for part in (plain, html):
        assert "Su registro de acuerdo DR-1 está aprobado. Está protegido hasta el 1 mar 2026, 12:00." in part
    assert "https://portal.example/deals/reg_1?a=1&b=2" in plain
    assert message["Subject"] == "DR-1 está aprobado y protegido hasta el 1 mar 2026, 12:00"


def test_names_are_text_in_html_and_in_headers():
    message = sent()
    html = message.get_body(("html",)).get_content()
    assert "<b>Ruiz" not in html
    assert "&lt;b&gt;Ruiz" in html
    assert message["To"].addresses[0].addr_spec == "ana@example.com"


def test_a_repeat_can_be_told_by_its_message_id():
    assert sent()["Message-ID"] == sent(at=datetime(2026, 4, 1, tzinfo=UTC))["Message-ID"] == "<dlv_1@prm.example>"


def test_nobody_answers_it_automatically():
    assert sent()["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("name", ["Eve\r\nBcc: all@example.com", "Eve\nX: y", "Eve\x00"])
def test_a_name_cannot_add_a_header(name):
    message = sent(name=name)
    assert message["Bcc"] is None
    assert message["X"] is None
    assert [item.addr_spec for item in message["To"].addresses] == ["ana@example.com"]


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "@example.com", "a@b\r\nBcc: c@d", "a b@c.example", "a@b, c@d", "\N{SNOWMAN}@example.com"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(AddressInvalid):
        sent(address=address)


def test_an_invitation_says_what_it_is():
    message = sent(
        kind="person.invited", values={"until": NOW.isoformat()}, link="https://portal.example/invitations/abc", reader=Reader("en")
    )
    assert "Accept the invitation:\nhttps://portal.example/invitations/abc" in message.get_body(("plain",)).get_content().replace(
        "\r\n", "\n"
    )

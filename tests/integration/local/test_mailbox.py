"""The mail catcher: what is sent can be read, and nothing in a message runs."""

from __future__ import annotations

import json
import smtplib
import time
from email.message import EmailMessage
from urllib.request import urlopen

import pytest

from deploy.local import mail
from deploy.local.layout import Layout
from tests.stack import Stack


@pytest.fixture(scope="module")
def layout(stack: Stack) -> Layout:
    stack.ensure(mail.part(stack.layout))
    return stack.layout


def page(layout: Layout, name: str) -> str:
    with urlopen(f"{mail.page(layout)}/{name}", timeout=5) as response:
        assert "sandbox" in response.headers["Content-Security-Policy"]
        return str(response.read().decode())


def test_a_message_is_kept_listed_and_shown(layout: Layout) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "portal@prm.example", "ada@example.com", "Grüße <script>x</script>"
    message.set_content("Your deal is protected.")
    message.add_alternative("<p>Your deal is <b>protected</b>.</p><script>alert(1)</script>", subtype="html")
    with smtplib.SMTP("127.0.0.1", layout.port("smtp")) as client:
        client.send_message(message)
    (found,) = [one for one in json.loads(page(layout, "messages.json")) if one["to"] == "ada@example.com"]
    assert found["subject"] == "Grüße <script>x</script>"
    assert found["text"].strip() == "Your deal is protected."
    assert (layout.data / "mail" / found["file"]).read_bytes().startswith(b"X-Envelope-To: ada@example.com")
    for shown in (page(layout, ""), page(layout, found["file"])):
        assert "<script>" not in shown


@pytest.mark.parametrize("name", ["../keys/amqp", "..%2Fkeys%2Famqp", "nothing.eml"])
def test_nothing_else_can_be_read(layout: Layout, name: str) -> None:
    with pytest.raises(OSError, match="404"):
        page(layout, name)


def test_it_answers_at_once_however_much_it_holds(layout: Layout) -> None:
    """A stack whose mailbox was full did not start again: being ready was asked by listing all of it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "portal@prm.example", "many@example.com", "One of many"
    message.set_content("News.\n" * 200)
    for number in range(2000):
        (layout.data / "mail" / f"0-{number:04d}.eml").write_bytes(bytes(message))
    part = mail.part(layout)
    began = time.monotonic()
    assert part.ready()
    assert time.monotonic() - began < 1
    for kept in (layout.data / "mail").glob("0-*.eml"):
        kept.unlink()

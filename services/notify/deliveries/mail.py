"""An e-mail as bytes: plain text and simple HTML with the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chassis.errors import FailedPrecondition
from services.notify.kinds import INVITED
from services.notify.texts import FOLDER, Reader, language_of, say


class AddressInvalid(FailedPrecondition):
    """No mail server would take this address."""

    reason = "ADDRESS_INVALID"


@dataclass(frozen=True)
class Letter:
    """What an e-mail is made of. `id` is the delivery's: the Message-ID follows from it, so a repeat can be told."""

    id: str
    kind: str
    values: Mapping[str, str]
    link: str
    name: str
    address: str
    sender: str
    reader: Reader
    at: datetime


def compose(letter: Letter) -> EmailMessage:
    """Raises AddressInvalid."""
    message = EmailMessage(policy=SMTP)
    message["From"] = letter.sender
    message["To"] = _address(letter.name, letter.address)
    message["Subject"] = say(letter.reader, letter.kind, "text", letter.values)
    message["Date"] = letter.at
    message["Message-ID"] = f"<{letter.id}@{letter.sender.rpartition('@')[2].strip('<> ')}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    words = _words(letter)
    message.set_content(_templates().get_template("mail.txt").render(words))
    message.add_alternative(_templates().get_template("mail.html").render(words), subtype="html")
    message["Content-Language"] = language_of(letter.reader)
    return message


def _words(letter: Letter) -> dict[str, str]:
    invited = letter.kind == INVITED
    reader, values = letter.reader, {**letter.values, "name": letter.name}
    return {
        "language": language_of(reader),
        "heading": say(reader, letter.kind, "text", values),
        "greeting": say(reader, "mail", "greeting", values),
        "paragraph": say(reader, letter.kind, "mail", values),
        "button": say(reader, "mail", "accept" if invited else "button", values),
        "link": letter.link,
        "why": say(reader, "mail", "why_invited" if invited else "why", values),
    }


def _address(name: str, address: str) -> Address:
    try:
        return Address(" ".join(name.split()), addr_spec=address)
    except (ValueError, IndexError, MessageError) as error:  # the library's parser trips over some malformed ones
        raise AddressInvalid("This is no e-mail address") from error


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(Path(FOLDER))
    return Environment(loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined, keep_trailing_newline=True)

"""Hand one e-mail to a mail server. Whether trying again can help is what the two errors tell apart."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from chassis.errors import FailedPrecondition, Unavailable


class MailServerAway(Unavailable):
    """It could not be reached, or said that it will take the e-mail later (4xx)."""

    reason = "SMTP_UNAVAILABLE"


class MailRefused(FailedPrecondition):
    """It will not take this e-mail (5xx)."""

    reason = "SMTP_REFUSED"


def send(url: str, message: EmailMessage, seconds: float) -> None:
    """`url` is smtp://, smtps:// or smtp+starttls:// with host:port and, where the server asks, user:password, both
    percent-encoded. `seconds` bounds each step. Raises MailServerAway, MailRefused.
    """
    try:
        with _session(urlsplit(url), seconds) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(min(code for code, _ in error.recipients.values())) from error
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerAway(f"The mail server is away: {type(error).__name__}") from error


@contextmanager
def _session(url: SplitResult, seconds: float) -> Iterator[smtplib.SMTP]:
    host, port = url.hostname or "127.0.0.1", url.port
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=seconds, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port or 25, timeout=seconds)
    with server:
        if url.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


def _by_code(code: int) -> Exception:
    if 400 <= code < 500 or code < 0:
        return MailServerAway(f"The mail server said {code}: later")
    return MailRefused(f"The mail server said {code}")

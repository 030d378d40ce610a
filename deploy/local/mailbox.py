"""The mail catcher: takes every message over SMTP, keeps it as a file, shows it on a read-only page.

`python -m deploy.local.mailbox FOLDER SMTP_PORT PAGE_PORT`, all on loopback.
"""

from __future__ import annotations

import itertools
import json
import signal
import sys
import threading
import time
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cache, partial
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

STYLE = "body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td,th{text-align:left;padding:.2rem 1rem .2rem 0}"
PAGE = "<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{style}</style><h1>{title}</h1>{body}"
HEADERS = {
    "Content-Security-Policy": "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Catcher:
    """aiosmtpd's handler: one `.eml` per message, named so that they sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = itertools.count()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        name = f"{time.time_ns():020d}-{next(self._count)}"
        head = "".join(f"X-Envelope-To: {address}\r\n" for address in envelope.rcpt_tos).encode()
        fresh = self.folder / f".{name}"
        fresh.write_bytes(head + envelope.original_content)
        fresh.rename(self.folder / f"{name}.eml")
        return "250 Kept"


class Mailbox(BaseHTTPRequestHandler):
    """`/` lists, `/NAME.eml` shows one, `/messages.json` is for programs; `/healthz` says that it answers, whatever it holds."""

    def __init__(self, folder: Path, *args: Any) -> None:
        self.folder = folder
        super().__init__(*args)

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/")
        if name == "healthz":
            self._answer("text/plain", "ok")
            return
        known = {path.name: path for path in sorted(self.folder.glob("*.eml"), reverse=True)}
        if name == "":
            self._answer("text/html", _list(known))
        elif name == "messages.json":
            self._answer("application/json", json.dumps([_summary(path) for path in known.values()]))
        elif name in known:
            self._answer("text/html", _one(_read(known[name])))
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are nobody's business."""

    def _answer(self, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        for header, value in {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)), **HEADERS}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)


def _read(path: Path) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)
    return message


@cache
def _summary(path: Path) -> dict[str, str]:
    """A message never changes, and a year of the demo is 700 of them: reading all for each list took seconds."""
    message = _read(path)
    text = _body(message, "plain")
    return {"file": path.name, **{name.lower(): str(message[name] or "") for name in ("To", "From", "Subject", "Date")}, "text": text}


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _list(known: dict[str, Path]) -> str:
    rows = [
        f'<tr><td>{escape(one["date"])}<td>{escape(one["to"])}<td><a href="/{name}">{escape(one["subject"] or "(no subject)")}</a>'
        for name, one in ((name, _summary(path)) for name, path in known.items())
    ]
    table = f"<table><tr><th>Date<th>To<th>Subject{''.join(rows)}</table>" if rows else "<p>No message yet."
    return PAGE.format(title="Mail caught here", style=STYLE, body=table)


def _one(message: EmailMessage) -> str:
    heads = "".join(f"<tr><th>{name}<td>{escape(str(message[name] or ''))}" for name in ("From", "To", "Date"))
    text = f"<pre style='white-space:pre-wrap'>{escape(_body(message, 'plain'))}</pre>"
    html = _body(message, "html")
    frame = f'<h2>As HTML</h2><iframe sandbox style="width:100%;height:40rem" srcdoc="{escape(html)}"></iframe>' if html else ""
    back = '<p><a href="/">All messages</a>'
    return PAGE.format(title=escape(str(message["Subject"] or "")), style=STYLE, body=f"<table>{heads}</table>{text}{frame}{back}")


def main(folder: Path, smtp_port: int, page_port: int) -> None:
    """Serve until SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    smtp = Controller(Catcher(folder), hostname="127.0.0.1", port=smtp_port)
    smtp.start()
    page = ThreadingHTTPServer(("127.0.0.1", page_port), partial(Mailbox, folder))
    threading.Thread(target=page.serve_forever, daemon=True).start()
    stopping.wait()
    page.shutdown()
    page.server_close()
    smtp.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

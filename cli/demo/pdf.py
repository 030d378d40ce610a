"""The smallest PDF that a reader opens: one page of text in a font that every reader has. ISO 32000-1, 7.5."""

from __future__ import annotations

from collections.abc import Sequence

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>"
TITLE_SIZE, TEXT_SIZE, LEADING = 20, 11, 17


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """A page in A4 with a title and lines under it. What Windows-1252 lacks becomes a question mark."""
    text = _text(title, lines)
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        PAGE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        _font(b"Helvetica"),
        _font(b"Helvetica-Bold"),
    ]
    return _file(bodies)


def _font(name: bytes) -> bytes:
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name


def _text(title: str, lines: Sequence[str]) -> bytes:
    shown = [b"(%s) Tj T*" % _escaped(line) for line in lines]
    head = b"BT /F2 %d Tf 72 760 Td (%s) Tj" % (TITLE_SIZE, _escaped(title))
    return b"\n".join([head, b"/F1 %d Tf %d TL 0 -34 Td" % (TEXT_SIZE, LEADING), *shown, b"ET"])


def _escaped(text: str) -> bytes:
    plain = text.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(bodies: Sequence[bytes]) -> bytes:
    """Objects, then the table of where each begins."""
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(bodies) + 1, table)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(made)

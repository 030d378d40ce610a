"""Path templates of google.api.http, as far as the contracts use them: `/v1/things/{thing.id}:verb`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chassis.settings import SERVICES

_TEMPLATE = re.compile(r"(?:/(?:[A-Za-z0-9_.-]+|\{[a-z0-9_.]+\}))+(?::[A-Za-z]+)?")
_PART = re.compile(r"/\{([a-z0-9_.]+)\}|/([A-Za-z0-9_.-]+)|(:[A-Za-z]+)")
SERVICE_FIELD = "service"


@dataclass(frozen=True)
class Template:
    """A compiled template. `fields` are the dotted fields it fills, `rank` sorts the more literal before the less."""

    text: str
    pattern: re.Pattern[str]
    fields: tuple[str, ...]
    rank: tuple[int, ...]

    def match(self, raw_path: str) -> dict[str, str] | None:
        """Field → still percent-encoded value for a raw path; None when it is not this template's."""
        found = self.pattern.fullmatch(raw_path)
        return None if found is None else dict(zip(self.fields, found.groups(), strict=True))


def compile_template(text: str) -> Template:
    """Compile a template. Raises ValueError for a form that is not served, at start rather than at the first request."""
    if not _TEMPLATE.fullmatch(text):
        raise ValueError(f"path template not served: {text}")
    pattern, fields, rank = "", [], []
    for field, literal, verb in _PART.findall(text):
        if field:
            fields.append(field)
            rank.append(1)
            # Six names only, so that /v1/registrations/events stays the registration called "events".
            pattern += f"/({'|'.join(SERVICES)})" if field == SERVICE_FIELD else "/([^/:]+)"
        elif literal:
            rank.append(0)
            pattern += "/" + re.escape(literal)
        else:
            pattern += re.escape(verb)
    return Template(text, re.compile(pattern), tuple(fields), tuple(rank))

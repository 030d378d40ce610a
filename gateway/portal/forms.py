"""A form as the templates draw it: fields with their values and what is wrong with them, and the guards of a submission."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `error` says what to change and gives a good example; empty when nothing is wrong."""

    name: str
    label: str
    value: str = ""
    error: str = ""
    options: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    prefix: str = "f"

    @property
    def id(self) -> str:
        return f"{self.prefix}-{self.name.replace('_', '-').replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name. `request_id` makes a repeated submission harmless, `etag` a stale one visible."""

    fields: Mapping[str, Field]
    etag: str = ""
    request_id: str = field(default_factory=lambda: new_request_id())

    def __getattr__(self, name: str) -> Field:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def wrong(self) -> list[Field]:
        return [one for one in self.fields.values() if one.error]

    def all(self) -> list[Field]:
        return list(self.fields.values())

    def filled(
        self,
        values: Mapping[str, str],
        lists: Mapping[str, Iterable[str]] | None = None,
    ) -> Form:
        """The same form with what was typed."""
        many = lists or {}
        fields = {
            name: replace(
                one,
                value=values.get(name, one.value),
                values=tuple(many.get(name, one.values)),
            )
            for name, one in self.fields.items()
        }
        return replace(self, fields=fields)

    def with_errors(self, errors: Mapping[str, str]) -> Form:
        """The same form with errors at their fields. An error of no field of ours is for the caller to show."""
        return replace(
            self,
            fields={name: replace(one, error=errors.get(name, "")) for name, one in self.fields.items()},
        )


def form(*fields: Field, etag: str = "") -> Form:
    """A new form with a request id of its own."""
    return Form({one.name: one for one in fields}, etag=etag)


def new_request_id() -> str:
    """An id for one attempt to change something."""
    return f"portal-{secrets.token_urlsafe(12)}"

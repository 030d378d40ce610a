"""What surrounds every page: who is here, her menu, what needs her. The menu comes from rights, never from a role's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from gateway.portal import formats
from gateway.portal.models import Theme, Toast
from gateway.portal.words import _


@dataclass(frozen=True, slots=True)
class Me:
    """The person who is signed in. `can` holds `resource.action` of what she may do somewhere."""

    id: str
    name: str
    organization_id: str
    organization: str
    kind: Literal["partner", "vendor"]
    can: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    email: str = ""
    role: str = ""

    @property
    def at_vendor(self) -> bool:
        return self.kind == "vendor"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a menu. `count` is only for what needs the person."""

    key: str
    path: str
    icon: str
    name: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything the layout draws. `here` is the key of the menu entry this page belongs to."""

    me: Me
    vendor: str
    csrf: str
    path: str
    here: str = ""
    theme: Theme = "system"
    shortcuts: bool = True
    unread: int = 0
    needs: int = 0
    live: bool = True
    session_end: int = 0
    toasts: Sequence[Toast] = ()
    shown: frozenset[str] = field(default_factory=lambda: frozenset(PAGES))

    @property
    def start(self) -> str:
        """The first page of the menu: the desk of those who see deals, else what they may do."""
        return self.menu[0].path if self.menu else "/account"

    @property
    def searches(self) -> bool:
        """Whether there are deals for her to search."""
        return "registration.read" in self.me.can

    @property
    def menu(self) -> list[Item]:
        count = formats.capped(self.needs) if self.needs else ""
        if not self.me.at_vendor:
            return [Item("home", "/", "home", _("Home"), count), *self._allowed(_work(self.me))]
        return self._allowed([Item("desk", "/desk", "desk", _("Desk"), count), *_work(self.me)])

    @property
    def own(self) -> list[Item]:
        return self._allowed(_programme() if self.me.at_vendor else _company())

    @property
    def last(self) -> list[Item]:
        unread = formats.capped(self.unread) if self.unread else ""
        return [
            Item("notifications", "/notifications", "bell", _("Notifications"), unread),
            Item("help", "/help", "help", _("Help")),
        ]

    @property
    def own_title(self) -> str:
        return _("Programme") if self.me.at_vendor else self.me.organization

    @property
    def tabs(self) -> list[Item]:
        """Five places under a thumb; the last leads to everything else."""
        register = (
            [Item("register", "/deals/new", "plus", _("Register"))]
            if "registration.create" in self.me.can and not self.me.at_vendor
            else []
        )
        return [
            *self.menu[: 4 - len(register)][:2],
            *register,
            *self.menu[2 : 4 - len(register)],
            Item("more", "/more", "dots", _("More")),
        ]

    def _allowed(self, items: list[Item]) -> list[Item]:
        return [item for item in items if item.key in self.shown and self.me.can & PAGES[item.key]]


# A page stands in the menu of everybody who may do one of these things somewhere.
PAGES: dict[str, frozenset[str]] = {
    "desk": frozenset({"registration.read"}),
    "deals": frozenset({"registration.read"}),
    "funds": frozenset({"budget.read"}),
    "partners": frozenset({"organization.read"}),
    "training": frozenset({"course.read"}),
    "content": frozenset({"document.read"}),
    "team": frozenset({"person.invite", "person.set_roles", "person.read"}),
    "audit": frozenset({"audit_record.read"}),
}


def _work(me: Me) -> list[Item]:
    partners = Item("partners", "/partners", "building", _("Partners") if me.at_vendor else _("Resellers"))
    return [
        Item("deals", "/deals", "briefcase", _("Deals")),
        *([partners] if me.at_vendor or "distributor" in me.types else []),
        Item("funds", "/funds", "coins", _("Funds")),
        Item("training", "/training", "school", _("Training")),
        Item("content", "/content", "book", _("Content")),
    ]


def _company() -> list[Item]:
    return [Item("team", "/team", "users", _("Team and access"))]


def _programme() -> list[Item]:
    return [
        Item("team", "/team", "key", _("Access")),
        Item("audit", "/audit", "history", _("Audit log")),
    ]

"""Evidence for and against two companies being one customer, and the class it amounts to (domain.md 3, rule 3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from services.deals.matching.names import Likeness, likeness
from services.deals.matching.places import same_town
from services.deals.matching.profile import Profile
from services.deals.matching.tax_ids import Verdict


class Class(IntEnum):
    """How strong a match is."""

    NONE = 1
    POSSIBLE = 2
    PROBABLE = 3
    HARD = 4


@dataclass(frozen=True)
class Limits:
    """From which likeness of names, in percent, a match is probable or possible."""

    probable: int = 90
    possible: int = 75


@dataclass(frozen=True)
class Evidence:
    """One field compared. `verdict` is for, against or unknown; `reason` is a permanent code."""

    field: str
    verdict: str
    reason: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Comparison:
    """The class after all evidence, the likeness of the names in percent, and the evidence field by field."""

    conflict: Class
    score: int
    evidence: tuple[Evidence, ...]


FOR, AGAINST, UNKNOWN = "for", "against", "unknown"


def compare(ours: Profile, theirs: Profile, limits: Limits) -> Comparison:
    """Two companies."""
    names = likeness(ours.forms, theirs.forms)
    evidence = (
        _name(ours, theirs, names, limits),
        _domain(ours, theirs),
        _tax_id(ours, theirs),
        _country(ours, theirs),
        _town(ours, theirs),
        _products(ours, theirs),
        _contact(ours, theirs),
    )
    said = {item.field: item.verdict for item in evidence}
    conflict = _weigh(names, said, limits)
    return Comparison(conflict, round(names.score * 100), evidence)


def _weigh(names: Likeness, said: dict[str, str], limits: Limits) -> Class:
    """What speaks for it sets the class, what speaks against lowers it; what both share keeps it from vanishing."""
    base = _base(names, said, limits)
    kept = Class.POSSIBLE if FOR in (said["tax_id"], said["domain"]) else Class.NONE
    found = max(base - _lowering(names, said, base), kept)
    return Class(max(Class.NONE, min(found, _cap(names, said))))


def _base(names: Likeness, said: dict[str, str], limits: Limits) -> Class:
    percent = names.score * 100
    if said["tax_id"] == FOR or (said["domain"] == FOR and names.agreeing):
        return Class.HARD
    if percent >= limits.probable and said["country"] == FOR:
        return Class.PROBABLE
    if names.agreeing and said["contact"] == FOR:
        return Class.PROBABLE
    if percent >= limits.possible and said["domain"] == FOR and said["town"] != AGAINST and not names.extra:
        return Class.PROBABLE
    return Class.POSSIBLE if percent >= limits.possible or said["domain"] == FOR else Class.NONE


def _lowering(names: Likeness, said: dict[str, str], base: Class) -> int:
    """By how many classes the evidence against lowers it."""
    elsewhere = said["town"] == AGAINST or names.places_differ
    other_site = said["domain"] == AGAINST and said["town"] != FOR
    # another word for the trade may be a translation; a name of its own is worth a note all the same
    translated = names.reason == "DIFFERENT_TRADE" and not names.ordinary and base is Class.POSSIBLE
    return sum(
        (
            said["tax_id"] == AGAINST,
            names.against and not translated,
            names.places_differ or (names.ordinary and elsewhere),
            names.generic and elsewhere,
            names.ordinary and other_site,
        )
    )


def _cap(names: Likeness, said: dict[str, str]) -> Class:
    """The most it can be. A shared domain alone does not make sister companies, branches and franchises one customer."""
    if said["products"] == AGAINST:
        return Class.POSSIBLE
    if said["tax_id"] == FOR:
        return Class.HARD
    if said["tax_id"] == AGAINST or said["country"] == AGAINST or names.places_differ:
        return Class.POSSIBLE
    return Class.PROBABLE if said["town"] == AGAINST else Class.HARD


def _name(ours: Profile, theirs: Profile, names: Likeness, limits: Limits) -> Evidence:
    if names.reason == "DIFFERENT_SCRIPT":
        verdict = UNKNOWN
    else:
        verdict = FOR if names.score * 100 >= limits.possible and not names.against else AGAINST
    return Evidence("name", verdict, names.reason, ours.party.name, theirs.party.name)


def _domain(ours: Profile, theirs: Profile) -> Evidence:
    typed = (ours.party.domain, theirs.party.domain)
    if ours.domain and theirs.domain:
        same = ours.domain == theirs.domain
        return Evidence("domain", FOR if same else AGAINST, "SAME_DOMAIN" if same else "DIFFERENT_DOMAIN", *typed)
    shared = (ours.party.domain and not ours.domain) or (theirs.party.domain and not theirs.domain)
    return Evidence("domain", UNKNOWN, "SHARED_DOMAIN" if shared else "NOT_GIVEN", *typed)


def _tax_id(ours: Profile, theirs: Profile) -> Evidence:
    typed = (ours.party.tax_id, theirs.party.tax_id)
    one, other = ours.tax_id, theirs.tax_id
    if one is None or other is None:
        return Evidence("tax_id", UNKNOWN, _why_no_number(ours.tax_verdict, theirs.tax_verdict), *typed)
    if one.scheme != other.scheme:
        return Evidence("tax_id", UNKNOWN, "NOT_COMPARABLE", *typed)
    if one.number != other.number:
        return Evidence("tax_id", AGAINST, "DIFFERENT_TAX_ID", *typed)
    return Evidence("tax_id", FOR, "SAME_TAX_ID" if one.branch == other.branch else "SAME_TAX_ID_OTHER_BRANCH", *typed)


def _why_no_number(*verdicts: Verdict) -> str:
    if Verdict.PLACEHOLDER in verdicts or Verdict.SAMPLE in verdicts:
        return "PLACEHOLDER_TAX_ID"
    if Verdict.WRONG_FORMAT in verdicts or Verdict.WRONG_CHECKSUM in verdicts:
        return "INVALID_TAX_ID"
    return "NOT_COMPARABLE" if Verdict.UNCHECKED in verdicts and Verdict.EMPTY not in verdicts else "NOT_GIVEN"


def _country(ours: Profile, theirs: Profile) -> Evidence:
    one, other = ours.party.country, theirs.party.country
    if not one or not other:
        return Evidence("country", UNKNOWN, "NOT_GIVEN", one, other)
    return Evidence("country", FOR if one == other else AGAINST, "SAME_COUNTRY" if one == other else "DIFFERENT_COUNTRY", one, other)


def _town(ours: Profile, theirs: Profile) -> Evidence:
    typed, same = (ours.party.town, theirs.party.town), same_town(ours.town, theirs.town)
    if same is None:
        return Evidence("town", UNKNOWN, "NOT_GIVEN", *typed)
    return Evidence("town", FOR if same else AGAINST, "SAME_TOWN" if same else "DIFFERENT_TOWN", *typed)


def _products(ours: Profile, theirs: Profile) -> Evidence:
    one, other = ours.party.families, theirs.party.families
    typed = (", ".join(sorted(one)), ", ".join(sorted(other)))
    if one and other and not one & other:
        return Evidence("products", AGAINST, "NO_COMMON_PRODUCT", *typed)
    return Evidence("products", FOR, "COMMON_PRODUCT" if one and other else "ALL_PRODUCTS", *typed)


def _contact(ours: Profile, theirs: Profile) -> Evidence:
    """The contact's domain beside the other's; of an e-mail address only the domain is shown."""
    one, other = ours.contact_domain, theirs.contact_domain
    crossed = (one and one in (other, theirs.domain)) or (other and other == ours.domain)
    if crossed:
        return Evidence("contact", FOR, "SAME_CONTACT_DOMAIN", one or ours.domain, other or theirs.domain)
    if one and other:
        return Evidence("contact", AGAINST, "DIFFERENT_CONTACT_DOMAIN", one, other)
    return Evidence("contact", UNKNOWN, "NOT_GIVEN", one, other)

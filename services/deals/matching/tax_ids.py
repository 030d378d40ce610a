"""Tax numbers: which scheme one belongs to, and whether it is one at all. Checked by python-stdnum, nothing is looked up."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from services.deals.matching.lists import entries

# Per country the library's modules, and under which scheme each counts: numbers of one scheme can be compared.
SCHEMES: dict[str, tuple[tuple[str, str], ...]] = {
    "AR": (("cuit", "cuit"),),
    "AT": (("uid", "uid"),),
    "AU": (("abn", "abn"), ("acn", "acn")),
    "BE": (("vat", "vat"),),
    "BG": (("vat", "vat"),),
    "BR": (("cnpj", "cnpj"), ("cpf", "cpf")),
    "CA": (("bn", "bn"),),
    "CH": (("vat", "uid"), ("uid", "uid")),
    "CL": (("rut", "rut"),),
    "CN": (("uscc", "uscc"),),
    "CO": (("nit", "nit"),),
    "CY": (("vat", "vat"),),
    "CZ": (("dic", "dic"),),
    "DE": (("vat", "vat"), ("stnr", "stnr")),
    "DK": (("cvr", "cvr"),),
    "EE": (("kmkr", "kmkr"), ("registrikood", "registrikood")),
    "ES": (("nif", "nif"),),
    "FI": (("alv", "ytunnus"), ("ytunnus", "ytunnus")),
    "FR": (("tva", "siren"), ("siret", "siren"), ("siren", "siren")),
    "GB": (("vat", "vat"), ("utr", "utr")),
    "GR": (("vat", "vat"),),
    "HR": (("oib", "oib"),),
    "HU": (("anum", "anum"),),
    "IE": (("vat", "vat"),),
    "IL": (("hp", "hp"),),
    "IN": (("gstin", "gstin"), ("pan", "pan")),
    "IT": (("iva", "iva"), ("codicefiscale", "codicefiscale")),
    "JP": (("cn", "cn"),),
    "KR": (("brn", "brn"),),
    "LT": (("pvm", "pvm"),),
    "LU": (("tva", "tva"),),
    "LV": (("pvn", "pvn"),),
    "MT": (("vat", "vat"),),
    "MX": (("rfc", "rfc"),),
    "NL": (("btw", "btw"),),
    "NO": (("mva", "orgnr"), ("orgnr", "orgnr")),
    "PL": (("nip", "nip"), ("regon", "regon")),
    "PT": (("nif", "nif"),),
    "RO": (("cf", "cf"),),
    "RU": (("inn", "inn"),),
    "SE": (("vat", "orgnr"), ("orgnr", "orgnr")),
    "SG": (("uen", "uen"),),
    "SI": (("ddv", "ddv"),),
    "SK": (("dph", "dph"),),
    "TR": (("vkn", "vkn"),),
    "TW": (("ubn", "ubn"),),
    "UA": (("edrpou", "edrpou"),),
    "US": (("ein", "ein"),),
    "ZA": (("tin", "tin"),),
}
EXAMPLES = {
    "AT": "ATU13585627", "BR": "16.727.230/0001-97", "CH": "CHE-100.155.212", "CN": "91110000600037341L", "DE": "DE136695976",
    "ES": "B58378431", "FR": "FR40303265045", "GB": "GB980780684", "IT": "IT00743110157", "NL": "NL004495445B01",
    "NO": "988077917", "PL": "PL8567346215", "PT": "PT501964843", "US": "91-1144442",
}  # fmt: skip
PREFIX = re.compile(r"(?:CHE|ATU|[A-Z]{2})(?=[0-9A-Z]*[0-9])")
PREFIXES = {"EL": "GR", "XI": "GB", "CHE": "CH", "ATU": "AT"}
UNPREFIXED = ("CN", "IN", "MX", "SG")  # their own numbers begin with letters that mean something else
RUN = "12345678901234567890123"


class Verdict(Enum):
    """What a tax number turned out to be. Only a valid one is compared."""

    EMPTY = "empty"
    VALID = "valid"
    PLACEHOLDER = "placeholder"
    SAMPLE = "sample"
    WRONG_FORMAT = "wrong_format"
    WRONG_CHECKSUM = "wrong_checksum"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class TaxId:
    """A number under its scheme, such as FR.siren 303265045. `branch` tells places of one company apart where the scheme does."""

    scheme: str
    number: str
    branch: str = ""

    @property
    def key(self) -> str:
        """The same for all places of one company."""
        return f"{self.scheme}:{self.number}"


@lru_cache(maxsize=10_000)
def read(text: str, country: str) -> tuple[Verdict, TaxId | None]:
    """What the number is, in the scheme that its own prefix or the country says."""
    compact = re.sub(r"[^0-9A-Z]", "", text.upper())
    if not compact and not text.strip():
        return Verdict.EMPTY, None
    digits = "".join(character for character in compact if character.isdigit())
    if compact.lower() in entries("no_numbers") or len(set(digits)) < 2:
        return Verdict.PLACEHOLDER, None
    if _is_sample(digits):
        return Verdict.SAMPLE, None
    home = _home(compact, country)
    if home not in SCHEMES:
        return Verdict.UNCHECKED, None
    worst = Verdict.WRONG_FORMAT
    for module, scheme in SCHEMES[home]:
        verdict, number = _validate(home, module, text.strip(), compact)
        if verdict is Verdict.VALID:
            return verdict, _tax_id(home, module, scheme, number)
        worst = verdict if verdict is Verdict.WRONG_CHECKSUM else worst
    return worst, None


def example(country: str) -> str:
    """A well-formed number of this country to show, or empty."""
    return EXAMPLES.get(country, "")


def _is_sample(digits: str) -> bool:
    """0000000001, 123456788: written to fill the field; the last digit may have been made to fit."""
    body = digits[:-1]
    return len(body) > 3 and (len(set(body)) == 1 or RUN.startswith(body))


def _home(compact: str, country: str) -> str:
    """A prefix that names another country counts more than the country of the address."""
    prefix = PREFIX.match(compact)
    if prefix is None or country in UNPREFIXED:
        return country
    said = PREFIXES.get(prefix[0], prefix[0])
    return said if said in SCHEMES else country


def _validate(country: str, module: str, text: str, compact: str) -> tuple[Verdict, str]:
    checker = _module(country, module)
    worst = Verdict.WRONG_FORMAT
    for candidate in dict.fromkeys((text, compact, compact.removeprefix(country))):
        try:
            return Verdict.VALID, str(checker.validate(candidate))
        except (InvalidChecksum, InvalidComponent):
            worst = Verdict.WRONG_CHECKSUM
        except ValidationError:
            continue
    return worst, ""


@lru_cache(maxsize=200)
def _module(country: str, name: str) -> Any:
    folder = {"DO": "do_", "IN": "in_", "IS": "is_", "DE": "de", "BE": "be"}.get(country, country.lower())
    return importlib.import_module(f"stdnum.{folder}.{name}")


def _tax_id(country: str, module: str, scheme: str, number: str) -> TaxId:
    compact = re.sub(r"[^0-9A-Z]", "", number.upper())
    branch = ""
    if module == "tva" and country == "FR":
        compact = compact[-9:]
    elif module == "siret":
        compact, branch = compact[:9], compact[9:]
    elif module == "cnpj":
        compact, branch = compact[:8], compact[8:12]
    elif scheme in ("orgnr", "uid", "ytunnus"):
        compact = re.sub(r"(?<=[0-9])(MVA|MWST|TVA|IVA|TPV)$", "", compact)
        compact = compact[:-2] if country == "SE" and len(compact) == 12 else compact
    return TaxId(f"{country}.{scheme}", compact, branch)

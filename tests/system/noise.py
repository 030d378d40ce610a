"""Requests that are nearly right: the examples of the OpenAPI document with a value exchanged for an odd one."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from gateway.transcoding.openapi.document import document

ODD: tuple[Any, ...] = (
    "", " ", "x" * 500, "ä" * 300, "\u202e", "'; DROP TABLE x;--", "%", "_", "\\", '"', "😀" * 50, "NaN", "-1", "1e400", "../..", "\x01",
    None, [], {}, True, 0, -1, 2**31, 2**63, 2**64, 1.5, -1e308, ["a"] * 300, [""], {"a": {"b": 1}}, "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z", {"year": 2026, "month": 13, "day": 40}, {"year": 0, "month": 0, "day": 0}, {"year": 99999},
    {"currency_code": "XXX", "units": "9223372036854775807", "nanos": 999999999}, {"currency_code": "EUR", "units": "-5", "nanos": 5},
    "status = APPROVED AND", 'status = "x"', "create_time desc, id", 'create_time > "yesterday"', "time > 2026", "per_0", "Europe/Nowhere",
    "xx-YY", "registration/reg_1",
)  # fmt: skip
# These would take rights or time from everybody else who shares the world; they get ids that do not exist.
HARMFUL = ("People.", "Roles.", "Organizations.", "Programme.", "ServiceAccounts.", "Groups.", "Grants.", "Sessions.")


@dataclass(frozen=True)
class Request:
    """One HTTP request. `name` is the operation it is meant for."""

    name: str
    verb: str
    path: str
    body: bytes | None


class Noise:
    """Requests from a seed. `ids` are of objects that may be harmed."""

    def __init__(self, seed: int, ids: list[str]) -> None:
        self._random, self._ids = random.Random(seed), ids

    def requests(self, rounds: int) -> Iterator[Request]:
        """So many for each operation of the API that does not stream, harmful ones only where they hit nothing."""
        for path, operations in document("http://noise")["paths"].items():
            for verb, operation in operations.items():
                if "x-grpc" in operation and not operation["operationId"].endswith("WatchEvents"):
                    for _ in range(rounds):
                        yield self._request(path, verb, operation)

    def _request(self, path: str, verb: str, operation: dict[str, Any]) -> Request:
        name = operation["operationId"]
        harmful = any(part in name for part in HARMFUL) and verb != "get"
        parameters = [item for item in operation["parameters"] if "in" in item]
        for item in (item for item in parameters if item["in"] == "path"):
            path = path.replace(f"{{{item['name']}}}", quote(self._path_value(item, harmful), safe=""))
        query = [self._pair(item["name"]) for item in parameters if item["in"] == "query" and self._random.random() < 0.4]
        return Request(name, verb.upper(), path + ("?" + "&".join(query) if query else ""), self._body(operation, harmful))

    def _path_value(self, parameter: dict[str, Any], harmful: bool) -> str:
        if "enum" in parameter["schema"]:
            return str(self._random.choice(parameter["schema"]["enum"]))
        return str(self._random.choice(["x_1", "ä", "%", "a b", *([] if harmful else self._ids * 3)]))

    def _pair(self, name: str) -> str:
        value = self._random.choice([*(item for item in ODD if isinstance(item, str | int | float)), *self._ids])
        return f"{quote(name)}={quote(str(value), safe='')}"

    def _body(self, operation: dict[str, Any], harmful: bool) -> bytes | None:
        if "requestBody" not in operation:
            return None
        value = self._known(copy.deepcopy(operation["requestBody"]["content"]["application/json"]["example"]), harmful)
        for _ in range(self._random.choice([1, 1, 2]) if harmful else self._random.choice([0, 1, 1, 2])):
            self._exchange(value)
        return json.dumps(value).encode()

    def _known(self, value: Any, harmful: bool) -> Any:
        """The same with ids that exist in place of the example's."""
        if isinstance(value, dict):
            return {name: self._known(item, harmful) for name, item in value.items()}
        if isinstance(value, list):
            return [self._known(item, harmful) for item in value]
        return self._random.choice(self._ids) if isinstance(value, str) and "_01JZ5T" in value and not harmful else value

    def _exchange(self, value: Any) -> None:
        places = list(_places(value))
        if not places:
            return
        holder, key = self._random.choice(places)
        if self._random.random() < 0.15:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(self._random.choice(ODD))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)

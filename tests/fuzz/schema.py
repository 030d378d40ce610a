"""What schemathesis makes of the OpenAPI document: requests that fit it, and requests that do not."""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from requests import RequestException
from schemathesis import GenerationMode

from gateway.transcoding.openapi.document import document
from tests.fuzz.outcomes import Fault, Outcomes, Verdict
from tests.fuzz.people import VICTIM, Cast

KIND = "schemathesis"
SECONDS = 20.0
OF_RIGHTS = re.compile(r"/v1/(people|me|roles|groups|grants|organizations|sessions|serviceAccounts|invitations|tokens|programmeSettings)\b")


class Schema:
    """Every operation of the document that does not stream."""

    def __init__(self, cast: Cast, base_url: str, outcomes: Outcomes) -> None:
        self._cast, self._base, self._outcomes = cast, base_url, outcomes

    def send(self, requests: int, number: int) -> None:
        """About so many requests, from a seed, half of them wrong on purpose."""
        found: list[Any] = list(schemathesis.openapi.from_dict(self._document()).get_all_operations())
        operations = [item.ok() for item in found]
        for operation in (item for item in operations if not item.path.endswith(":watch")):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                self._operation(operation, mode, max(requests // (2 * len(operations)), 1), number)

    def _document(self) -> dict[str, Any]:
        """With plain names in paths: schemathesis fills them in with str.format, which takes `{budget.id}` for an attribute."""
        found = json.loads(json.dumps(document(self._base)))
        for path, operations in list(found["paths"].items()):
            dotted = re.findall(r"\{(\w+\.\w+)\}", path)
            for operation in operations.values() if dotted else ():
                for parameter in operation["parameters"]:
                    if parameter.get("in") == "path":
                        parameter["name"] = parameter["name"].replace(".", "_")
            found["paths"][re.sub(r"\{(\w+)\.(\w+)\}", r"{\1_\2}", path)] = found["paths"].pop(path)
        return dict(found)

    def _operation(self, operation: Any, mode: GenerationMode, examples: int, number: int) -> None:
        reading = operation.method == "get"
        who = "administrator" if reading else VICTIM if OF_RIGHTS.match(operation.path) else "programme"

        def one(case: Any) -> None:
            self._one(case, who)

        quiet = settings(
            max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
        )
        with suppress(Unsatisfiable):  # what takes no parameters cannot be asked wrongly
            seed(number)(quiet(given(case=operation.as_strategy(generation_mode=mode))(one)))()

    def _one(self, case: Any, who: str) -> None:
        began, target = time.monotonic(), f"{case.operation.method.upper()} {case.operation.path}"
        try:
            answer = case.call(base_url=self._base, headers=dict(self._cast.metadata(who)), timeout=SECONDS)
        except (RequestException, ValueError) as error:  # its own client refuses some headers and paths
            answered, code, said = isinstance(error, ValueError) or "header" in str(error).lower(), type(error).__name__, str(error)
        else:
            answered, code, said = answer.status_code < 500, str(answer.status_code), answer.text
        verdict = Verdict.FAULT if not answered else Verdict.DONE if code < "4" else Verdict.REFUSED
        fault = Fault(-1, KIND, target, f"{code} {said}"[:300], str(case.as_curl_command())[:500]) if verdict is Verdict.FAULT else None
        self._outcomes.add(KIND, verdict, code, time.monotonic() - began, fault)

"""The client of the policy engine: OpaClient with a pool per thread, a time limit per call and the data-filter call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from opa_client.opa import OpaClient
from requests.adapters import HTTPAdapter

from chassis.deadline import NO_TIME, seconds_left
from chassis.errors import DeadlineExceeded, Unavailable
from chassis.policy.residual import PolicyFault

UCAST = "application/vnd.opa.ucast.all+json"
SECONDS = 0.5  # an answer takes milliseconds; whoever waits longer waits for a dead engine


class PolicyUnavailable(Unavailable):
    """OPA did not answer. Refused, and never mixed up with a no."""

    reason = "POLICY_UNAVAILABLE"


@dataclass(frozen=True)
class Answer:
    """What OPA says about one row."""

    allowed: bool
    masks: Mapping[str, Any]
    revision: str


class PolicyClient(OpaClient):  # type: ignore[misc]  # the library has no types
    """Thread-safe. `url` is http(s)://host:port of the sidecar; `pool` is the number of threads that may ask at once."""

    def __init__(self, url: str, *, pool: int = 16, seconds: float = SECONDS) -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        self._pool = pool
        super().__init__(parts.hostname or "127.0.0.1", parts.port or (443 if secure else 8181), ssl=secure, retries=0, timeout=seconds)

    def _init_session(self) -> requests.Session:
        session: requests.Session = super()._init_session()
        session.trust_env = False  # else HTTP_PROXY takes the calls to the sidecar elsewhere
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self._pool)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session

    def update_policy_from_url(self, url: str, endpoint: str) -> bool:
        """Out of reach: it fetches any address, and policies come as a signed bundle only."""
        raise NotImplementedError

    def update_policy_from_string(self, new_policy: str, endpoint: str, rego_compat: bool = False) -> bool:
        """Out of reach as well."""
        raise NotImplementedError

    def decide(self, resource: str, question: Mapping[str, Any]) -> Answer:
        """The point check: whether `include` holds for the row in the question. Nothing but true is a yes."""
        answer = self._ask(f"data/prm/resource/{resource}?provenance=true", {"input": question})
        found = answer.get("result")
        if not isinstance(found, dict):
            raise _without_policies(resource)
        return Answer(found.get("include") is True, _masks(resource, found.get("masks")), _revision(answer))

    def masks(self, resource: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """The hidden fields. An answer without masks is no answer: an engine without its policies hides nothing."""
        return _masks(resource, self._ask(f"data/prm/resource/{resource}/masks", {"input": question}).get("result"))

    def residual(self, resource: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """The condition tree for rows not seen yet. Unknowns and mask rule are always sent: OPA recompiles otherwise."""
        body = {
            "input": question,
            "unknowns": [f"input.{resource}"],
            "options": {"maskRule": f"data.prm.resource.{resource}.masks"},
        }
        return self._ask(f"compile/prm/resource/{resource}/include", body, accept=UCAST)

    def revision(self) -> str:
        """The revision of the active bundle; empty where policies come from files. Raises PolicyUnavailable without any."""
        answer = self._ask("data/prm/release?provenance=true", {})
        if not isinstance(answer.get("result"), dict):
            raise _without_policies("release")
        return _revision(answer)

    def ready(self) -> bool:
        """Whether the engine has activated its bundle: before that it answers `{}` to everything."""
        try:
            healthy = self.check_health({"bundles": "true"})
            return bool(healthy) and self.revision() is not None
        except Unavailable:
            return False

    def _ask(self, path: str, body: Mapping[str, Any], accept: str = "application/json") -> dict[str, Any]:
        try:
            headers = {"Accept": accept, "Content-Type": "application/json"}
            response = self._session.post(
                f"{self.root_url}/{path}", data=json.dumps(body, default=str), headers=headers, timeout=seconds_left(self.timeout)
            )
            answer = response.json()
        except (requests.exceptions.RequestException, ValueError) as error:
            if seconds_left(self.timeout) <= NO_TIME:
                raise DeadlineExceeded("Your time ran out before the policy engine answered") from error
            raise PolicyUnavailable("The policy engine does not answer; repeat later") from error
        if response.status_code >= 500:
            raise PolicyUnavailable("The policy engine cannot answer; repeat later")
        if response.status_code != 200 or not isinstance(answer, dict):
            raise PolicyFault(f"The policy engine refused the question: {response.status_code}")
        return answer


def _masks(resource: str, found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or not isinstance(found.get(resource), dict):
        raise _without_policies(resource)
    return dict(found[resource])


def _revision(answer: Mapping[str, Any]) -> str:
    bundles = answer.get("provenance", {}).get("bundles", {})
    return ",".join(sorted(str(bundle.get("revision", "")) for bundle in bundles.values()))


def _without_policies(resource: str) -> PolicyUnavailable:
    """An engine that has just started answers `{}` to everything, which must not be taken for a no."""
    return PolicyUnavailable(f"The policy engine has no policy of {resource} yet; repeat later")

"""What holds for every RPC of the contracts, whoever adds it."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor
from prm import options_pb2
from prm.deals.v1 import registrations_pb2
from prm.identity.v1 import access_pb2

from chassis.rpc.access import method, without_secrets
from chassis.rpc.masking import apply_masks, shows_rows

PROTOS = Path(__file__).parents[3] / "protos"
SERVED_WITHOUT_REST = {"ExchangeSession", "WatchNotifications"}
PUBLIC = {"SignIn", "SignOut", "Issue", "GetKeys", "AcceptInvitation"}


def methods() -> Iterator[MethodDescriptor]:
    for path in sorted(PROTOS.rglob("*.proto")):
        module = import_module(".".join(path.relative_to(PROTOS).with_suffix("").parts) + "_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            yield from service.methods


ALL = list(methods())


def name_of(found: MethodDescriptor) -> str:
    return f"/{found.containing_service.full_name}/{found.name}"


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_every_rpc_says_who_may_call_it(found: MethodDescriptor) -> None:
    known = method(name_of(found))
    assert known is not None
    rule = known.access
    assert rule.public or rule.self or (rule.resource and rule.action)
    assert not (rule.public and found.name not in PUBLIC)


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_every_rpc_has_a_rest_route(found: MethodDescriptor) -> None:
    routed = found.GetOptions().HasExtension(annotations_pb2.http)
    assert routed != (found.name in SERVED_WITHOUT_REST)


@pytest.mark.parametrize("found", ALL, ids=name_of)
def test_every_mutation_can_be_repeated(found: MethodDescriptor) -> None:
    mutates = found.GetOptions().Extensions[options_pb2.access].mutation
    assert mutates == ("request_id" in found.input_type.fields_by_name)


def test_secrets_leave_no_trace() -> None:
    bare = without_secrets(access_pb2.SignInRequest(email="a@b.example", password="hunter22", request_id="12345678"))
    assert bare == access_pb2.SignInRequest(email="a@b.example", request_id="12345678")


def test_masks_reach_rows_inside_answers() -> None:
    answer = registrations_pb2.ListRegistrationsResponse(
        registrations=[registrations_pb2.Registration(id="reg_1", margin_percent=12.5, number="DR-1")]
    )
    apply_masks(answer, lambda resource: {"margin_percent": {}} if resource == "registration" else {})
    assert answer.registrations[0] == registrations_pb2.Registration(id="reg_1", number="DR-1", masked_fields=["margin_percent"])
    assert not shows_rows(access_pb2.SignInResponse.DESCRIPTOR)

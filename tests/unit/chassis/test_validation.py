import pytest
from prm.deals.v1 import registrations_pb2 as pb

from chassis.errors import InvalidArgument
from chassis.rpc.validation import validate


def test_every_wrong_field_is_named_by_its_path() -> None:
    wanted = pb.Registration(
        customer=pb.Customer(country="germany", contact_email="nobody"), product_families=["a", "a"], margin_percent=101
    )
    with pytest.raises(InvalidArgument) as refused:
        validate(pb.CreateRegistrationRequest(registration=wanted, request_id="short"))
    assert {item.field for item in refused.value.fields} == {
        "registration.customer.country",
        "registration.customer.contact_email",
        "registration.product_families",
        "registration.margin_percent",
        "request_id",
    }


def test_a_good_request_passes() -> None:
    wanted = pb.Registration(customer=pb.Customer(name="Fischwerk Cuxhaven GmbH", country="DE"))
    validate(pb.CreateRegistrationRequest(registration=wanted, request_id="12345678"))


def test_a_nul_is_found_wherever_it_hides() -> None:
    wanted = pb.Registration(customer=pb.Customer(name="Fisch\0werk"), product_families=["halo", "vi\0gil"], evidence_note="\0")
    with pytest.raises(InvalidArgument) as refused:
        validate(pb.CreateRegistrationRequest(registration=wanted, request_id="12345678"))
    assert [item.field for item in refused.value.fields] == [
        "registration.customer.name",
        "registration.product_families[1]",
        "registration.evidence_note",
    ]

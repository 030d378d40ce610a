"""The conflict check: what is found, what is said about it, and what stays hidden from other partners."""

from __future__ import annotations

import pytest
from google.type import money_pb2
from prm.deals.v1 import programme_pb2
from prm.deals.v1 import registrations_pb2 as pb

from services.deals.matching import keys
from services.deals.matching.profile import Party, profile_of
from tests.integration.deals.world import NAMES, Refused, World

R = pb.Registration
C = pb.ConflictReport


def checks(report: pb.ConflictReport) -> dict[str, str]:
    return {item.check: C.Result.Name(item.result) for item in report.checks}


def customer(**changes: str) -> dict[str, str]:
    stem = NAMES.take()
    return {"name": f"{stem} Molkerei GmbH", "domain": f"{stem.lower()}-molkerei.example", "country": "DE", "town": "Kempten"} | changes


def test_nothing_found(world: World) -> None:
    report = world.report(world.submitted().id)
    assert report.conflict == pb.CONFLICT_CLASS_NONE and not report.matches and report.HasField("check_time")
    assert checks(report) == {
        "direct_opportunity": "NOT_CONNECTED",
        "direct_outreach": "NOT_CONNECTED",
        "reserved_account": "CLEAR",
        "other_registration": "CLEAR",
        "minimum_size": "CLEAR",
    }


def test_a_second_partner_meets_the_first(world: World) -> None:
    same = customer()
    first = world.submitted("per_marta", customer=same)
    second = world.submitted("per_bastien", customer=same | {"name": same["name"].upper().replace("GMBH", "G.m.b.H.")})
    assert second.conflict == pb.CONFLICT_CLASS_HARD and second.conflict_score == 100

    seen = world.report(second.id, "per_tomas").matches[0]
    assert (seen.other_id, seen.other_number, seen.other_organization_id) == (first.id, first.number, "org_hafen")
    assert not seen.redacted and seen.other_submit_time == first.submit_time
    said = {item.field: (pb.Evidence.Verdict.Name(item.verdict), item.reason, item.theirs) for item in seen.evidence}
    assert said["domain"] == ("FOR", "SAME_DOMAIN", same["domain"])
    assert said["name"] == ("FOR", "SAME_NAME", same["name"])

    hidden = world.report(second.id, "per_bastien").matches[0]
    assert hidden.redacted and hidden.kind == "registration" and hidden.score == 100
    assert not (hidden.other_id or hidden.other_number or hidden.other_organization_id or hidden.HasField("other_submit_time"))
    assert not hidden.HasField("other_protected_until")
    assert all(not item.theirs for item in hidden.evidence) and any(item.ours for item in hidden.evidence)

    own = world.report(first.id, "per_marta")
    assert own.conflict == pb.CONFLICT_CLASS_NONE  # it was first; nothing was there when it was checked

    world.approve(first.id)
    with pytest.raises(Refused) as refused:
        world.approve(second.id)
    assert (refused.value.code, refused.value.reason) == ("FAILED_PRECONDITION", "REGISTRATION_CONFLICT")
    assert refused.value.metadata["number"] == first.number
    assert world.reject(second.id).status == R.REJECTED


def test_the_decider_sees_both_sides_also_of_a_partner_who_is_not_his(world: World) -> None:
    same = customer()
    first = world.submitted("per_noemi", customer=same)  # Ingrid's partner
    second = world.submitted("per_marta", customer=same)  # Tomás's
    seen = world.report(second.id, "per_tomas").matches[0]
    assert not seen.redacted and seen.other_number == first.number and seen.other_organization_id == "org_alpen"
    assert any(item.theirs for item in seen.evidence)
    assert not seen.other_id  # he may not open it
    with pytest.raises(Refused) as hidden:
        world.get(first.id, "per_tomas")
    assert hidden.value.code == "NOT_FOUND"


def test_other_products_of_the_same_customer_may_both_be_protected(world: World) -> None:
    same = customer()
    world.approve(world.submitted(customer=same, product_families=["halo_c5"]).id)
    second = world.submitted("per_bastien", customer=same, product_families=["vigil"])
    assert second.conflict == pb.CONFLICT_CLASS_POSSIBLE
    assert world.approve(second.id).status == R.APPROVED


@pytest.mark.parametrize("ending", ["reject", "withdraw", "expire"])
def test_what_is_over_stands_in_nobody_s_way(world: World, ending: str) -> None:
    same = customer()
    first = world.submitted(customer=same)
    if ending == "reject":
        world.reject(first.id)
    elif ending == "withdraw":
        world.withdraw(first.id)
    else:
        world.approve(first.id)
        world.pass_time(days=92)
        world.run_jobs()
    second = world.submitted("per_bastien", customer=same)
    assert second.conflict == pb.CONFLICT_CLASS_NONE
    assert world.approve(second.id).status == R.APPROVED


def test_a_shared_number_is_hard_under_any_name_s_spelling(world: World) -> None:
    one = customer(tax_id="DE298296572")
    world.submitted(customer=one)
    second = world.submitted("per_bastien", customer=one | {"tax_id": "298 296 572", "domain": "other-site.example"})
    assert second.conflict == pb.CONFLICT_CLASS_HARD


def test_placeholders_and_free_mail_match_nobody(world: World) -> None:
    world.submitted(customer=customer(tax_id="DE123456788", contact_email="a@gmx.de", town="Ulm"))
    second = world.submitted("per_bastien", customer=customer(tax_id="DE123456788", contact_email="b@gmx.de", town="Ulm"))
    assert second.conflict == pb.CONFLICT_CLASS_NONE


def test_names_written_differently_are_found(world: World) -> None:
    """No domain, no number: candidates come from the database by the name alone."""
    world.submitted(customer={"name": "Zwölfender Kältetechnik GmbH & Co. KG", "domain": "zk-one.example", "town": "Aalen"})
    for name in ("Zwoelfender Kaeltetechnik", "ZWÖLFENDER KÄLTETECHNIK G.m.b.H.", "Zwölfendr Kältetechnik"):
        found = world.preview("per_bastien", customer={"name": name, "domain": "", "town": "Aalen"})
        assert found.conflict >= pb.CONFLICT_CLASS_POSSIBLE, name


def test_a_preview_is_a_hint_and_hides_the_others(world: World) -> None:
    same = customer()
    first = world.submitted(customer=same)
    hint = world.preview("per_bastien", customer=same)
    assert hint.conflict == pb.CONFLICT_CLASS_HARD and not hint.registration_id
    assert hint.matches[0].redacted and not hint.matches[0].other_id
    assert first.number not in str(hint) and "org_hafen" not in str(hint)
    assert world.report(first.id).conflict == pb.CONFLICT_CLASS_NONE
    half = world.call(
        "per_bastien", world.registrations.PreviewConflicts,
        pb.PreviewConflictsRequest(registration=R(customer=pb.Customer(name=same["name"], country="DE"))),
    )  # fmt: skip
    assert half.conflict >= pb.CONFLICT_CLASS_POSSIBLE


def test_drafts_are_nobody_s_conflict(world: World) -> None:
    same = customer()
    world.create(customer=same)
    assert world.preview("per_bastien", customer=same).conflict == pb.CONFLICT_CLASS_NONE


def test_a_preview_of_one_s_own_leaves_itself_out(world: World) -> None:
    same = customer()
    own = world.submitted(customer=same)
    world.send_back(own.id, fields=("customer",))
    request = pb.PreviewConflictsRequest(registration=R(id=own.id, customer=pb.Customer(**same)))
    assert world.call("per_marta", world.registrations.PreviewConflicts, request).conflict == pb.CONFLICT_CLASS_NONE


def test_reserved_accounts(world: World) -> None:
    kept = customer()
    account = world.reserve(name=kept["name"], domain=kept["domain"], country="DE", note="Key account, served directly")
    made = world.submitted(customer=kept)
    report = world.report(made.id, "per_tomas")
    assert checks(report)["reserved_account"] == "FOUND" and checks(report)["other_registration"] == "CLEAR"
    assert report.matches[0].kind == "reserved_account" and report.matches[0].other_id == account.id
    assert world.report(made.id, "per_marta").matches[0].redacted
    request = programme_pb2.ReleaseReservedAccountRequest(id=account.id, etag=account.etag)
    assert world.call("per_deniz", world.programme.ReleaseReservedAccount, request).released
    assert world.preview(customer=kept | {"name": kept["name"] + " Nord"}).matches[0].kind == "registration"
    with pytest.raises(Refused) as again:
        world.call("per_deniz", world.programme.ReleaseReservedAccount, programme_pb2.ReleaseReservedAccountRequest(id=account.id))
    assert again.value.reason == "RESERVED_ACCOUNT_RELEASED"


def test_the_minimum_is_each_currency_s_own(world: World) -> None:
    small = world.submitted(value=money_pb2.Money(currency_code="PLN", units=19_999))
    report = world.report(small.id)
    assert checks(report)["minimum_size"] == "FOUND"
    assert next(item.detail for item in report.checks if item.check == "minimum_size") == "PLN 20000"
    large = world.submitted(value=money_pb2.Money(currency_code="PLN", units=20_000))
    assert checks(world.report(large.id))["minimum_size"] == "CLEAR"


def test_a_draft_has_no_report_yet(world: World) -> None:
    report = world.report(world.create().id)
    assert report.conflict == pb.CONFLICT_CLASS_UNSPECIFIED and not report.checks
    with pytest.raises(Refused) as hidden:
        world.report(world.create().id, "per_bastien")
    assert hidden.value.code == "NOT_FOUND"


def test_a_common_name_hides_nobody(world: World) -> None:
    """400 companies of one name: whoever has the same number, or the same town, is found among them."""
    same = {"name": "Lehmann Bau GmbH", "country": "DE", "town": "Oelsnitz"}
    first = world.submitted(customer=same | {"domain": "lehmann-oelsnitz.example", "tax_id": "DE703082462"})
    with world.host.database.writing() as connection:
        for place in range(400):
            keys.store(
                connection, "registration", f"reg_zz{place}", profile_of(Party("Lehmann Bau GmbH", country="DE", town=f"Dorf {place}"))
            )
        by_town = keys.candidates(connection, profile_of(Party("Lehmann Bau", country="DE", town="Oelsnitz")))
        by_number = keys.candidates(connection, profile_of(Party("Lehmann Bau", country="DE", tax_id="703082462")))
        for place in range(400):
            keys.forget(connection, "registration", f"reg_zz{place}")
    assert ("registration", first.id) in by_town & by_number


def test_a_common_word_hides_no_rare_one(world: World) -> None:
    """Of each word the newest are looked at, not of all words together."""
    lehmann, both = (profile_of(Party(name, country="DE")) for name in ("Lehmann Bau GmbH", "Lehmann Krabbenfelder"))
    with world.host.database.writing() as connection:
        keys.store(connection, "registration", "reg_aa", profile_of(Party("Krabbenfelder Bau GmbH", country="DE")))
        for place in range(400):
            keys.store(connection, "registration", f"reg_zz{place}", lehmann)
        found = keys.candidates(connection, both)
        for made in ("reg_aa", *(f"reg_zz{place}" for place in range(400))):
            keys.forget(connection, "registration", made)
    assert ("registration", "reg_aa") in found and len(found) == 1 + keys.MOST_OF_A_KEY


@pytest.mark.parametrize("name", ["!!!", "\U0001f600" * 200, "t/a " * 50, "有限公司" * 50, "a." * 100, "ﷺ" * 200])
def test_names_that_are_hardly_names(world: World, name: str) -> None:
    """Nothing that can be typed breaks the check or the index; a second one of the kind is compared like any other."""
    for person in ("per_marta", "per_bastien"):
        made = world.submitted(person, customer={"name": name, "domain": "gmail.com", "town": "", "tax_id": ""})
        assert made.status == R.IN_REVIEW
        assert world.preview("per_noemi", customer={"name": name, "domain": "", "town": "", "country": ""}).HasField("check_time")

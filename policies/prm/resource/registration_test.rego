package prm.registration_test

import data.prm.people_test
import data.prm.resource.registration

row(changes) := object.union({"status": "in_review", "submitted_by": "rex", "created_by": "rex", "decided_by": ""}, changes)

sees(question, changes) if registration.include with input as people_test.about(question, "registration", row(changes))

mona(action) := people_test.vendor("registration", action, ["assigned"])

deciding := ["approve", "reject", "send_back"]

test_decides if {
	every action in deciding { sees(mona(action), {}) }
}

test_not_what_she_submitted if {
	every action in deciding { not sees(mona(action), {"submitted_by": "mona"}) }
}

test_not_what_she_created if {
	every action in deciding { not sees(mona(action), {"created_by": "mona"}) }
}

test_only_in_review if {
	every status in ["draft", "submitted", "action_required", "approved", "rejected", "withdrawn", "expired"] {
		not sees(mona("approve"), {"status": status})
	}
}

test_not_of_others if not sees(mona("approve"), people_test.elsewhere)

test_retracts_her_own if sees(mona("retract"), {"status": "approved", "decided_by": "mona"})

test_retracts_no_others if not sees(mona("retract"), {"status": "approved", "decided_by": "paul"})

test_own_draft if sees(people_test.rex("registration", "update", ["own"]), {"status": "draft"})

test_colleagues_draft if sees(people_test.rex("registration", "read", ["org"]), {"status": "draft", "owner_id": "colleague"})

test_manager_sees_sent if sees(mona("read"), {})

test_manager_sees_no_draft if not sees(mona("read"), {"status": "draft"})

test_distributor_sees_sent if sees(people_test.may({"org_id": "d1", "org_path": "v.d1."}, "registration", "read", ["subtree"]), {})

test_distributor_sees_no_draft if not sees(
	people_test.may({"org_id": "d1", "org_path": "v.d1."}, "registration", "read", ["subtree"]),
	{"status": "draft"},
)

test_all_sees_no_draft if not sees(people_test.vendor("registration", "read", ["all"]), {"status": "draft"})

test_auditor_sees_drafts if {
	asked := json.patch(
		people_test.vendor("registration", "read", ["all"]),
		[{"op": "add", "path": "/access/roles/worker/registration/read_draft", "value": ["all"]}],
	)
	sees(asked, {"status": "draft"})
}

test_all_sees_sent if sees(people_test.vendor("registration", "read", ["all"]), {})

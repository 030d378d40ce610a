# Events and audit records: shown by the columns copied from the object they are about.
package prm.log_test

import data.prm.people_test
import data.prm.resource.audit_record
import data.prm.resource.event

approved := "prm.deals.registration.approved.v1"

row(changes) := object.union(
	{
		"resource": "registration", "aggregate": "registration/reg1", "type": approved,
		"org_id": "r1", "org_path": "v.d1.r1.", "owner_id": "rex",
	},
	changes,
)

sees(question, changes) if event.include with input as object.union(question, {"event": row(changes)})

# reads events, and registrations in this scope
asks(changes, scope) := json.patch(people_test.may(changes, "event", "read", ["all"]), [{
	"op": "add", "path": "/access/roles/worker/registration",
	"value": {"read": [scope]},
}])

mona := {"id": "mona", "kind": "vendor", "org_id": "v", "org_path": "v.", "assigned": ["r1"]}

dora := {"id": "dora", "org_id": "d1", "org_path": "v.d1."}

test_own if sees(asks({}, "own"), {})

test_own_only if not sees(asks({}, "own"), {"owner_id": "zoe"})

test_org if sees(asks({}, "org"), {"owner_id": "zoe"})

test_subtree if sees(asks(dora, "subtree"), {})

test_subtree_itself if sees(asks(dora, "subtree"), {"org_id": "d1", "org_path": "v.d9."})

test_assigned if sees(asks(mona, "assigned"), {})

test_assigned_only if not sees(asks(mona, "assigned"), {"org_id": "r2"})

test_all if sees(asks(mona, "all"), people_test.elsewhere)

test_other_resource if not sees(asks(mona, "all"), {"resource": "budget"})

test_not_without_events if not sees(object.union(asks(mona, "all"), {"action": "watch"}), {})

test_no_draft if {
	every fact in ["created", "updated", "discarded"] {
		type := sprintf("prm.deals.registration.%s.v1", [fact])
		not sees(asks(mona, "all"), {"type": type})
		not sees(asks(mona, "assigned"), {"type": type})
		not sees(asks(dora, "subtree"), {"type": type})
		sees(asks({}, "org"), {"type": type})
	}
}

test_a_budget_is_the_vendors_until_it_is_opened if {
	every fact in ["created", "updated"] {
		type := sprintf("prm.mdf.budget.%s.v1", [fact])
		not sees(asks({}, "org"), {"type": type})
		sees(asks(mona, "assigned"), {"type": type})
	}
}

test_documents_and_courses_are_not_told_to_partners if {
	every resource in ["document", "course"] {
		not event.include with input as object.union(told({}, resource), {"event": row({"resource": resource})})
		event.include with input as object.union(told(mona, resource), {"event": row({"resource": resource})})
	}
}

told(changes, resource) := json.patch(people_test.may(changes, "event", "read", ["all"]), [{
	"op": "add", "path": sprintf("/access/roles/worker/%s", [resource]),
	"value": {"read": ["all"]},
}])

test_drafts_for_who_may_read_them if {
	asked := json.patch(asks(mona, "all"), [{"op": "add", "path": "/access/roles/worker/registration/read_draft", "value": ["all"]}])
	sees(asked, {"type": "prm.deals.registration.created.v1"})
}

grant(changes) := {"grants": [object.union({"resource": "registration", "object": "reg1", "actions": ["read"], "expires_at": 2000}, changes)]}

test_grant if sees(asks(grant({}), "none"), people_test.elsewhere)

test_grant_ended if not sees(asks(grant({"expires_at": 1000}), "none"), people_test.elsewhere)

test_grant_not_to_read if not sees(asks(grant({"actions": ["update"]}), "none"), people_test.elsewhere)

audited(question, changes) if audit_record.include with input as people_test.about(question, "audit_record", changes)

test_audit_org if audited(people_test.rex("audit_record", "read", ["org"]), {})

test_audit_subtree if audited(people_test.may(dora, "audit_record", "read", ["subtree"]), {})

test_audit_subtree_itself if audited(people_test.rex("audit_record", "read", ["subtree"]), {"org_path": "v.d9."})

test_audit_assigned if audited(people_test.vendor("audit_record", "read", ["assigned"]), {})

test_audit_about_nobody if not audited(people_test.rex("audit_record", "read", ["subtree"]), {"org_id": null, "org_path": null})

test_audit_not_foreign if not audited(people_test.rex("audit_record", "read", ["org"]), people_test.elsewhere)

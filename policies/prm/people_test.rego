# Who asks in the tests. A path ends with a dot, so that "d1." is no prefix of "d10."
package prm.people_test

import data.prm.lib

somebody := {
	"kind": "partner", "state": "active", "org_state": "active", "org_id": "r1", "org_path": "v.d1.r1.", "tier": "silver",
	"roles": ["worker"], "assigned": [], "grants": [],
}

# with a role that has these scopes for this action
may(changes, resource, action, scopes) := {
	"subject": object.union(object.union(somebody, {"id": "rex"}), changes),
	"access": {"roles": {"worker": {resource: {action: scopes}}}, "fields": {}, "approval_limits": {"worker": 100}, "toxic_pairs": []},
	"action": action,
	"now": 1000,
}

rex(resource, action, scopes) := may({}, resource, action, scopes)

vendor(resource, action, scopes) := may({"id": "mona", "kind": "vendor", "org_id": "v", "org_path": "v.", "assigned": ["r1"]}, resource, action, scopes)

about(question, resource, row) := object.union(question, {resource: object.union(
	{"id": "row1", "org_id": "r1", "org_path": "v.d1.r1.", "owner_id": "rex"},
	row,
)})

elsewhere := {"org_id": "r7", "org_path": "v.d10.r7.", "owner_id": "someone"}

test_active if lib.active with input as rex("x", "read", [])

test_needs_id if not lib.active with input as may({"id": ""}, "x", "read", [])

test_needs_organization if not lib.active with input as may({"org_id": ""}, "x", "read", [])

test_needs_path if not lib.active with input as may({"org_path": ""}, "x", "read", [])

test_needs_state if not lib.active with input as may({"state": "deactivated"}, "x", "read", [])

test_missing_state_is_no if {
	not lib.active with input as json.remove(rex("x", "read", []), ["/subject/state"])
}

test_organization_open if {
	every state in ["active", "onboarding", "contracting"] {
		lib.active with input as may({"org_state": state}, "x", "read", [])
	}
}

test_organization_closed if {
	every state in ["suspended", "terminated", "rejected", ""] {
		not lib.active with input as may({"org_state": state}, "x", "read", [])
	}
}

test_toxic if {
	asked := json.patch(may({"roles": ["worker", "payer"]}, "x", "read", []), [{"op": "add", "path": "/access/toxic_pairs/-", "value": ["worker", "payer"]}])
	not lib.active with input as asked
}

test_toxic_needs_both if {
	asked := json.patch(rex("x", "read", []), [{"op": "add", "path": "/access/toxic_pairs/-", "value": ["worker", "payer"]}])
	lib.active with input as asked
}

test_unknown_role_is_nothing if lib.scopes("x", "read") == set() with input as may({"roles": ["ghost"]}, "x", "read", ["all"])

test_approval_limit if lib.approval_limit == 100 with input as rex("x", "read", [])

test_no_approval_limit if lib.approval_limit == 0 with input as may({"roles": []}, "x", "read", [])

test_masked if {
	lib.masks("x").secret.replace.value == null with input as json.patch(
		rex("x", "read", []),
		[{"op": "add", "path": "/access/fields", "value": {"x": {"secret": ["boss"]}}}],
	)
}

test_not_masked_for_reader if {
	lib.masks("x") == {} with input as json.patch(
		rex("x", "read", []),
		[{"op": "add", "path": "/access/fields", "value": {"x": {"secret": ["worker"]}}}],
	)
}

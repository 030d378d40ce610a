# Every scope, on a resource that has no rule of its own beside them.
package prm.scopes_test

import data.prm.people_test
import data.prm.resource.group

sees(question, row) if group.include with input as people_test.about(question, "group", row)

rex(scope) := people_test.rex("group", "read", [scope])

test_all if sees(rex("all"), people_test.elsewhere)

test_own if sees(rex("own"), {"org_id": "z", "org_path": "v.z."})

test_own_only if not sees(rex("own"), {"owner_id": "colleague"})

test_org if sees(rex("org"), {"owner_id": "colleague"})

test_org_only if not sees(rex("org"), {"org_id": "r2", "org_path": "v.d1.r2."})

test_subtree if sees(people_test.may({"org_id": "d1", "org_path": "v.d1."}, "group", "read", ["subtree"]), {})

test_subtree_not_the_namesake if not sees(
	people_test.may({"org_id": "d1", "org_path": "v.d1."}, "group", "read", ["subtree"]),
	people_test.elsewhere,
)

test_subtree_not_upward if not sees(rex("subtree"), {"org_id": "d1", "org_path": "v.d1."})

test_moved_organization_keeps_its_own if sees(
	people_test.may({"org_path": "v.d2.r1."}, "group", "read", ["subtree"]),
	{},
)

test_new_distributor_not_old_rows if not sees(people_test.may({"org_id": "d2", "org_path": "v.d2."}, "group", "read", ["subtree"]), {})

test_assigned if sees(people_test.vendor("group", "read", ["assigned"]), {})

test_assigned_only if not sees(people_test.vendor("group", "read", ["assigned"]), {"org_id": "r2"})

test_other_action if not sees(object.union(people_test.rex("group", "delete", ["all"]), {"action": "read"}), {})

grant(changes) := people_test.may(
	{"grants": [object.union({"resource": "group", "object": "row1", "actions": ["read"], "expires_at": 2000}, changes)]},
	"group", "read", [],
)

test_grant if sees(grant({}), people_test.elsewhere)

test_grant_ended if not sees(grant({"expires_at": 1000}), people_test.elsewhere)

test_grant_other_object if not sees(grant({"object": "row2"}), people_test.elsewhere)

test_grant_other_resource if not sees(grant({"resource": "budget"}), people_test.elsewhere)

test_grant_other_action if not sees(grant({"actions": ["update"]}), people_test.elsewhere)

test_nobody if {
	not group.include with input as people_test.about({"subject": {}, "access": {}, "action": "read", "now": 1}, "group", {})
}

test_missing_column if {
	not group.include with input as object.union(rex("org"), {"group": {"id": "row1"}})
}

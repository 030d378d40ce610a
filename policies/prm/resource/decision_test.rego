# Asking why: about oneself always, about others only by a role.
package prm.decision_test

import data.prm.people_test
import data.prm.resource.decision

asks(question, changes) if decision.include with input as people_test.about(question, "decision", changes)

test_about_oneself if asks(people_test.rex("decision", "explain", []), {"owner_id": "rex"})

test_about_nobody_else if not asks(people_test.rex("decision", "explain", []), {"owner_id": "zoe"})

test_supposing_needs_a_role if {
	every action in ["what_if", "who_can"] { not asks(people_test.rex("decision", action, []), {"owner_id": "rex"}) }
}

test_colleagues if asks(people_test.rex("decision", "explain", ["org"]), {"owner_id": "zoe"})

test_no_strangers if not asks(people_test.rex("decision", "explain", ["org"]), object.union(people_test.elsewhere, {"owner_id": "zoe"}))

test_everybody if {
	every action in ["explain", "what_if", "who_can"] {
		asks(people_test.vendor("decision", action, ["all"]), object.union(people_test.elsewhere, {"owner_id": "zoe"}))
	}
}

test_not_for_the_suspended if {
	not asks(
		json.patch(people_test.rex("decision", "explain", []), [{
			"op": "replace", "path": "/subject/org_state",
			"value": "suspended",
		}]),
		{"owner_id": "rex"},
	)
}

# The resources of identity and notify: oneself, and nobody above oneself.
package prm.access_test

import data.prm.people_test
import data.prm.resource

sees(question, name, row) if resource[name].include with input as people_test.about(question, name, row)

mona(name, action) := people_test.vendor(name, action, ["all"])

test_raises_others if {
	every action in ["set_roles", "assign", "deactivate"] { sees(mona("person", action), "person", {}) }
}

test_not_herself if {
	every action in ["set_roles", "assign", "deactivate"] { not sees(mona("person", action), "person", {"id": "mona"}) }
}

test_everybody_reads_herself if sees(people_test.rex("person", "read", []), "person", {"id": "rex", "org_id": "z", "org_path": "v.z."})

test_nobody_updates_herself_here if not sees(people_test.rex("person", "update", []), "person", {"id": "rex"})

test_grants_others if sees(mona("grant", "create"), "grant", {})

test_grants_not_herself if not sees(mona("grant", "create"), "grant", {"owner_id": "mona"})

test_reads_grants if sees(people_test.rex("grant", "read", ["org"]), "grant", {})

test_distributor_is_known if sees(people_test.rex("organization", "read", ["org"]), "organization", {"id": "d1", "org_id": "d1", "org_path": "v.d1."})

test_neighbour_is_not if not sees(people_test.rex("organization", "read", ["org"]), "organization", {"id": "d2", "org_id": "d2", "org_path": "v.d2."})

test_distributor_is_not_changed if not sees(people_test.rex("organization", "update", ["org"]), "organization", {"id": "d1", "org_id": "d1", "org_path": "v.d1."})

test_own_session if {
	every action in ["read", "revoke"] { sees(people_test.rex("session", action, []), "session", {"person_id": "rex"}) }
}

test_no_others_session if not sees(people_test.rex("session", "read", []), "session", {"person_id": "zoe"})

test_own_notifications if {
	every action in ["read", "mark_read"] { sees(people_test.rex("notification", action, []), "notification", {}) }
}

test_no_others_notifications if not sees(people_test.rex("notification", "read", []), "notification", {"owner_id": "zoe"})

test_nobody_watches_them_all if not sees(people_test.rex("notification", "watch", []), "notification", {})

test_own_preferences if sees(people_test.rex("notification_preference", "update", []), "notification_preference", {})

test_no_others_preferences if not sees(people_test.rex("notification_preference", "update", []), "notification_preference", {"owner_id": "zoe"})

test_colleagues if sees(people_test.rex("person", "read", ["org"]), "person", {"id": "zoe"})

test_reseller_is_known if sees(people_test.may({"org_id": "d1", "org_path": "v.d1."}, "organization", "read", ["subtree"]), "organization", {})

test_nobody_reads_them_all if not sees(mona("notification", "read"), "notification", {"owner_id": "zoe"})

test_portal_watches_them_all if sees(mona("notification", "watch"), "notification", {"owner_id": "zoe"})

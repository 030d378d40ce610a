# What every resource has.
package prm.all_test

import data.prm.people_test
import data.prm.release
import data.prm.resource

# have conditions of their own beside the scope
conditional := {"event", "registration", "budget", "notification", "notification_preference"}

test_everywhere if {
	every name in object.keys(resource) - conditional {
		asked := people_test.vendor(name, "read", ["all"])
		resource[name].include with input as people_test.about(asked, name, {"status": "published", "tiers": ""})
	}
}

test_not_without_a_role if {
	every name in object.keys(resource) - {"organization"} {
		asked := people_test.vendor(name, "read", [])
		not resource[name].include with input as people_test.about(asked, name, {"status": "published", "tiers": ""})
	}
}

test_masks if {
	every name in object.keys(resource) {
		resource[name].masks[name] == {} with input as people_test.vendor(name, "read", [])
	}
}

test_release if release.name == "prm"

package prm.resource.notification_preference

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.notification_preference]
#   mask_rule: data.prm.resource.notification_preference.masks
include if {
	lib.active
	lib.everywhere("notification_preference")
}

# one's own needs no role
include if {
	lib.active
	input.action in {"read", "update"}
	input.notification_preference.owner_id == lib.subject.id
}

masks["notification_preference"] := lib.masks("notification_preference")

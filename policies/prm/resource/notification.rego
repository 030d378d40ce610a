package prm.resource.notification

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.notification]
#   mask_rule: data.prm.resource.notification.masks
include if {
	lib.active
	lib.everywhere("notification")
}

# one's own needs no role
include if {
	lib.active
	input.action in {"read", "mark_read"}
	input.notification.owner_id == lib.subject.id
}

masks["notification"] := lib.masks("notification")

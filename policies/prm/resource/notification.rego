package prm.resource.notification

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.notification]
#   mask_rule: data.prm.resource.notification.masks
include if {
	lib.active
	input.action == "watch"
	lib.everywhere("notification")
}

# What a person is told is hers alone, whatever roles say; and her own needs no role.
include if {
	lib.active
	input.action in {"read", "mark_read"}
	input.notification.owner_id == lib.subject.id
}

masks["notification"] := lib.masks("notification")

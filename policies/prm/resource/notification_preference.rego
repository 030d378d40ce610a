package prm.resource.notification_preference

import data.prm.lib

# How a person wants to be told is hers alone, and needs no role.
# METADATA
# scope: document
# compile:
#   unknowns: [input.notification_preference]
#   mask_rule: data.prm.resource.notification_preference.masks
include if {
	lib.active
	input.action in {"read", "update"}
	input.notification_preference.owner_id == lib.subject.id
}

masks["notification_preference"] := lib.masks("notification_preference")

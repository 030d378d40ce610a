package prm.resource.grant

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.grant]
#   mask_rule: data.prm.resource.grant.masks
include if {
	lib.active
	input.action != "create"
	visible
}

# nobody grants herself anything
include if {
	lib.active
	input.action == "create"
	visible
	input.grant.owner_id != lib.subject.id
}

visible if lib.everywhere("grant")

visible if lib.sees("grant", input.grant)

masks["grant"] := lib.masks("grant")

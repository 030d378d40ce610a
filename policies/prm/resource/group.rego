package prm.resource.group

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.group]
#   mask_rule: data.prm.resource.group.masks
include if {
	lib.active
	lib.everywhere("group")
}

include if {
	lib.active
	lib.sees("group", input.group)
}

masks["group"] := lib.masks("group")

package prm.resource.role

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.role]
#   mask_rule: data.prm.resource.role.masks
include if {
	lib.active
	lib.everywhere("role")
}

masks["role"] := lib.masks("role")

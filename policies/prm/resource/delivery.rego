package prm.resource.delivery

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.delivery]
#   mask_rule: data.prm.resource.delivery.masks
include if {
	lib.active
	lib.everywhere("delivery")
}

masks["delivery"] := lib.masks("delivery")

package prm.resource.reserved_account

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.reserved_account]
#   mask_rule: data.prm.resource.reserved_account.masks
include if {
	lib.active
	lib.everywhere("reserved_account")
}

masks["reserved_account"] := lib.masks("reserved_account")

package prm.resource.service_account

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.service_account]
#   mask_rule: data.prm.resource.service_account.masks
include if {
	lib.active
	lib.everywhere("service_account")
}

masks["service_account"] := lib.masks("service_account")

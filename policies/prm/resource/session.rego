package prm.resource.session

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.session]
#   mask_rule: data.prm.resource.session.masks
include if {
	lib.active
	lib.everywhere("session")
}

# one's own needs no role
include if {
	lib.active
	input.action in {"read", "revoke"}
	input.session.person_id == lib.subject.id
}

masks["session"] := lib.masks("session")

package prm.resource.person

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.person]
#   mask_rule: data.prm.resource.person.masks
include if {
	lib.active
	not input.action in raising
	visible
}

# nobody changes her own rights
include if {
	lib.active
	input.action in raising
	visible
	input.person.id != lib.subject.id
}

raising := {"set_roles", "assign", "deactivate"}

visible if lib.everywhere("person")

visible if lib.sees("person", input.person)

visible if {
	input.action == "read"
	input.person.id == lib.subject.id
}

masks["person"] := lib.masks("person")

package prm.resource.organization

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.organization]
#   mask_rule: data.prm.resource.organization.masks
include if {
	lib.active
	lib.everywhere("organization")
}

include if {
	lib.active
	lib.sees("organization", input.organization)
}

# whoever reads her own organisation knows those above it: her distributor and the vendor
include if {
	lib.active
	input.action == "read"
	count(lib.scopes("organization", "read")) > 0
	input.organization.id in ancestors
}

ancestors := {id | some id in split(trim_suffix(lib.subject.org_path, "."), ".")}

masks["organization"] := lib.masks("organization")

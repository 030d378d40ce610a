# Who may ask why somebody may or may not do something. The row is the person asked about; what the one who asks may not
# read of objects is asked of the objects.
package prm.resource.decision

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.decision]
#   mask_rule: data.prm.resource.decision.masks
include if {
	lib.active
	lib.everywhere("decision")
}

include if {
	lib.active
	lib.sees("decision", input.decision)
}

# why she herself may or may not, everybody may know
include if {
	lib.active
	input.action == "explain"
	input.decision.owner_id == lib.subject.id
}

masks["decision"] := lib.masks("decision")

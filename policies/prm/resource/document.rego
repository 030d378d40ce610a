package prm.resource.document

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.document]
#   mask_rule: data.prm.resource.document.masks
include if {
	lib.active
	lib.subject.kind != "partner"
	lib.everywhere("document")
}

# a partner sees what is published for all tiers or for his; `tiers` is seen as text, ",gold,silver,"
include if {
	lib.active
	lib.everywhere("document")
	input.document.status == "published"
	input.document.tiers == ""
}

include if {
	lib.active
	lib.subject.tier != ""
	lib.everywhere("document")
	input.document.status == "published"
	contains(input.document.tiers, sprintf(",%s,", [lib.subject.tier]))
}

masks["document"] := lib.masks("document")

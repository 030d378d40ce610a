package prm.resource.course

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.course]
#   mask_rule: data.prm.resource.course.masks
include if {
	lib.active
	lib.subject.kind != "partner"
	lib.everywhere("course")
}

include if {
	lib.active
	lib.everywhere("course")
	input.course.status == "published"
}

masks["course"] := lib.masks("course")

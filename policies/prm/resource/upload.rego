package prm.resource.upload

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.upload]
#   mask_rule: data.prm.resource.upload.masks
include if {
	lib.active
	lib.everywhere("upload")
}

# whoever began an upload confirms it; what she may do with the document is asked of the document
include if {
	lib.active
	input.action in {"read", "confirm"}
	input.upload.owner_id == lib.subject.id
}

masks["upload"] := lib.masks("upload")

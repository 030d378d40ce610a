package prm.resource.audit_record

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.audit_record]
#   mask_rule: data.prm.resource.audit_record.masks
include if {
	lib.active
	lib.everywhere("audit_record")
}

include if {
	lib.active
	lib.sees("audit_record", input.audit_record)
}

masks["audit_record"] := lib.masks("audit_record")

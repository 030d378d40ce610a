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

# records about objects of one's own company, or of those it is responsible for; some records are about none
include if {
	lib.active
	some scope in {"org", "subtree"}
	scope in lib.scopes("audit_record", input.action)
	input.audit_record.org_id == lib.subject.org_id
}

include if {
	lib.active
	"subtree" in lib.scopes("audit_record", input.action)
	startswith(input.audit_record.org_path, lib.subject.org_path)
}

include if {
	lib.active
	"assigned" in lib.scopes("audit_record", input.action)
	input.audit_record.org_id in lib.assigned
}

masks["audit_record"] := lib.masks("audit_record")

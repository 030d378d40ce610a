package prm.resource.registration

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.registration]
#   mask_rule: data.prm.resource.registration.masks
include if {
	lib.active
	not input.action in deciding
	input.action != "retract"
	visible
}

# Nobody decides what he created or submitted himself. In the fragment, so "my queue" is the same filter.
include if {
	lib.active
	input.action in deciding
	visible
	input.registration.status == "in_review"
	input.registration.submitted_by != lib.subject.id
	input.registration.created_by != lib.subject.id
}

# Whoever decided may take it back.
include if {
	lib.active
	input.action == "retract"
	visible
	input.registration.decided_by == lib.subject.id
}

deciding := {"approve", "reject", "send_back"}

visible if lib.within("registration", input.registration)

# A draft is shown to nobody but the partner himself, or to whoever may read drafts.
visible if {
	lib.beyond("registration", input.registration)
	input.registration.status != "draft"
}

visible if {
	lib.everywhere("registration")
	input.registration.status != "draft"
}

visible if {
	lib.everywhere("registration")
	"all" in lib.scopes("registration", "read_draft")
}

masks["registration"] := lib.masks("registration")

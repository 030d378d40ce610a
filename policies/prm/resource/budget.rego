package prm.resource.budget

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.budget]
#   mask_rule: data.prm.resource.budget.masks
include if {
	lib.active
	not input.action in spending
	visible
}

# Nobody opens a budget that he made or changed himself.
include if {
	lib.active
	input.action == "activate"
	visible
	input.budget.status == "draft"
	input.budget.created_by != lib.subject.id
	input.budget.changed_by != lib.subject.id
}

spending := {"activate"}

visible if lib.everywhere("budget")

visible if {
	lib.subject.kind != "partner"
	lib.sees("budget", input.budget)
}

# a partner learns of a budget when it is opened to him
visible if {
	lib.subject.kind == "partner"
	lib.sees("budget", input.budget)
	input.budget.status != "draft"
}

masks["budget"] := lib.masks("budget")

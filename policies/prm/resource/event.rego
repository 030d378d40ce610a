package prm.resource.event

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.event]
#   mask_rule: data.prm.resource.event.masks
include if {
	lib.active
	lib.subject.kind != "partner"
	reads_events
	visible
}

# A partner learns of a budget when it is opened to him; what happens to it before is the vendor's.
include if {
	lib.active
	lib.subject.kind == "partner"
	reads_events
	visible
	input.event.type != "prm.mdf.budget.created.v1"
	input.event.type != "prm.mdf.budget.updated.v1"
}

# An event is shown to whoever may read the object it is about, by the columns copied from it when it was recorded.
reads_events if count(lib.scopes("event", input.action)) > 0

readable(scope) := {resource |
	some role in lib.subject.roles
	some resource, actions in object.get(input.access.roles, role, {})
	scope in object.get(actions, "read", [])
}

drafts := {resource |
	some role in lib.subject.roles
	some resource, actions in object.get(input.access.roles, role, {})
	"all" in object.get(actions, "read_draft", [])
}

visible if {
	input.event.resource in readable("own")
	input.event.owner_id == lib.subject.id
}

visible if {
	input.event.resource in (readable("org") | readable("subtree"))
	input.event.org_id == lib.subject.org_id
}

visible if {
	input.event.resource in readable("subtree")
	startswith(input.event.org_path, lib.subject.org_path)
	not_of_a_draft(input.event)
}

visible if {
	input.event.resource in readable("assigned")
	input.event.org_id in lib.assigned
	not_of_a_draft(input.event)
}

visible if {
	input.event.resource in (readable("all") - unopened)
	not_of_a_draft(input.event)
}

# The log does not know for which tiers a document is, nor whether a course is published: a partner asks for those himself.
unopened := {resource | some resource in {"course", "document"}; lib.subject.kind == "partner"}

visible if input.event.resource in (readable("all") & drafts)

visible if input.event.aggregate in granted

granted := {aggregate |
	some grant in lib.subject.grants
	"read" in grant.actions
	grant.expires_at > input.now
	aggregate := sprintf("%s/%s", [grant.resource, grant.object])
}

# what happens to a registration before it is sent is between the partner and his draft
not_of_a_draft(event) if {
	event.type != "prm.deals.registration.created.v1"
	event.type != "prm.deals.registration.updated.v1"
	event.type != "prm.deals.registration.discarded.v1"
}

masks["event"] := lib.masks("event")

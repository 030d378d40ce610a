# METADATA
# scope: package
# description: |
#   What every resource policy shares. Facts come from `input.subject` and `input.access`, which each service fills from its
#   own projections of identity; nothing in them comes from the caller. Functions take the row, which may be unknown: in
#   them a column stands on the left, and there is no default, else, every or "not rule" about it.
package prm.lib

subject := input.subject

# role -> resource -> action -> [scope] is data, so a new role needs no Rego
scopes(resource, action) := {scope |
	some role in subject.roles
	some scope in object.get(input.access.roles, [role, resource, action], [])
}

assigned := {organization | some organization in subject.assigned}

# grants on single objects, each with an end; input.now is the service's clock in epoch seconds
granted(resource, action) := {grant.object |
	some grant in subject.grants
	grant.resource == resource
	action in grant.actions
	grant.expires_at > input.now
}

approval_limit := max({0} | {limit | some role in subject.roles; limit := input.access.approval_limits[role]})

# toxic pairs are refused when roles are given and again when something is decided
toxic contains pair if {
	some pair in input.access.toxic_pairs
	every role in pair { role in subject.roles }
}

# The gate that every rule passes first. A missing fact is undefined, and undefined is no; an empty id or path would match
# too much, so it is no as well.
active if {
	subject.id != ""
	subject.org_id != ""
	endswith(subject.org_path, ".")
	subject.state == "active"
	subject.org_state in {"active", "onboarding", "contracting"}
	count(toxic) == 0
}

everywhere(resource) if "all" in scopes(resource, input.action)

# rows of the subject's own company or person, and objects she was granted
within(resource, row) if {
	"own" in scopes(resource, input.action)
	row.owner_id == subject.id
}

within(resource, row) if {
	"org" in scopes(resource, input.action)
	row.org_id == subject.org_id
}

# a row keeps the path of its creation, so one's own organisation counts wherever it has moved since
within(resource, row) if {
	"subtree" in scopes(resource, input.action)
	row.org_id == subject.org_id
}

within(resource, row) if row.id in granted(resource, input.action)

# rows of other companies that hers is responsible for
beyond(resource, row) if {
	"subtree" in scopes(resource, input.action)
	startswith(row.org_path, subject.org_path)
}

beyond(resource, row) if {
	"assigned" in scopes(resource, input.action)
	row.org_id in assigned
}

sees(resource, row) if within(resource, row)

sees(resource, row) if beyond(resource, row)

# a guarded field is hidden unless one of the subject's roles reads it
masks(resource) := {field: {"replace": {"value": null}} |
	some field, readers in object.get(input.access.fields, resource, {})
	count({role | some role in readers; role in subject.roles}) == 0
}

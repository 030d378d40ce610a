package prm.budget_test

import data.prm.people_test
import data.prm.resource.budget

row(changes) := object.union({"status": "draft", "created_by": "deniz", "changed_by": "deniz"}, changes)

sees(question, changes) if budget.include with input as people_test.about(question, "budget", row(changes))

mona(action) := people_test.vendor("budget", action, ["assigned"])

test_vendor_sees_draft if sees(mona("read"), {})

test_all_sees_draft if sees(people_test.vendor("budget", "read", ["all"]), {})

test_partner_sees_no_draft if not sees(people_test.rex("budget", "read", ["org"]), {})

test_partner_sees_active if sees(people_test.rex("budget", "read", ["org"]), {"status": "active"})

test_activates if sees(mona("activate"), {})

test_not_what_she_created if not sees(mona("activate"), {"created_by": "mona"})

test_not_what_she_changed if not sees(mona("activate"), {"changed_by": "mona"})

test_activates_drafts_only if not sees(mona("activate"), {"status": "closed"})

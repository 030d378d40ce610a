# Documents and courses: what is published, and for whom.
package prm.material_test

import data.prm.people_test
import data.prm.resource

sees(question, name, row) if resource[name].include with input as people_test.about(question, name, row)

rex(name) := people_test.rex(name, "read", ["all"])

test_for_all_tiers if sees(rex("document"), "document", {"status": "published", "tiers": ""})

test_for_his_tier if sees(rex("document"), "document", {"status": "published", "tiers": ",gold,silver,"})

test_for_other_tiers if not sees(rex("document"), "document", {"status": "published", "tiers": ",gold,quicksilver,"})

test_without_a_tier if not sees(people_test.may({"tier": ""}, "document", "read", ["all"]), "document", {"status": "published", "tiers": ",,gold,"})

test_partner_sees_no_draft if not sees(rex("document"), "document", {"status": "draft", "tiers": ""})

test_vendor_sees_draft if sees(people_test.vendor("document", "read", ["all"]), "document", {"status": "draft", "tiers": ",gold,"})

test_course if sees(rex("course"), "course", {"status": "published"})

test_no_draft_course if not sees(rex("course"), "course", {"status": "draft"})

test_vendor_sees_draft_course if sees(people_test.vendor("course", "read", ["all"]), "course", {"status": "draft"})

test_own_upload if sees(people_test.rex("upload", "read", []), "upload", {"owner_id": "rex"})

test_foreign_upload if not sees(people_test.rex("upload", "read", []), "upload", {"owner_id": "mona"})

test_own_upload_confirmed if sees(people_test.rex("upload", "confirm", []), "upload", {"owner_id": "rex"})

test_foreign_upload_not_confirmed if not sees(people_test.vendor("upload", "confirm", []), "upload", {"owner_id": "rex"})

test_own_upload_not_changed if not sees(people_test.rex("upload", "update", []), "upload", {"owner_id": "rex"})

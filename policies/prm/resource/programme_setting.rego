package prm.resource.programme_setting

import data.prm.lib

# METADATA
# scope: document
# compile:
#   unknowns: [input.programme_setting]
#   mask_rule: data.prm.resource.programme_setting.masks
include if {
	lib.active
	lib.everywhere("programme_setting")
}

masks["programme_setting"] := lib.masks("programme_setting")

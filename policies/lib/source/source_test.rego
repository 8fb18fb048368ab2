package lib.source_test

import data.lib.fixture
import data.lib.source

_acts := {
	"act": {"title": "Act", "status": "in-force"},
	"adopted": {"title": "Adopted act", "status": "adopted"},
	"bill": {"title": "Bill", "status": "proposed"},
	"guide": {"title": "Guide", "status": "guidance"},
	"rules": {"title": "Rules", "status": "in-force", "force": "regulation"},
	"ruling": {"title": "Ruling", "status": "case"},
	"scheme": {"title": "Scheme", "status": "in-force", "force": "scheme"},
	"code": {"title": "Code of conduct", "status": "in-force", "force": "voluntary"},
}

_force(confidence) := {name: source.force(act, confidence) | some name, act in _acts}

test_every_value_says_its_force if {
	_force("sourced") == {
		"act": "statute",
		"adopted": "statute",
		"bill": "statute",
		"guide": "guidance",
		"rules": "regulation",
		"ruling": "court",
		"scheme": "scheme",
		"code": "voluntary",
	}
	_force("recalled") == _force("sourced")
	{force | some force in _force("default")} == {"default"}
	{force | some force in _force("organisation")} == {""}
}

_binding(point) := {name |
	some name, act in _acts
	source.binding(act, point)
}

test_what_was_read_and_obliges_binds if {
	_binding({"confidence": "sourced", "from": "2026-01-01"}) == {"act", "adopted", "rules", "ruling", "scheme"}
}

test_an_adopted_act_without_a_first_day_does_not_bind_yet if {
	_binding({"confidence": "sourced"}) == {"act", "rules", "ruling", "scheme"}
}

test_what_is_recalled_or_a_number_of_ours_never_binds if {
	_binding({"confidence": "recalled", "from": "2026-01-01"}) == set()
	_binding({"confidence": "default", "from": "2026-01-01"}) == set()
}

# A profile is the act of its values, whatever else it may be called.
test_what_the_organization_requires_binds if _binding({"confidence": "organisation"}) == object.keys(_acts)

_source(act, confidence) := source.of_point({"code": "aa", "acts": _acts}, {
	"act": act,
	"article": "1",
	"value": true,
	"confidence": confidence,
})

test_a_source_says_whether_it_obliges_whether_or_not_it_was_read if {
	obliging := {act | some act, _ in _acts; _source(act, "recalled").obliges}
	obliging == {"act", "rules", "ruling", "scheme"}
	_source("act", "recalled").force == "statute"
	not _source("act", "default").obliges
	_source("act", "organisation").obliges
}

_late := [fixture.jurisdiction("aa", null, [{"dimension": "rights.responseDays", "value": 30, "confidence": "recalled"}])]

test_a_value_from_memory_warns if {
	spec := {"jurisdictions": ["aa"], "rights": {"responseDays": 31}}
	fixture.actions(_late, spec) == {"rights.responseDays": "warn"}
}

test_documentation_reads_the_force_of_every_point if {
	documents := [fixture.jurisdiction("aa", null, [
		{"dimension": "rights.responseDays", "value": 30, "act": "guide"},
		{"dimension": "rights.appealDays", "value": 30},
	])]
	found := source.forces with data.prepared as fixture.prepared(documents)
	found == {"aa/000": "guidance", "aa/001": "statute"}
}

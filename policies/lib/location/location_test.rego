package lib.location_test

import data.lib.location

_whereabouts(spec) := {[where.field, where.stated, where.countries] | some where in places} if {
	places := location.all with input as {"spec": spec}
}

test_data_is_where_it_is_stored_and_processed if {
	spec := {
		"residency": {"countries": ["DE", "EEA"], "regions": ["us-east-1", "nowhere-1"]},
		"processors": [{"name": "x", "country": "CN"}, {"name": "y"}],
	}
	_whereabouts(spec) == {
		["spec.residency.countries", ["DE", "EEA"], data.prepared.territory.eu],
		["spec.residency.regions", ["us-east-1", "nowhere-1"], {"us"}],
		["spec.processors[0].country", "CN", {"cn"}],
		["spec.processors[1].country", null, set()],
	}
}

test_the_location_of_undeclared_data_is_unknown if {
	_whereabouts({}) == {["spec.residency.countries", null, set()], ["spec.processors", null, set()]}
	_whereabouts({"residency": {"regions": ["nowhere-1"]}, "processors": []}) == {[
		"spec.residency.countries",
		null,
		set(),
	]}
}

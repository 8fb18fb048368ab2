package governance.declaration.country_test

import data.governance.declaration.country

_unknown(spec) := {[one.field, one.found, one.required] | some one in found} if {
	found := country.deny with input as {"spec": spec}
}

test_denies_countries_that_do_not_exist if {
	spec := {
		"residency": {"countries": ["DE", "ZZ"]},
		"processors": [{"name": "a", "country": "yy"}, {"name": "b"}, {"name": "c", "country": "CA-QC"}],
		"perPlace": [{"jurisdictions": ["eu"], "residency": {"countries": ["UK", "eu", "xk"]}}],
		"accountability": {
			"deployer": {"name": "a", "country": "ZZ-A"},
			"developer": {"name": "b", "country": "us-ca"},
			"modelSupplier": {"name": "c"},
			"establishments": ["GB", "XX"],
		},
	}
	_unknown(spec) == {
		["spec.residency.countries[1]", "ZZ", "no country has this code"],
		["spec.processors[0].country", "yy", "no country has this code"],
		["spec.perPlace[0].residency.countries[0]", "UK", "no country has this code: did you mean GB?"],
		["spec.accountability.deployer.country", "ZZ-A", "no country has this code"],
		["spec.accountability.establishments[1]", "XX", "no country has this code"],
	}
}

package governance.residency.storage_test

import data.lib.fixture

_grounds := ["adequacy", "standard-clauses"]

_law := [
	fixture.jurisdiction("eu", null, [
		fixture.point("residency.mechanisms", _grounds),
		fixture.point("residency.adequate", ["jp"]),
	]),
	fixture.jurisdiction("de", "eu", []),
	fixture.jurisdiction("gb", null, []),
	fixture.jurisdiction("tr", null, [fixture.point("residency.mechanisms", ["consent"])]),
	fixture.sector("banks", [fixture.point("residency.mechanisms", ["authorisation"])]),
]

_found(codes, countries, more) := {[finding.action, finding.found] |
	spec := object.union(
		{
			"jurisdictions": codes,
			"residency": {"countries": countries},
			"processors": [{"name": "a", "country": "DE", "transfer": []}],
			"accountability": {"deployer": {"country": "DE"}},
		},
		more,
	)
	some finding in fixture.verdict(_law, spec).findings
	finding.rule == "residency.stored_abroad"
}

_warned(countries) := {["warn", countries]}

_processor(country, grounds) := {"processors": [{"name": "a", "country": country, "transfer": grounds}]}

test_warns_of_storage_abroad_by_nobody_who_is_known if {
	_found(["de"], ["DE", "CN"], {}) == _warned({"cn"})
	_found(["de"], ["DE", "CN"], _processor("CN", ["consent"])) == set()
	_found(["de"], ["CN"], {"processors": [{"name": "a", "transfer": ["standard-clauses"]}]}) == set()
	_found(["de"], ["FR", "JP"], {}) == set()
}

test_data_can_stay_with_the_deployer if {
	_found(["de"], ["CN"], {"accountability": {"establishments": ["CN"]}}) == set()
	_found(["de"], ["CN"], {"accountability": null}) == _warned({"cn"})
}

test_warns_while_the_processors_are_not_stated if {
	_found(["de"], ["CN"], {"processors": "unknown"}) == _warned({"cn"})
}

test_the_countries_of_several_places_can_be_for_their_own_people if {
	_found(["de", "gb"], ["DE", "GB"], {}) == set()
	_found(["de", "gb"], ["GB"], {}) == _warned({"gb"})
}

test_a_sector_follows_the_places if {
	_found(["gb"], ["GB"], {"sectors": ["banks"]}) == set()
	_found(["gb"], ["US"], {"sectors": ["banks"]}) == _warned({"us"})
}

test_data_is_where_the_pods_run if {
	_found(["de"], ["DE"], {"residency": {"countries": ["DE"], "regions": ["us-east-1"]}}) == _warned({"us"})
	_found(["de"], ["DE"], {"residency": {"countries": ["DE"], "regions": ["eu-west-1"]}}) == set()
	_found(["de", "gb"], ["DE"], {"residency": {"countries": ["DE"], "regions": ["eu-west-2"]}}) == set()
}

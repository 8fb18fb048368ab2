package lib.facts_test

import data.lib.facts
import data.lib.fixture

_prepared := fixture.prepared([
	fixture.jurisdiction("eu", null, [fixture.point("personal_data.sensitive", ["health"])]),
	fixture.jurisdiction("de", "eu", [
		{"dimension": "personal_data.sensitive", "value": ["union"], "from": "2027-01-01"},
		{"dimension": "personal_data.sensitive", "value": ["race"], "until": "2026-01-01"},
		{"dimension": "personal_data.sensitive", "value": ["caste"], "when": {"outbound": true}},
		{"dimension": "personal_data.sensitive", "value": ["order"], "when": {"sensitive": true}},
	]),
	fixture.jurisdiction("us", null, [
		{"dimension": "rights.contact", "value": true, "when": {"belowAge": 13}},
		{"dimension": "rights.contact", "value": true, "when": {"belowAge": 16}},
	]),
	fixture.jurisdiction("us-ca", "us", [
		fixture.point("personal_data.sensitive", ["government-id"]),
		{"dimension": "rights.contact", "value": true, "appliesBy": "establishment"},
	]),
	fixture.jurisdiction("cn", null, [{"dimension": "rights.contact", "value": true, "appliesBy": "processing"}]),
	fixture.sector("retail", [{"dimension": "personal_data.sensitive", "value": ["diet"], "jurisdictions": ["us"]}]),
	fixture.sector("health", [{"dimension": "personal_data.sensitive", "value": ["sleep"]}]),
])

_document(spec) := _document_on(spec, fixture.day)

_document_on(spec, as_of) := document if {
	document := facts.document with input as {"spec": spec, "asOf": as_of} with data.prepared as _prepared
}

_holds(spec, fact) := _document(spec).holds[fact]

_assumed(spec, fact) if fact in _document(spec).assumed

test_codes_are_those_declared_and_their_parents if {
	document := _document({"jurisdictions": ["DE", "us-ca", "zz"], "sectors": ["Retail", "zz"]})
	document.codes == {"de", "eu", "us", "us-ca", "us-ca:seat", "retail"}
	document.holds.declared == {"de", "us-ca", "retail"}
	document.holds.jurisdictions == {"de", "eu", "us", "us-ca"}
}

test_what_is_not_declared_is_assumed if {
	document := _document({"jurisdictions": ["de"]})
	document.assumed == object.keys(data.law.facts.fields)
	object.keys(document.holds) == {"declared", "jurisdictions", "nearSeat", "nearData", "crossBorder"}
	document.certain == {}
}

test_places_are_near_by_the_people_the_seat_and_the_processing if {
	_near({"jurisdictions": ["us-ca"]}) == [{"us", "us-ca"}, {"us", "us-ca"}]
	seat := {"us", "de", "eu"}
	_near({"jurisdictions": ["us"], "accountability": {"deployer": {"country": "DE"}}}) == [seat, seat]
	_near({"jurisdictions": ["us"], "accountability": {"establishments": ["DE"]}}) == [seat, seat]
	_near({"jurisdictions": ["us"], "residency": {"countries": ["CN"]}}) == [{"us"}, {"us", "cn"}]
}

_near(spec) := [_holds(spec, "nearSeat"), _holds(spec, "nearData")]

test_what_is_known_of_the_places_is_certain_while_others_are_unknown if {
	spec := {
		"jurisdictions": ["us"],
		"accountability": {"establishments": ["DE"]},
		"processors": [{"country": "CN"}, {"name": "vendor"}],
	}
	_document(spec).certain == {"establishedIn": {"de", "eu"}, "processedIn": {"cn"}}
	{"establishedIn", "notEstablishedIn", "processedIn", "crossBorder"} - _document(spec).assumed == set()
}

test_what_is_null_is_not_declared if {
	purpose := {"kinds": null, "outbound": null, "generatesMedia": null}
	document := _document({"jurisdictions": ["de"], "purpose": purpose, "channels": null, "sectors": null})
	{"purposes", "channels", "sectors", "outbound", "generatesMedia"} - document.assumed == set()
}

_codes_of(accountability, residency, processors) := codes if {
	spec := {
		"jurisdictions": ["de"], "accountability": accountability,
		"residency": residency, "processors": processors,
	}
	codes := _document(spec).codes
}

test_the_law_of_the_seat_reaches_who_is_established_there if {
	_codes_of({"deployer": {"country": "US-CA"}}, {}, []) == {"de", "eu", "us-ca:seat"}
	_codes_of({"deployer": {"country": "US"}}, {}, []) == {"de", "eu"}
	_codes_of({"deployer": {"country": "DE"}, "establishments": ["US-CA"]}, {}, []) == {"de", "eu", "us-ca:seat"}
	_codes_of({"establishments": ["US-CA"]}, {}, []) == {"de", "eu", "us-ca:seat"}
	_document({"jurisdictions": ["us-ca"]}).codes == {"us", "us-ca", "us-ca:seat"}
}

test_the_law_of_the_place_of_processing_reaches_what_is_processed_there if {
	_codes_of({}, {"countries": ["CN"]}, []) == {"de", "eu", "cn:seat"}
	_codes_of({}, {"countries": ["DE"]}, [{"country": "CN"}]) == {"de", "eu", "cn:seat"}
	_codes_of({}, {"countries": ["CN"]}, [{}]) == {"de", "eu", "cn:seat"}
	spec := {"jurisdictions": ["de"], "residency": {"countries": ["DE"]}, "processors": [{"country": "CN"}]}
	_holds(spec, "processedIn") == {"de", "eu", "cn"}
	_assumed({"jurisdictions": ["de"], "residency": {"countries": ["DE"]}}, "processedIn")
}

_sensitive_in(jurisdictions, sectors, categories) := _holds(
	{
		"jurisdictions": jurisdictions, "sectors": sectors,
		"purpose": {"outbound": false}, "personalData": {"categories": categories},
	},
	"sensitive",
)

# The values of a fact that holds in places that are served, with those of the same places as near ones.
_in(served, near) := served | {sprintf("%s:seat", [code]) | some code in near}

test_each_place_has_its_own_sensitive_data if {
	_sensitive_in(["de", "us-ca"], [], ["health"]) == _in({"de", "eu"}, {"de", "eu"})
	_sensitive_in(["de", "us-ca"], [], ["government-id"]) == _in({"us-ca"}, {"us-ca"})
	_sensitive_in(["de", "us-ca"], [], ["order"]) == set()
}

_sensitive_near(sectors, others, category) := _holds(
	object.union(others, {
		"jurisdictions": ["us"], "sectors": sectors,
		"purpose": {"outbound": false}, "personalData": {"categories": [category]},
	}),
	"sensitive",
)

test_the_seat_and_the_place_of_data_have_sensitive_data_though_nobody_is_served_there if {
	seat := {"accountability": {"deployer": {"country": "DE"}}}
	_sensitive_near([], seat, "health") == _in(set(), {"de", "eu"})
	_sensitive_near([], {"residency": {"countries": ["DE"]}}, "health") == _in(set(), {"de", "eu"})
	_sensitive_near(["retail"], {"accountability": {"deployer": {"country": "CN"}}}, "diet") == _in(
		{"us", "retail"},
		{"us"},
	)
	_sensitive_near(["health"], seat, "sleep") == _in({"us", "health"}, {"us", "de", "eu"})
}

test_sectors_have_sensitive_data_of_the_places_that_they_name if {
	_sensitive_in(["de", "us-ca"], ["retail"], ["diet"]) == _in({"us", "us-ca", "retail"}, {"us", "us-ca"})
	_sensitive_in(["de"], ["retail"], ["diet"]) == set()
	_sensitive_in(["de", "us"], ["health"], ["sleep"]) == _in({"de", "eu", "us", "health"}, {"de", "eu", "us"})
}

test_categories_are_those_that_are_declared if {
	_holds({"personalData": {"categories": ["health", "order"]}}, "categories") == {"health", "order"}
	_holds({"personalData": {"categories": ["passport"]}}, "categories") == {"passport", "government-id"}
	_assumed({}, "categories")
}

test_lists_are_facts if {
	spec := {"purpose": {"kinds": ["sales"]}, "channels": ["web"], "sectors": ["Retail"], "riskClass": "limited"}
	{fact: _holds(spec, fact) | some fact in ["purposes", "channels", "sectors", "riskClass"]} == {
		"purposes": {"sales"},
		"channels": {"web"},
		"sectors": {"retail"},
		"riskClass": {"limited"},
	}
}

test_minors_are_below_the_age_of_adults if {
	_holds({"audience": {"minimumAge": 17}}, "minors") == {true}
	_holds({"audience": {"minimumAge": 18}}, "minors") == set()
	_assumed({"audience": {}}, "minors")
}

test_people_are_below_each_age_above_that_of_the_youngest if {
	_holds({"audience": {"minimumAge": 12}}, "belowAge") == {13, 16}
	_holds({"audience": {"minimumAge": 13}}, "belowAge") == {16}
	_holds({"audience": {"minimumAge": 16}}, "belowAge") == set()
	_assumed({"audience": {}}, "belowAge")
}

test_a_human_who_decides_still_decides_something_significant if {
	_holds({"oversight": {"significantDecisions": "none"}}, "significantDecisions") == set()
	_holds({"oversight": {"significantDecisions": "human-decides"}}, "significantDecisions") == {true}
	_assumed({"oversight": {}}, "significantDecisions")
}

test_only_decisions_without_a_human_are_solely_automated if {
	_holds({"oversight": {"significantDecisions": "human-decides"}}, "solelyAutomated") == set()
	_holds({"oversight": {"significantDecisions": "none"}}, "solelyAutomated") == set()
	_holds({"oversight": {"significantDecisions": "notice"}}, "solelyAutomated") == {true}
	_assumed({"oversight": {}}, "solelyAutomated")
}

test_outbound_and_media_are_what_is_stated if {
	_holds({"purpose": {"outbound": true, "generatesMedia": false}}, "outbound") == {true}
	_holds({"purpose": {"outbound": false, "generatesMedia": true}}, "outbound") == set()
	_holds({"purpose": {"outbound": true, "generatesMedia": false}}, "generatesMedia") == set()
	_holds({"purpose": {"outbound": false, "generatesMedia": true}}, "generatesMedia") == {true}
}

test_voice_biometrics_is_a_category if {
	_holds({"personalData": {"categories": ["biometric"]}}, "voiceBiometrics") == {true}
	_holds({"personalData": {"categories": []}}, "voiceBiometrics") == set()
}

test_training_is_denied_only_by_every_processor if {
	_holds({"processors": [{"trainsOnData": false}, {"trainsOnData": true}]}, "trainsOnData") == {true}
	_holds({"processors": [{"trainsOnData": false}]}, "trainsOnData") == set()
	_holds({"processors": []}, "trainsOnData") == set()
	_assumed({"processors": [{"trainsOnData": false}, {}]}, "trainsOnData")
	_assumed({}, "trainsOnData")
}

test_a_voice_channel_or_kept_transcripts_are_a_recording if {
	every spec in [
		{"channels": ["voice"], "retention": {"transcriptDays": 0, "recordingDays": 0}},
		{"channels": ["web"], "retention": {"transcriptDays": 1}},
		{"channels": ["web"], "retention": {"recordingDays": 1}},
	] {
		_holds(spec, "recording") == {true}
	}
	_holds({"channels": ["web"], "retention": {"transcriptDays": 0}}, "recording") == set()
	_assumed({"channels": ["web"]}, "recording")
	_assumed({"retention": {"transcriptDays": 0}}, "recording")
}

_categories(words) := {"jurisdictions": ["de"], "purpose": {"outbound": false}, "personalData": {"categories": words}}

test_sensitive_is_what_a_law_of_the_day_lists if {
	_holds(_categories(["contact", "health"]), "sensitive") == _in({"de", "eu"}, {"de", "eu"})
	_holds(_categories(["contact"]), "sensitive") == set()
	_holds(_categories([]), "sensitive") == set()
	_assumed({"jurisdictions": ["de"]}, "sensitive")
}

test_sensitive_follows_the_dates_and_conditions_of_its_points if {
	_holds(_categories(["union"]), "sensitive") == set()
	_document_on(_categories(["union"]), "2027-01-01").holds.sensitive == _in({"de"}, {"de"})
	_holds(_categories(["race"]), "sensitive") == set()
	_document_on(_categories(["race"]), "2026-01-01").holds.sensitive == _in({"de"}, {"de"})
	_document_on(_categories(["race"]), "2026-01-02").holds.sensitive == set()
	_document_on(_categories(["union"]), "2026-12-31").holds.sensitive == set()
	_holds(_categories(["caste"]), "sensitive") == set()
	_holds(object.remove(_categories(["caste"]), ["purpose"]), "sensitive") == _in({"de"}, {"de"})
}

test_a_point_about_sensitive_data_does_not_say_what_it_is if _holds(_categories(["order"]), "sensitive") == set()

_kept(countries, processors) := {
	"jurisdictions": ["de", "us-ca"],
	"sectors": ["retail"],
	"residency": {"countries": countries},
	"processors": processors,
}

test_data_crosses_the_borders_that_it_leaves if {
	_holds(_kept(["DE"], [{"country": "FR"}]), "crossBorder") == _in({"us", "us-ca", "retail"}, {"us", "us-ca"})
	_holds(_kept(["US"], []), "crossBorder") == _in({"eu", "de", "retail"}, {"eu", "de"})
	_holds(_kept(["US", "DE"], []), "crossBorder") == _in(_everywhere | {"retail"}, _everywhere)
}

_everywhere := {"eu", "de", "us", "us-ca"}

test_data_that_stays_crosses_nothing if {
	spec := {
		"jurisdictions": ["de"],
		"sectors": ["retail"],
		"residency": {"countries": ["no"]},
		"processors": [{"country": "IE"}],
	}
	_holds(spec, "crossBorder") == set()
	not _assumed(spec, "crossBorder")
}

test_whereabouts_that_are_not_known_are_abroad if {
	all := _in(_everywhere | {"retail"}, _everywhere)
	_holds(_kept([], []), "crossBorder") == all
	_holds(_kept(["DE"], [{"name": "vendor"}]), "crossBorder") == all
	_assumed(_kept(["DE"], [{"name": "vendor"}]), "crossBorder")
	_assumed(object.remove(_kept(["DE"], []), ["processors"]), "crossBorder")
}

_addressees := fixture.prepared([
	fixture.jurisdiction("eu", null, [
		{"dimension": "rights.contact", "value": true, "when": {"notEstablishedIn": ["eu"]}},
		{"dimension": "rights.contact", "value": true, "when": {"turnover": {"EUR": 10000000}}},
		{"dimension": "rights.contact", "value": true, "when": {"turnover": {"USD": 500000000}, "staff": 50}},
		{"dimension": "rights.contact", "value": true, "when": {"staff": 250, "peopleServed": 1000000}},
	]),
	fixture.jurisdiction("de", "eu", [{"dimension": "rights.contact", "value": true, "when": {"notEstablishedIn": ["de"]}}]),
	fixture.jurisdiction("ca", null, [
		{"dimension": "rights.contact", "value": true, "when": {"notRoles": ["school"]}},
		{"dimension": "rights.contact", "value": true, "when": {"notRoles": ["insurer"]}},
	]),
	fixture.jurisdiction("ca-qc", "ca", []),
])

_binds(spec, fact) := document.holds[fact] if {
	document := facts.document with input as {"spec": object.union({"jurisdictions": ["de"]}, spec), "asOf": fixture.day}
		with data.prepared as _addressees
}

_of_deployer(country, others) := {"accountability": {"deployer": {"country": country}, "establishments": others}}

test_a_deployer_is_established_where_it_says_and_in_what_that_is_part_of if {
	_binds(_of_deployer("DE", []), "establishedIn") == {"de", "eu"}
	_binds(_of_deployer("CA-QC", ["ie"]), "establishedIn") == {"ca-qc", "ca", "ie", "eu"}
	_binds(_of_deployer("CA-BC", []), "establishedIn") == {"ca-bc", "ca"}
	_binds(_of_deployer("US", []), "establishedIn") == {"us"}
}

test_a_deployer_is_not_established_elsewhere if {
	_binds(_of_deployer("DE", []), "notEstablishedIn") == set()
	_binds(_of_deployer("FR", []), "notEstablishedIn") == {"de"}
	_binds(_of_deployer("US", []), "notEstablishedIn") == {"de", "eu"}
	_binds(_of_deployer("US", ["AT"]), "notEstablishedIn") == {"de"}
}

test_an_establishment_counts_without_the_country_of_the_deployer if {
	_binds({"accountability": {"establishments": ["AT"]}}, "notEstablishedIn") == {"de"}
	not _binds({"accountability": {"establishments": ["AT"]}}, "establishedIn")
	not _binds({"accountability": {"establishments": []}}, "notEstablishedIn")
}

test_sizes_reach_thresholds if {
	_binds({"accountability": {"staff": 49}}, "staff") == set()
	_binds({"accountability": {"staff": 50}}, "staff") == {50}
	_binds({"accountability": {"staff": 5000}}, "staff") == {50, 250}
	_binds({"accountability": {"peopleServed": 1000000}}, "peopleServed") == {1000000}
	_binds({"accountability": {"turnover": {"EUR": 9999999}}}, "turnover EUR") == set()
	_binds({"accountability": {"turnover": {"EUR": 10000000}}}, "turnover EUR") == {10000000}
}

test_a_turnover_in_another_currency_is_not_declared if {
	not _binds({"accountability": {"turnover": {"EUR": 1}}}, "turnover USD")
	document := facts.document with input as {"spec": {"accountability": {"turnover": {"EUR": 1}}}, "asOf": fixture.day}
		with data.prepared as _addressees
	document.assumed & {"turnover EUR", "turnover USD"} == {"turnover USD"}
}

test_a_small_operator_reaches_no_threshold if {
	small := {"smallOperator": true, "smallOperatorReason": "five people"}
	_binds({"accountability": small}, "staff") == set()
	_binds({"accountability": small}, "turnover USD") == set()
	_binds({"accountability": small}, "enterprise") == {"micro"}
	_binds({"accountability": object.union(small, {"staff": 60})}, "staff") == {50}
	_binds({"accountability": object.union(small, {"turnover": {"USD": 500000000}})}, "turnover USD") == {500000000}
	_binds({"accountability": object.union(small, {"turnover": {"USD": 900000}})}, "turnover EUR") == set()
	not _binds({"accountability": object.union(small, {"turnover": {"USD": 5000000}})}, "turnover EUR")
	not _binds({"accountability": object.union(small, {"turnover": {"USD": 900000000, "XXX": 1}})}, "turnover EUR")
	not _binds({"accountability": {"smallOperator": true, "smallOperatorReason": ""}}, "staff")
	not _binds({"accountability": {"smallOperator": true, "smallOperatorReason": ""}}, "enterprise")
	not _binds({"accountability": {"smallOperator": true, "smallOperatorReason": "We are not a small firm"}}, "staff")
}

test_a_turnover_in_another_currency_counts_at_every_rate if {
	_binds({"accountability": {"staff": 9, "turnover": {"USD": 900000}}}, "enterprise") == {"micro"}
	_binds({"accountability": {"staff": 9, "turnover": {"USD": 200000000}}}, "enterprise") == {"large"}
	_binds({"accountability": {"staff": 250, "turnover": {"USD": 1}}}, "enterprise") == {"large"}
	_binds({"accountability": {"staff": 9, "turnover": {"XXX": 1000000000000000}}}, "enterprise") == {"large"}
	not _binds({"accountability": {"staff": 9, "turnover": {"USD": 2000000}}}, "enterprise")
	not _binds({"accountability": {"staff": 9, "turnover": {"XXX": 2000000}}}, "enterprise")
}

test_a_voice_leaves_open_whether_media_are_generated if {
	speaking := {"channels": ["web", "voice"], "purpose": {"generatesMedia": false}}
	not _binds(speaking, "generatesMedia")
	_binds(object.union(speaking, {"channels": ["web"]}), "generatesMedia") == set()
	_binds(object.union(speaking, {"purpose": {"generatesMedia": true}}), "generatesMedia") == {true}
}

test_high_risk_purposes_leave_open_whether_the_risk_is_minimal if {
	lending := {"riskClass": "minimal", "purpose": {"kinds": ["support", "credit"]}}
	not _binds(lending, "riskClass")
	_binds(object.union(lending, {"riskClass": "limited"}), "riskClass") == {"limited"}
	_binds(object.union(lending, {"purpose": {"kinds": ["support"]}}), "riskClass") == {"minimal"}
	deciding := {"riskClass": "limited", "oversight": {"significantDecisions": "notice"}}
	not _binds(object.union(lending, deciding), "riskClass")
}

test_enterprises_belong_to_one_class if {
	_binds({"accountability": {"staff": 9}}, "enterprise") == {"micro"}
	_binds({"accountability": {"staff": 10}}, "enterprise") == {"small"}
	_binds({"accountability": {"staff": 9, "turnover": {"EUR": 2000000}}}, "enterprise") == {"micro"}
	_binds({"accountability": {"staff": 9, "turnover": {"EUR": 2000001}}}, "enterprise") == {"small"}
	_binds({"accountability": {"staff": 140}}, "enterprise") == {"medium"}
	_binds({"accountability": {"staff": 140, "turnover": {"EUR": 50000001}}}, "enterprise") == {"large"}
	_binds({"accountability": {"staff": 250}}, "enterprise") == {"large"}
	not _binds({"accountability": {"turnover": {"EUR": 1}}}, "enterprise")
}

test_audience_roles_basis_and_practices_are_facts if {
	_binds({"audience": {"who": ["employees"]}}, "audience") == {"employees"}
	_binds({"accountability": {"roles": []}}, "roles") == set()
	_binds({"accountability": {"roles": ["public-body"]}}, "roles") == {"public-body"}
	_binds({"consent": {"lawfulBasis": ["contract"]}}, "lawfulBasis") == {"contract"}
	_binds({"purpose": {"practices": []}}, "practices") == set()
	not _binds({"purpose": {"practices": null}}, "practices")
}

test_a_role_frees_from_laws_that_name_it if {
	_binds({"accountability": {"roles": []}}, "notRoles") == {["school"], ["insurer"]}
	taught := {"accountability": {"roles": ["school", "public-body"]}, "sectors": ["education"]}
	_binds(taught, "notRoles") == {["insurer"]}
	_binds(object.union(taught, {"sectors": ["retail"]}), "notRoles") == {["school"], ["insurer"]}
	not _binds({"accountability": {}}, "notRoles")
}

test_data_is_collected_if_it_is_asked_for_or_kept if {
	_binds({"personalData": {"categories": ["order"]}}, "collectsData") == {true}
	_binds({"personalData": {"categories": []}, "retention": {"transcriptDays": 1}}, "collectsData") == {true}
	_binds({"personalData": {"categories": []}, "retention": {"transcriptDays": 0}}, "collectsData") == set()
	not _binds({"personalData": {"categories": []}}, "collectsData")
}

test_what_people_write_is_processed_by_whoever_gets_it if {
	nothing := {"personalData": {"categories": []}, "retention": {"transcriptDays": 0}}
	_binds({"personalData": {"categories": ["order"]}}, "processesData") == {true}
	_binds(object.union(nothing, {"processors": [{"name": "a"}]}), "processesData") == {true}
	_binds(object.union(nothing, {"processors": []}), "processesData") == set()
	not _binds(nothing, "processesData")
}

test_a_transfer_to_an_adequate_country_rests_on_nothing_else if {
	_binds({"processors": [{"transfer": ["adequacy", "standard-clauses"]}, {"name": "x"}]}, "transferBy") == {"adequacy"}
	_binds({"processors": [{"transfer": ["standard-clauses"]}]}, "transferBy") == {"standard-clauses"}
	_binds({"processors": []}, "transferBy") == set()
	not _binds({}, "transferBy")
}

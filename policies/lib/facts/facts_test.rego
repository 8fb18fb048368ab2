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
	fixture.jurisdiction("us-ca", "us", []),
	fixture.sector("retail", []),
])

_document(spec) := _document_on(spec, fixture.day)

_document_on(spec, as_of) := document if {
	document := facts.document with input as {"spec": spec, "asOf": as_of} with data.prepared as _prepared
}

_holds(spec, fact) := _document(spec).holds[fact]

_assumed(spec, fact) if fact in _document(spec).assumed

test_codes_are_those_declared_and_their_parents if {
	document := _document({"jurisdictions": ["DE", "us-ca", "zz"], "sectors": ["Retail", "zz"]})
	document.codes == {"de", "eu", "us", "us-ca", "retail"}
	document.holds.declared == {"de", "us-ca", "retail"}
	document.holds.jurisdictions == {"de", "eu", "us", "us-ca"}
}

test_what_is_not_declared_is_assumed if {
	document := _document({"jurisdictions": ["de"]})
	document.assumed == object.keys(data.law.facts.fields)
	object.keys(document.holds) == {"declared", "jurisdictions", "crossBorder"}
}

test_what_is_null_is_not_declared if {
	purpose := {"kinds": null, "outbound": null, "generatesMedia": null}
	document := _document({"jurisdictions": ["de"], "purpose": purpose, "channels": null, "sectors": null})
	{"purposes", "channels", "sectors", "outbound", "generatesMedia"} - document.assumed == set()
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

test_a_small_operator_says_why if {
	_holds({"accountability": {"smallOperator": true, "smallOperatorReason": "ten people"}}, "largeOperator") == set()
	_holds({"accountability": {"smallOperator": false}}, "largeOperator") == {true}
	_assumed({"accountability": {"smallOperator": true}}, "largeOperator")
	_assumed({"accountability": {"smallOperator": true, "smallOperatorReason": ""}}, "largeOperator")
}

_categories(words) := {"jurisdictions": ["de"], "purpose": {"outbound": false}, "personalData": {"categories": words}}

test_sensitive_is_what_a_law_of_the_day_lists if {
	_holds(_categories(["contact", "health"]), "sensitive") == {true}
	_holds(_categories(["contact"]), "sensitive") == set()
	_holds(_categories([]), "sensitive") == set()
	_assumed({"jurisdictions": ["de"]}, "sensitive")
}

test_sensitive_follows_the_dates_and_conditions_of_its_points if {
	_holds(_categories(["union"]), "sensitive") == set()
	_document_on(_categories(["union"]), "2027-01-01").holds.sensitive == {true}
	_holds(_categories(["race"]), "sensitive") == set()
	_document_on(_categories(["race"]), "2026-01-01").holds.sensitive == {true}
	_document_on(_categories(["race"]), "2026-01-02").holds.sensitive == set()
	_document_on(_categories(["union"]), "2026-12-31").holds.sensitive == set()
	_holds(_categories(["caste"]), "sensitive") == set()
	_holds(object.remove(_categories(["caste"]), ["purpose"]), "sensitive") == {true}
}

test_a_point_about_sensitive_data_does_not_say_what_it_is if _holds(_categories(["order"]), "sensitive") == set()

_kept(countries, processors) := {
	"jurisdictions": ["de", "us-ca"],
	"sectors": ["retail"],
	"residency": {"countries": countries},
	"processors": processors,
}

test_data_crosses_the_borders_that_it_leaves if {
	_holds(_kept(["DE"], [{"country": "FR"}]), "crossBorder") == {"us", "us-ca", "retail"}
	_holds(_kept(["US"], []), "crossBorder") == {"eu", "de", "retail"}
	_holds(_kept(["US", "DE"], []), "crossBorder") == {"eu", "de", "us", "us-ca", "retail"}
}

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
	everywhere := {"eu", "de", "us", "us-ca", "retail"}
	_holds(_kept([], []), "crossBorder") == everywhere
	_holds(_kept(["DE"], [{"name": "vendor"}]), "crossBorder") == everywhere
	_assumed(_kept(["DE"], [{"name": "vendor"}]), "crossBorder")
	_assumed(object.remove(_kept(["DE"], []), ["processors"]), "crossBorder")
}

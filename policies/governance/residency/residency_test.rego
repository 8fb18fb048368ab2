package governance.residency_test

import data.lib.fixture

_grounds := ["adequacy", "standard-clauses"]

_law := [
	fixture.jurisdiction("eu", null, [
		fixture.point("residency.mechanisms", _grounds),
		fixture.point("residency.adequate", ["jp", "gb"]),
	]),
	fixture.jurisdiction("de", "eu", []),
	fixture.jurisdiction("gb", null, [{"dimension": "residency.mechanisms", "value": ["consent"], "act": "guide"}]),
	fixture.sector("banks", [fixture.point("residency.mechanisms", ["authorisation"])]),
]

_spec(codes, sectors, country, grounds) := {
	"jurisdictions": codes,
	"sectors": sectors,
	"residency": {"countries": ["DE"]},
	"processors": [{"name": "x", "country": country, "transfer": grounds}],
}

_found(spec) := {[finding.rule, finding.action, finding.field, finding.found, finding.required] |
	some finding in fixture.verdict(_law, spec).findings
	finding.rule != "residency.stored_abroad"
}

test_denies_a_transfer_without_an_accepted_ground if {
	_found(_spec(["de"], [], "US", ["consent"])) == {[
		"residency.mechanisms",
		"deny",
		"spec.processors[0].transfer",
		["consent"],
		{{"adequacy", "standard-clauses"}},
	]}
}

test_denies_a_processor_that_states_neither_country_nor_ground if {
	spec := object.union(_spec(["de"], [], "", []), {"processors": [{"name": "x"}]})
	_found(spec) == {
		[
			"residency.mechanisms",
			"deny",
			"spec.processors[0].transfer",
			null,
			{{"adequacy", "standard-clauses"}},
		],
		["residency.processor_country", "warn", "spec.processors[0].country", null, "the country of x"],
	}
}

test_warns_of_a_processor_in_no_country_that_states_a_ground if {
	spec := object.union(_spec(["de"], [], "", []), {"processors": [{"name": "x", "transfer": ["standard-clauses"]}]})
	_found(spec) == {["residency.processor_country", "warn", "spec.processors[0].country", null, "the country of x"]}
}

test_a_country_is_not_asked_for_where_no_law_sets_grounds if {
	law := [fixture.jurisdiction("aa", null, [])]
	fixture.actions(law, {"jurisdictions": ["aa"], "processors": [{"name": "x"}]}) == {}
}

test_allows_an_accepted_ground if _found(_spec(["de"], [], "US", ["standard-clauses"])) == set()

test_adequacy_counts_only_for_countries_that_the_law_of_the_parent_lists if {
	_found(_spec(["de"], [], "JP", ["adequacy"])) == set()
	count(_found(_spec(["de"], [], "US", ["adequacy"]))) == 1
}

test_nothing_is_transferred_within_the_territory if _found(_spec(["de"], [], "NO", [])) == set()

test_each_law_is_judged_by_itself if {
	_found(_spec(["de", "gb"], [], "GB", ["adequacy"])) == set()
	_found(_spec(["de", "gb"], [], "JP", ["adequacy"])) == {[
		"residency.mechanisms",
		"warn",
		"spec.processors[0].transfer",
		["adequacy"],
		{{"consent"}},
	]}
}

test_a_sector_follows_the_declared_jurisdictions if {
	_found(_spec(["de"], ["banks"], "FR", [])) == set()
	_found(_spec(["de"], ["banks"], "JP", ["adequacy"])) == {[
		"residency.mechanisms",
		"deny",
		"spec.processors[0].transfer",
		["adequacy"],
		{{"authorisation"}},
	]}
}

_conditional := [
	fixture.jurisdiction("eu", null, [
		fixture.point("residency.mechanisms", _grounds),
		fixture.point("residency.adequate", ["jp", "us"]),
		fixture.point("residency.adequateIfCertified", ["us"]),
	]),
	fixture.jurisdiction("ca", null, []),
	fixture.jurisdiction("ca-qc", "ca", [{
		"dimension": "residency.mechanisms", "value": ["assessment"],
		"when": {"crossBorder": true},
	}]),
]

_rules(codes, processor) := {[finding.rule, finding.action] |
	spec := {
		"jurisdictions": codes,
		"residency": {"countries": ["DE"]},
		"processors": [object.union({"name": "x"}, processor)],
	}
	some finding in fixture.verdict(_conditional, spec).findings
	finding.rule != "residency.stored_abroad"
}

test_adequacy_need_not_be_stated if {
	_rules(["eu"], {"country": "JP"}) == set()
	_rules(["eu"], {"country": "CN"}) == {["residency.mechanisms", "deny"]}
}

test_adequacy_for_certified_recipients_must_be_stated if {
	_rules(["eu"], {"country": "US"}) == {["residency.mechanisms", "deny"]}
	_rules(["eu"], {"country": "US", "transfer": ["adequacy"]}) == {["residency.certified_recipient", "warn"]}
	_rules(["eu"], {"country": "US", "transfer": ["adequacy"], "certifiedUnder": ["data-privacy-framework"]}) == set()
	_rules(["eu"], {"country": "US", "transfer": ["adequacy"], "certifiedUnder": ["list"]}) == {[
		"residency.certified_recipient",
		"warn",
	]}
	_rules(["eu"], {"country": "US", "transfer": ["adequacy", "standard-clauses"]}) == set()
}

test_the_rest_of_a_country_can_be_abroad if {
	_rules(["ca-qc"], {"country": "CA"}) == {["residency.mechanisms", "deny"]}
	_rules(["ca-qc"], {"country": "CA-ON"}) == {["residency.mechanisms", "deny"]}
	_rules(["ca-qc"], {"country": "CA-QC"}) == set()
}

_occasional := [fixture.jurisdiction("no", null, [
	fixture.point("residency.mechanisms", ["adequacy", "standard-clauses", "derogation"]),
	fixture.point("residency.adequate", ["jp"]),
])]

_on_derogation(processor) := {[finding.rule, finding.action, finding.field] |
	spec := {
		"jurisdictions": ["no"],
		"residency": {"countries": ["NO"]},
		"processors": [object.union({"name": "x", "host": "x.example", "country": "US"}, processor)],
	}
	some finding in fixture.verdict(_occasional, spec).findings
}

test_a_chatbot_transfers_too_often_for_a_derogation if {
	found := {["residency.daily_derogation", "warn", "spec.processors[0].transfer"]}
	_on_derogation({"transfer": ["derogation"]}) == found
	_on_derogation({"transfer": ["derogation", "standard-clauses"]}) == set()
	_on_derogation({"transfer": ["derogation"], "country": "JP"}) == set()
	_on_derogation({"transfer": ["standard-clauses"]}) == set()
}

test_an_occasional_recipient_can_get_data_by_a_derogation if {
	spec := {
		"jurisdictions": ["no"],
		"residency": {"countries": ["NO"]},
		"processors": [{"name": "guest-house", "country": "US", "transfer": ["derogation"]}],
	}
	fixture.verdict(_occasional, spec).findings == set()
}

test_a_vendor_without_a_host_is_called_where_none_has_one if {
	vendor := {"name": "vendor", "country": "US", "transfer": ["derogation"], "trainsOnData": false}
	called := {"name": "model", "host": "m.example", "country": "NO"}
	_on_derogation_of([vendor]) == {"spec.processors[0].transfer"}
	_on_derogation_of([vendor, called]) == set()
}

_on_derogation_of(processors) := {finding.field |
	spec := {"jurisdictions": ["no"], "residency": {"countries": ["NO"]}, "processors": processors}
	some finding in fixture.verdict(_occasional, spec).findings
}

_trusting := [fixture.jurisdiction("aa", null, [fixture.point("residency.mechanisms", ["own-adequacy", "agreement"])])]

_trusted(processor) := fixture.actions(_trusting, {
	"jurisdictions": ["aa"],
	"processors": [object.union({"name": "x", "country": "DE"}, processor)],
}) == {}

test_adequacy_counts_everywhere_where_the_deployer_judges_it if {
	_trusted({"transfer": ["adequacy"]})
	_trusted({"transfer": ["own-adequacy"]})
	not _trusted({"transfer": ["consent"]})
}

test_the_agreement_with_the_processor_is_a_ground_where_law_says_so if {
	_trusted({"agreement": "https://shop.example/dpa"})
	not _trusted({"transfer": ["agreement"]})
	not _trusted({"agreement": ""})
}

_certified(change) := {finding.rule |
	law := [fixture.jurisdiction("no", null, [fixture.point("residency.mechanisms", ["certification", "standard-clauses"])])]
	processor := object.union({"name": "vendor", "country": "US", "transfer": ["certification"]}, change)
	spec := {"jurisdictions": ["no"], "residency": {"countries": ["NO"]}, "processors": [processor]}
	some finding in fixture.verdict(law, spec).findings
}

test_a_certification_has_a_name if {
	_certified({}) == {"residency.unnamed_certification"}
	_certified({"certifiedUnder": []}) == {"residency.unnamed_certification"}
	_certified({"certifiedUnder": ["europrivacy"]}) == set()
	_certified({"transfer": ["certification", "standard-clauses"]}) == set()
}

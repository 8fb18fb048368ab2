package governance.intellectual_property_test

import data.governance.intellectual_property

_model := "spec.intellectualProperty.model.license"

_data := "spec.intellectualProperty.trainingData.licenses[0]"

_stated(field, id) := {"field": field, "text": id, "alternatives": [[{"id": id}]]}

_findings(rights, licenses) := found if {
	asked := {"spec": {"intellectualProperty": rights}, "licences": licenses}
	denied := intellectual_property.deny with input as asked
	warned := intellectual_property.warn with input as asked
	found := denied | warned
}

_rules(rights, licenses) := {[finding.rule, finding.action] | some finding in _findings(rights, licenses)}

test_a_declaration_without_licenses_has_no_findings if {
	denied := intellectual_property.deny with input as {"spec": {}}
	warned := intellectual_property.warn with input as {"spec": {}}
	denied | warned == set()
}

test_denies_a_license_without_commercial_use if {
	_findings({"use": ["commercial"]}, [_stated(_data, "CC-BY-NC-4.0")]) == {{
		"rule": "intellectual_property.non_commercial_licence",
		"dimension": "",
		"group": "",
		"action": "deny",
		"party": "developer",
		"field": _data,
		"found": {"license": "CC-BY-NC-4.0", "uses": {"commercial"}},
		"required": "a license that allows commercial use",
		"remedy": concat(" ", [
			"Use a model or data under a license that allows commercial use. If the use is not commercial, state the actual",
			"use in spec.intellectualProperty.use.",
		]),
		"sources": {{"source": {
			"code": "licence",
			"act": "CC-BY-NC-4.0",
			"url": "https://creativecommons.org/licenses/by-nc/4.0/legalcode",
		}}},
	}}
}

test_allows_a_license_without_commercial_use_where_nothing_is_commercial if {
	_rules({"use": ["network-service", "distributed"]}, [_stated(_model, "CC-BY-NC-4.0")]) == set()
	_rules({"use": []}, [_stated(_model, "CC-BY-NC-4.0")]) == set()
}

test_a_use_that_is_not_declared_is_made if {
	_rules({}, [_stated(_model, "CC-BY-NC-SA-4.0")]) == {
		["intellectual_property.non_commercial_licence", "deny"],
		["intellectual_property.copyleft", "warn"],
	}
}

test_allows_everything_under_a_permissive_license if {
	_rules({}, [_stated(_model, "Apache-2.0"), _stated(_data, "CC-BY-4.0")]) == set()
}

test_denies_an_adapted_model_and_warns_of_adapted_data if {
	_rules({"use": ["modified"]}, [_stated(_model, "CC-BY-ND-4.0")]) == {[
		"intellectual_property.no_derivatives_licence",
		"deny",
	]}
	_rules({"use": ["modified"]}, [_stated(_data, "CC-BY-ND-4.0")]) == {[
		"intellectual_property.no_derivatives_licence",
		"warn",
	]}
	_rules({"use": ["commercial"]}, [_stated(_model, "CC-BY-ND-4.0")]) == set()
}

test_warns_of_copyleft_against_the_use if {
	_rules({"use": ["distributed"]}, [_stated(_model, "GPL-3.0-only")]) == {["intellectual_property.copyleft", "warn"]}
	_rules({"use": ["commercial", "network-service"]}, [_stated(_model, "GPL-3.0-only")]) == set()
}

test_copyleft_over_a_network_needs_an_adapted_model if {
	_rules({"use": ["network-service", "modified"]}, [_stated(_model, "AGPL-3.0-only")]) == {[
		"intellectual_property.copyleft",
		"warn",
	]}
	_rules({"use": ["network-service"]}, [_stated(_model, "AGPL-3.0-only")]) == set()
}

test_warns_of_restrictions_that_must_be_passed_on if {
	_rules({"use": ["network-service"]}, [_stated(_model, "LicenseRef-gemma")]) == {[
		"intellectual_property.use_restrictions",
		"warn",
	]}
	_rules({"use": ["commercial"]}, [_stated(_model, "LicenseRef-gemma")]) == set()
}

test_warns_of_unknown_terms if {
	finding := [found | some found in _findings({"use": []}, [{"field": _model, "text": "Vendor Terms"}])][0]
	[finding.rule, finding.action, finding.party] == ["intellectual_property.unknown_licence", "warn", "deployer"]
	[finding.field, finding.found] == [_model, {"license": "Vendor Terms"}]
	{source.source.url | some source in finding.sources} == {"https://spdx.org/licenses/"}
}

test_a_review_answers_for_duties_but_allows_nothing if {
	reviewed := {"licenseReview": "https://shop.example/licences"}
	_rules(reviewed, [_stated(_model, "GPL-3.0-only"), {"field": _data, "text": "Vendor Terms"}]) == set()
	_rules(reviewed, [_stated(_model, "gemma")]) == set()
	_rules(reviewed, [_stated(_model, "CC-BY-NC-4.0")]) == {["intellectual_property.non_commercial_licence", "deny"]}
}

test_of_several_licenses_to_choose_from_one_is_enough if {
	choice := {"field": _model, "text": "x", "alternatives": [[{"id": "CC-BY-NC-4.0"}], [{"id": "MIT"}]]}
	_rules({}, [choice]) == set()
}

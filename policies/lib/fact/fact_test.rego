package lib.fact_test

import data.lib.fact

_finding(rule, field, change) := object.union(
	{"rule": rule, "dimension": rule, "action": "deny", "field": field, "found": null, "required": 1},
	change,
)

_warning := {"action": "warn"}

_stated := {"found": 1}

_conflict := {"dimension": "other", "found": 1}

# The rules of what stays, each with those that it names.
_left(findings) := {[finding.rule, object.get(finding, "also", set())] | some finding in fact.one_each(findings)}

test_a_single_finding_stays if {
	_left({_finding("a", "x", {})}) == {["a", set()]}
	_left({_finding("a", "x", {}), _finding("b", "y", {})}) == {["a", set()], ["b", set()]}
}

test_a_field_that_is_not_stated_is_one_fact if {
	_left({_finding("a", "x", {}), _finding("b", "x", {}), _finding("c", "y", {})}) == {["a", {"b"}], ["c", set()]}
}

test_the_strongest_finding_about_an_unstated_field_stays if {
	_left({_finding("a", "x", _warning), _finding("b", "x", {}), _finding("c", "x", _warning)}) == {["b", {"a", "c"}]}
}

test_a_rule_with_its_own_logic_keeps_its_finding if {
	own := _finding("b", "x", {"dimension": "rights.requests"})
	_left({_finding("a", "x", {}), own}) == {["a", set()], ["b", set()]}
}

test_stated_values_are_several_facts if {
	_left({_finding("a", "x", _stated), _finding("b", "x", _stated)}) == {["a", set()], ["b", set()]}
}

test_a_finding_without_effect_hides_none_and_is_not_hidden if {
	waived := {"action": "waived"}
	_left({_finding("a", "x", waived), _finding("b", "x", {})}) == {["a", set()], ["b", set()]}
	_left({_finding("a", "x", waived), _finding("b", "x", waived)}) == {["a", set()], ["b", set()]}
}

test_a_conflict_hides_what_it_says if {
	age := _finding("consent.childAge", "spec.audience.minimumAge", _stated)
	conflict := _finding("conflicts.age", "spec.audience.minimumAge", _conflict)
	_left({age, conflict}) == {["conflicts.age", {"consent.childAge"}]}
	weak := object.union(conflict, _warning)
	_left({age, weak}) == {["conflicts.age", set()], ["consent.childAge", set()]}
	elsewhere := object.union(age, {"field": "spec.perPlace[0].audience.minimumAge"})
	_left({elsewhere, conflict}) == {["conflicts.age", set()], ["consent.childAge", set()]}
}

test_a_parent_who_consents_answers_for_the_age if {
	age := _finding("consent.childAge", "spec.audience.minimumAge", _stated)
	conflict := _finding("conflicts.age", "spec.audience.minimumAge", _conflict)
	parental := _finding("consent.parental", "spec.audience.parentalConsent", {})
	_left({age, parental}) == {["consent.childAge", {"consent.parental"}]}
	_left({age, conflict, parental}) == {["conflicts.age", {"consent.childAge", "consent.parental"}]}
	of_place := object.union(parental, {"field": "spec.perPlace[0].audience.parentalConsent"})
	_left({age, of_place}) == {["consent.childAge", set()], ["consent.parental", set()]}
}

test_a_country_that_is_not_stated_is_one_fact if {
	field := "spec.processors[0].country"
	_left({
		_finding("residency.noneOf", field, {}),
		_finding("residency.processor_country", field, {"dimension": "residency.mechanisms", "action": "warn"}),
	}) == {["residency.noneOf", {"residency.processor_country"}]}
}

test_a_prohibited_practice_is_one_fact if {
	practices := {"found": ["dark-patterns", "manipulation"], "required": {"dark-patterns", "pose-as-human"}}
	prohibited := _finding("prohibited.practices", "x", practices)
	dark := _finding("fairness.darkPatterns", "x", {"found": false})
	truthful := _finding("transparency.truthful", "x", {"found": false})
	_left({prohibited, dark, truthful}) == {
		["prohibited.practices", {"fairness.darkPatterns"}],
		["transparency.truthful", set()],
	}
}

package governance.agreement_test

import data.governance.agreement
import data.governance.declaration

_judged(spec) := _judged_with(spec, {})

_judged_with(spec, holds) := {[one.rule, one.action, one.field, one.found, one.remedy] | some one in found} if {
	declared := {"spec": spec, "facts": {"holds": holds}}
	found := declaration.deny | agreement.warn with input as declared
}

_contradiction(field, found, remedy) := {["declaration.contradiction", "deny", field, found, remedy]}

_doubt(field, found, remedy) := {["agreement.doubtful", "warn", field, found, remedy]}

_small := {"accountability": {"smallOperator": true, "smallOperatorReason": "a family firm"}}

test_a_small_operator_has_not_the_numbers_of_a_large_one if {
	remedy := "Correct spec.accountability.smallOperator or spec.accountability.staff and turnover."
	large := _contradiction("spec.accountability.smallOperator", true, remedy)
	_judged_with(_small, {"enterprise": {"large"}}) == large
	_judged_with(_small, {"enterprise": {"small"}}) == set()
	_judged_with({"accountability": {"smallOperator": false}}, {"enterprise": {"large"}}) == set()
}

test_a_small_operator_is_below_the_threshold_of_some_law if {
	remedy := "Correct spec.accountability.smallOperator or spec.accountability.peopleServed."
	above := _contradiction("spec.accountability.smallOperator", true, remedy)
	thresholds := {"thresholds": {"peopleServed": {100, 2000}}, "contradictions": data.prepared.contradictions}
	_judged_with(_small, {"peopleServed": {100, 2000}}) == above with data.prepared as thresholds
	_judged_with(_small, {"peopleServed": {100}}) == set() with data.prepared as thresholds
	_judged_with(_small, {"peopleServed": set()}) == set() with data.prepared as thresholds
}

test_a_small_operator_states_the_reason if {
	remedy := concat(" ", [
		"State in spec.accountability.smallOperatorReason why:",
		"staff, turnover, or the number of people served.",
	])
	doubt := _doubt("spec.accountability.smallOperator", true, remedy)
	_judged({"accountability": {"smallOperator": true}}) == doubt
	_judged({"accountability": {"smallOperator": true, "smallOperatorReason": ""}}) == doubt
	_judged(_small) == set()
}

_remark(field, found) := {["agreement.doubtful", "audit", field, found]}

_remarks(spec) := {array.slice(one, 0, 4) | some one in _judged(spec)}

test_who_uses_a_chatbot_for_employees_that_is_open_or_sells_is_left_open if {
	staff := {"who": ["employees"]}
	open := object.union(staff, {"access": "anyone"})
	_remarks({"audience": open, "purpose": {"kinds": ["support"]}}) == _remark("spec.audience.who", ["employees"])
	_remarks({"audience": staff, "purpose": {"kinds": ["sales"]}}) == _remark("spec.audience.who", ["employees"])
	_judged({"audience": object.union(staff, {"access": "account"}), "purpose": {"kinds": ["sales"]}}) == set()
	_judged({"audience": {"who": ["employees", "consumers"], "access": "anyone"}}) == set()
	_judged({"audience": object.union(staff, {"access": "internal"}), "purpose": {"kinds": ["support"]}}) == set()
}

test_a_place_for_employees_only_is_not_open if {
	places := [{"jurisdictions": ["aa"], "audience": {"who": ["employees"]}}]
	spec := {"jurisdictions": ["aa"], "audience": {"who": ["consumers"], "access": "anyone"}, "perPlace": places}
	_remarks(spec) == _remark("spec.perPlace[0].audience.who", ["employees"])
}

test_what_is_wrong_with_the_whole_is_not_said_of_each_place if {
	places := [{"jurisdictions": ["aa"], "rights": {"responseDays": 3}}]
	spec := {"jurisdictions": ["aa"], "audience": {"who": ["employees"], "access": "anyone"}, "perPlace": places}
	_remarks(spec) == _remark("spec.audience.who", ["employees"])
}

test_nobody_of_full_age_is_a_child if {
	remedy := "Correct spec.audience.minimumAge or spec.audience.who."
	adults := _contradiction("spec.audience.minimumAge", 21, remedy)
	_judged({"audience": {"who": ["consumers", "children"], "minimumAge": 21}}) == adults
	_remarks({"audience": {"who": ["children"], "minimumAge": 18}}) == _remark("spec.audience.minimumAge", 18)
	_judged({"audience": {"who": ["consumers", "children"], "minimumAge": 17}}) == set()
	_judged({"audience": {"who": ["consumers", "children"]}}) == set()
}

test_employees_are_hardly_children if {
	remedy := concat(" ", [
		"Look at spec.audience.minimumAge and spec.audience.who again.",
		"If the declaration is right, state why in spec.confirmed, for spec.audience.minimumAge.",
	])
	children := _doubt("spec.audience.minimumAge", 12, remedy)
	_judged({"audience": {"who": ["employees"], "minimumAge": 12}}) == children
	_judged({"audience": {"who": ["employees"], "minimumAge": 13}}) == set()
	_judged({"audience": {"who": ["employees"]}}) == set()
	_judged({"audience": {"minimumAge": 3}}) == set()
}

test_who_serves_patients_has_a_role_of_health_care if {
	remedy := concat(" ", [
		"State in spec.accountability.roles what the deployer is,",
		"for example health-provider or covered-entity.",
		"If the declaration is right, state why in spec.confirmed, for spec.accountability.roles.",
	])
	_judged(_practice([])) == _doubt("spec.accountability.roles", [], remedy)
	_judged(_practice(["health-provider"])) == set()
	_judged({"sectors": ["health"], "audience": {"who": ["patients"]}}) == set()
}

_practice(roles) := {"sectors": ["health"], "audience": {"who": ["patients"]}, "accountability": {"roles": roles}}

test_a_confirmed_statement_is_a_remark_that_says_why if {
	young := {"audience": {"who": ["employees"], "minimumAge": 12}}
	reason := "they are actors"
	why := sprintf("employees are hardly so young; spec.confirmed says: %s", [reason])
	_confirmed(young, "spec.audience.minimumAge", reason) == {["audit", why]}
	_confirmed(young, "spec.audience.who", reason) == {["warn", "employees are hardly so young"]}
}

_confirmed(spec, field, reason) := {[one.action, one.required] |
	some one in agreement.warn with input as {
		"spec": object.union(spec, {"confirmed": [{"field": field, "reason": reason}]}),
		"facts": {"holds": {}},
	}
}

test_no_doubt_about_what_settles_nothing_is_confirmed if {
	spoken := {"channels": ["voice"], "purpose": {"generatesMedia": false}}
	{remedy | some [_, _, _, _, remedy] in _judged(spoken)} == {"State true, unless all that the chatbot says was recorded by people."}
}

test_roles_go_with_sectors if {
	roles := {"roles": ["school", "debt-collector", "online-platform"]}
	remedy := "Add the sector to spec.sectors (education), or remove the role; until then it frees from no law."
	spec := {"accountability": roles, "purpose": {"kinds": ["debt-collection"]}}
	school := {["agreement.role_sector", "warn", "spec.accountability.roles[0]", "school", remedy]}
	_judged(object.union(spec, {"sectors": ["retail"]})) == school
	_judged(spec) == school
	_judged(object.union(spec, {"accountability": {"roles": ["school", "school"]}})) == school
	_judged(object.union(spec, {"sectors": ["EDUCATION"]})) == set()
}

_sized(size) := {[one[0], one[2]] | some one in _judged({"accountability": size})}

test_the_size_does_not_contradict_itself if {
	_sized({"turnover": {"EUR": 100, "USD": 1000000}}) == {["agreement.size", "spec.accountability.turnover"]}
	_sized({"turnover": {"EUR": 1000000, "USD": 1100000}}) == set()
	small := {"smallOperator": true, "smallOperatorReason": "We are not a small firm"}
	_sized(small) == {["agreement.size", "spec.accountability.smallOperatorReason"]}
	_sized(object.union(small, {"smallOperator": false})) == set()
}

_kept(days) := {one[2] | some one in _judged({"retention": {"classes": {"complaint": 30, "contract": days}}})}

test_a_class_of_records_that_is_kept_for_longer_than_any_law_asks if {
	_kept(10959) == {"spec.retention.classes"}
	_kept(10958) == set()
}

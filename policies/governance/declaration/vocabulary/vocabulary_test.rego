package governance.declaration.vocabulary_test

import data.governance.declaration.vocabulary

_prepared := {
	"codes": {"jurisdiction": {"aa", "bb"}, "sector": {"shops"}},
	"facts": {
		"roles": {"broker", "public-body"},
		"categories": {
			"sensitive": {"health"},
			"ordinary": {"contact", "order"},
			"also": {"diagnosis": "health", "medical": "health"},
		},
	},
	"dimensions": {
		"rights.contact": {},
		"rights.appealDays": {},
		"retention.classMin": {"keys": ["contract", "call-recording"]},
		"transparency.before": {"keys": ["candidate", "workers"]},
	},
}

_denied(spec) := {[one.rule, one.action, one.field, one.found, one.required] | some one in found} if {
	found := vocabulary.deny with input as {"spec": spec} with data.prepared as _prepared
}

test_denies_codes_that_the_law_does_not_know_and_lists_those_it_does if {
	_denied({"jurisdictions": ["aa", "zz"], "sectors": ["banks"]}) == {
		["declaration.unknown_code", "deny", "spec.jurisdictions[1]", "zz", {"aa", "bb"}],
		["declaration.unknown_code", "deny", "spec.sectors[0]", "banks", {"shops"}],
	}
}

test_a_sector_is_no_jurisdiction if {
	_denied({"jurisdictions": ["shops"]}) == {[
		"declaration.unknown_code", "deny",
		"spec.jurisdictions[0]",
		"shops",
		{"aa", "bb"},
	]}
}

test_allows_known_codes_in_either_case if _denied({"jurisdictions": ["AA", "bb"], "sectors": ["Shops"]}) == set()

test_allows_a_declaration_without_sectors if _denied({"jurisdictions": ["aa"]}) == set()

test_denies_roles_that_the_law_does_not_know if {
	_denied({"accountability": {"roles": ["broker", "wizard"]}}) == {[
		"declaration.unknown_role", "deny",
		"spec.accountability.roles[1]",
		"wizard",
		{"broker", "public-body"},
	]}
	_denied({"accountability": {"roles": []}}) == set()
}

test_denies_a_dimension_that_does_not_exist if {
	_denied({"notApplicable": [{"dimension": "rights.contact"}, {"dimension": "rights.tea"}]}) == {[
		"declaration.unknown_dimension", "deny",
		"spec.notApplicable[1].dimension",
		"rights.tea",
		object.keys(_prepared.dimensions),
	]}
}

test_denies_a_class_that_no_law_knows if {
	known := {"contract", "call-recording"}
	spec := {
		"jurisdictions": ["aa"],
		"retention": {"classes": {"contract": 1, "poem": 1}},
		"perPlace": [{"jurisdictions": ["aa"], "retention": {"classes": {"song": 1}}}],
	}
	_denied(spec) == {
		["declaration.unknown_class", "deny", "spec.retention.classes.poem", "poem", known],
		["declaration.unknown_class", "deny", "spec.perPlace[0].retention.classes.song", "song", known],
	}
}

test_denies_a_reason_that_says_nothing if {
	reasons := ["a b c d e f", "no no no No", "nobody sends requests", "不处理个人数据", "결제 기능이 없음", "ไม่เก็บข้อมูล", "不不不不不不不不"]
	entries := [{"dimension": "rights.contact", "reason": reason} | some reason in reasons]
	{found[3] | some found in _denied({"notApplicable": entries})} == {"a b c d e f", "no no no No", "不不不不不不不不"}
	confirmed := [{"field": "spec.jurisdictions", "reason": "so so so So"}]
	{found[2] | some found in _denied({"confirmed": confirmed})} == {"spec.confirmed[0].reason"}
}

test_denies_a_notice_that_no_law_knows if {
	_denied({"disclosure": {"before": {"candidate": 14, "neighbors": 14}}}) == {[
		"declaration.unknown_notice", "deny",
		"spec.disclosure.before.neighbors",
		"neighbors",
		{"candidate", "workers"},
	]}
}

_categories(words) := {[one.rule, one.field, one.found, one.remedy] | some one in found} if {
	spec := {"personalData": {"categories": words}}
	found := vocabulary.deny with input as {"spec": spec} with data.prepared as _prepared
}

test_ordinary_and_sensitive_categories_are_known if {
	_categories(["contact", "health", "order-history", "diagnosis"]) == set()
}

test_denies_categories_that_could_stand_for_sensitive_data if {
	_categories(["medical-order"]) == {[
		"declaration.unknown_category",
		"spec.personalData.categories[0]",
		"medical-order",
		"Write health, which is the category of the legal data for it.",
	]}
	_categories(["contact", "aura"]) == {[
		"declaration.unknown_category",
		"spec.personalData.categories[1]",
		"aura",
		"Use the category that it is (health), or an ordinary one (contact, order).",
	]}
}

test_only_a_word_with_a_sensitive_part_denies if {
	_category_actions(["medical-order", "aura"]) == {
		["medical-order", "deny"],
		["aura", "audit"],
	}
}

_category_actions(words) := {[one.found, one.action] | some one in found} if {
	spec := {"personalData": {"categories": words}}
	found := vocabulary.deny with input as {"spec": spec} with data.prepared as _prepared
}

test_a_category_is_compared_with_all_that_are_known if {
	_required(["aura"]) == {{"health", "contact", "order"}}
	_required(["medical-order"]) == {{"health"}}
}

_required(words) := {one.required | some one in found} if {
	spec := {"personalData": {"categories": words}}
	found := vocabulary.deny with input as {"spec": spec} with data.prepared as _prepared
}

_unknown(input_) := {[one.rule, one.action, one.field, one.found] | some one in found} if {
	found := vocabulary.deny with input as input_
}

test_denies_languages_that_do_not_exist if {
	unknown := [{"field": "spec.disclosure.statements.zz", "tag": "zz", "closest": ""}]
	_unknown({"spec": {}, "unknownLanguages": unknown}) == {[
		"declaration.unknown_language", "deny", "spec.disclosure.statements.zz", "zz",
	]}
	_unknown({"spec": {}}) == set()
}

test_a_tag_with_a_part_that_does_not_exist_is_named_without_it if {
	unknown := {"field": "spec.disclosure.statements.DE-ZZZ", "tag": "DE-ZZZ", "closest": "de"}
	found := vocabulary.deny with input as {"spec": {}, "unknownLanguages": [unknown]}
	{one.required | some one in found} == {"a part of this tag does not exist: did you mean de?"}
}

test_a_code_that_was_meant_is_named if {
	law := {"places": {"meant": {"uk": "bb"}}, "jurisdictions": {"aa": {"name": "Land of A"}}}
	found := vocabulary.deny with input as {"spec": {"jurisdictions": ["UK", "Land-of-A"]}}
		with data.prepared as _prepared
		with data.law as law
	{[one.required, one.remedy] | some one in found} == {[{"bb"}, "Use one of bb."], [{"aa"}, "Use one of aa."]}
}

package governance.declaration_test

import data.governance.declaration

_of_shapes(uses) := {[one.rule, one.action, one.field, one.found, one.required, one.remedy] | some one in found} if {
	shapes := {"names": ["chat", "talk"], "uses": uses}
	found := declaration.deny with input as {"spec": {}, "shapes": shapes}
}

test_denies_a_shape_that_does_not_exist_and_offers_the_closest_names if {
	_of_shapes([{"field": "spec.ports[1]", "name": "caht", "closest": ["chat"]}]) == {[
		"declaration.unknown_shape",
		"deny",
		"spec.ports[1].shape",
		"caht",
		{"chat", "talk"},
		"Use one of chat.",
	]}
}

test_offers_all_shapes_if_no_name_is_close if {
	use := {"field": "spec.processors[0]", "name": "soap", "closest": []}
	{remedy | some [_, _, _, _, _, remedy] in _of_shapes([use])} == {"Use one of chat, talk."}
}

test_denies_a_parameter_that_the_shape_does_not_have if {
	use := {"field": "spec.ports[0]", "name": "chat", "parameters": ["path", "text"], "unknownParameters": ["pfad"]}
	_of_shapes([use]) == {[
		"declaration.unknown_parameter",
		"deny",
		"spec.ports[0].parameters.pfad",
		"pfad",
		{"path", "text"},
		"Remove it, or use a parameter of chat: path, text.",
	]}
}

test_allows_a_shape_that_exists if {
	_of_shapes([{"field": "spec.ports[0]", "name": "chat", "parameters": ["path"], "unknownParameters": []}]) == set()
}

test_denies_a_shape_with_a_fault if {
	inline := {"field": "spec.ports[0]", "name": "", "fault": "bad.", "faultField": "spec.ports[0].inline"}
	named := {"field": "spec.ports[1]", "name": "chat", "fault": "worse.", "faultField": "spec.ports[1].parameters"}
	{[rule, field, found, remedy] | some [rule, _, field, found, _, remedy] in _of_shapes([inline, named])} == {
		["declaration.unusable_shape", "spec.ports[0].inline", "inline", "bad."],
		["declaration.unusable_shape", "spec.ports[1].parameters", "chat", "worse."],
	}
}

test_denies_a_signature_that_cannot_be_checked if {
	use := {"field": "spec.ports[0]", "name": "chat", "signatureFault": "Remove it.", "signatureField": "spec.ports[0].signature"}
	_of_shapes([use]) == {[
		"declaration.unusable_signature",
		"deny",
		"spec.ports[0].signature",
		"chat",
		"the sidecar cannot check the signature of messages",
		"Remove it.",
	]}
}

_valued(spec) := {[one.rule, one.field, one.required, one.remedy] | some one in found} if {
	places := {"jurisdictions": ["AA", "bb"]}
	found := declaration.deny with input as {"spec": object.union(places, spec)}
}

test_denies_a_value_for_some_places_only if {
	places := [{"jurisdictions": ["aa"], "retention": {"transcriptDays": 0}, "rights": {"responseDays": 20}}]
	_valued({"perPlace": places}) == {[
		"declaration.place_without_value", "spec.retention.transcriptDays", "no value holds for bb",
		concat(" ", [
			"State it for bb too: in spec.perPlace, or in spec.retention.transcriptDays",
			"for all places without a value of their own.",
		]),
	]}
	_valued({"perPlace": places, "retention": {"transcriptDays": 30}}) == set()
	other := [{"jurisdictions": ["BB"], "retention": {"transcriptDays": 30}}]
	_valued({"perPlace": array.concat(places, other)}) == set()
	_valued({"perPlace": [{"jurisdictions": ["aa"], "rights": {"responseDays": 20}}]}) == set()
}

_of_places(places) := {[one.rule, one.field, one.found] | some one in found} if {
	spec := {"jurisdictions": ["AA", "bb"], "perPlace": places}
	found := declaration.deny with input as {"spec": spec}
}

test_denies_values_for_a_place_that_is_not_declared_or_has_two if {
	_of_places([{"jurisdictions": ["aa", "zz"]}, {"jurisdictions": ["AA"]}]) == {
		["declaration.unknown_place", "spec.perPlace[0].jurisdictions[1]", "zz"],
		["declaration.unknown_place", "spec.perPlace[1].jurisdictions[0]", "AA"],
	}
	_of_places([{"jurisdictions": ["aa"]}, {"jurisdictions": ["BB"]}]) == set()
}

package lib.remedy_test

import data.lib.remedy

_text(type, joined, answer) := concat(words, frame) if {
	frame := remedy.frame({"type": type, "about": "so it is", "unit": "days", "field": "field"})
	all := remedy.words({"a.b"}, _asked({type: {"a.b": joined}}), {"a.b": {"value": joined}}, {"a.b": answer})
		with data.prepared as {"dimensions": {"a.b": {"type": type, "unit": "days", "partial": true}}}
	words := object.get(all, "a.b", "")
}

_asked(required) := {"required": required, "names": {type: object.keys(limits) | some type, limits in required}}

test_each_type_says_what_to_do if {
	texts := {type: text |
		some type, [joined, answer] in {
			"flag": [true, set()],
			"level": ["opt-in", "none"],
			"atMost": [30, 40],
			"atLeast": [30, 20],
			"allOf": [{"a", "b", "c"}, {"b"}],
			"oneOf": [{"b", "a"}, {"c"}],
			"noneOf": [{"a", "b"}, {"b"}],
			"anyOf": [{{"a", "b"}, {"c"}}, set()],
			"eachAtLeast": [{"contract": 20, "complaint": 5}, {"contract": 19, "complaint": 5}],
			"eachAtMost": [{"contract": 20, "complaint": 5}, {"contract": 21, "complaint": 5}],
			"each": [{"dpia": 365, "fria": 10}, {"fria": 10}],
		}
		text := _text(type, joined, answer)
	}
	texts == {
		"flag": "State it (so it is).",
		"level": "Choose \"opt-in\" or stricter (so it is).",
		"atMost": "State at most 30 days (so it is).",
		"atLeast": "State at least 30 days (so it is).",
		"allOf": "Add a, c (so it is).",
		"oneOf": "State one or more of a, b and no other (so it is).",
		"noneOf": "Remove b (so it is).",
		"anyOf": "State at least one of a, b; and of c (so it is).",
		"eachAtLeast": "State in spec.field at least 20 days for contract (so it is).",
		"eachAtMost": "State in spec.field at most 20 days for contract (so it is).",
		"each": "State in spec.field when it was completed, or do it first: dpia within the last year.",
	}
}

test_a_notice_before_something_happens_needs_no_days if {
	_text("eachAtLeast", {"candidate": 0}, {"candidate": -1}) == "State in spec.field 0 days or more for candidate (so it is)."
}

test_an_assessment_that_is_missing_altogether_is_named if {
	_text("each", {"dpia": 365}, {}) == "State in spec.field when it was completed, or do it first: dpia within the last year."
}

test_the_age_of_an_assessment_is_told_in_years_if_it_is_whole_years if {
	since := {days: words |
		some days in [90, 365, 366, 548, 730, 1095, 3650, "any"]
		text := _text("each", {"dpia": days}, {})
		words := trim_prefix(text, "State in spec.field when it was completed, or do it first: dpia ")
	}
	since == {
		90: "within the last 90 days.",
		365: "within the last year.",
		366: "within the last 366 days.",
		548: "within the last 548 days.",
		730: "within the last 2 years.",
		1095: "within the last 3 years.",
		3650: "within the last 10 years.",
		"any": "at any time.",
	}
}

test_an_assessment_is_named_from_the_day_after_its_limit if {
	missing := {age: words | some age in [364, 365, 366]; words := _text("each", {"dpia": 365, "fria": 1}, {"dpia": age})}
	{age | some age, text in missing; contains(text, "dpia")} == {366}
}

_resting(name, facts) := {"dimension": name, "rests_on": facts}

test_what_was_not_declared_is_named if {
	dimensions := {
		"a.b": {"setting": {_resting("a.b", {"minors", "outbound", "recording"}), _resting("a.b", {"channels"})}},
		"c.d": {"setting": {_resting("c.d", {"channels"})}},
	}
	resting := _resting("a.b", {"minors", "outbound", "recording"})
	fields := {"spec.audience.minimumAge", "spec.purpose.outbound"}
	presumed := {"minors": {resting}, "outbound": {resting}, "recording": set(), "riskClass": set()}
	remedy.doubts(dimensions, presumed) == {"a.b": fields}
	remedy.doubt(fields) == concat("", [
		" This applies because the declaration does not state ",
		"spec.audience.minimumAge, spec.purpose.outbound; state it if the facts differ.",
	])
	remedy.doubt(set()) == ""
}

test_only_what_is_not_met_has_words if {
	remedy.words({"c.d"}, _asked({"atMost": {"a.b": 1, "c.d": 2}}), {}, {}) == {"c.d": "2"}
}

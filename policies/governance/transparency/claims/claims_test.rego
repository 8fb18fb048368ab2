package governance.transparency.claims_test

import data.lib.fixture

_telling := [fixture.jurisdiction("aa", null, [fixture.point("transparency.disclosure", "always")])]

_advised := [fixture.jurisdiction("aa", null, [{"dimension": "transparency.truthful", "value": true, "act": "guide"}])]

_posing := [fixture.jurisdiction("aa", null, [fixture.point("prohibited.practices", ["pose-as-human"])])]

_silent := [fixture.jurisdiction("aa", null, [fixture.point("rights.extensionDays", 30)])]

_found(law, statements) := {[finding.rule, finding.action, finding.field] |
	spec := {"jurisdictions": ["aa"], "disclosure": {"statements": statements}, "purpose": {"practices": []}}
	some finding in fixture.verdict(law, spec).findings
}

_human := {"en": "Hi, I am Julia, a real person."}

_says_human(action) := ["transparency.claims_human", action, "spec.disclosure.statements.en"]

test_denies_a_statement_that_a_person_answers if {
	_says_human("deny") in _found(_telling, _human)
	_says_human("deny") in _found(_posing, _human)
	_says_human("warn") in _found(_advised, _human)
	_says_human("warn") in _found(_silent, _human)
}

test_warns_of_a_statement_that_names_no_ai_system if {
	_found(_telling, {"en": "Hi, I am Julia."}) == {[
		"transparency.names_no_ai", "warn",
		"spec.disclosure.statements.en",
	]}
	_found(_silent, {"en": "Hi, I am Julia."}) == set()
	_found(_telling, {"nb": "Hei, jeg er Kari."}) == {[
		"transparency.names_no_ai", "warn",
		"spec.disclosure.statements.nb",
	]}
	_found(_telling, {"tlh": "nuqneH"}) == {["transparency.not_read", "audit", "spec.disclosure.statements.tlh"]}
}

test_only_warns_where_the_text_names_an_ai_system if {
	text := {"en": "Hi, I am Julia, a real person. An AI system helps me."}
	_found(_telling, text) == {_says_human("warn")}
}

test_guidance_hides_no_law if {
	law := [object.union(
		fixture.jurisdiction("aa", null, [
			fixture.point("transparency.disclosure", "unless-obvious"),
			{"dimension": "transparency.disclosure", "value": "always", "act": "guide"},
		]),
		{"acts": {
			"act": {"title": "Act", "url": "https://law.example/act", "status": "in-force"},
			"guide": {"title": "Guide", "url": "https://law.example/guide", "status": "guidance"},
		}},
	)]
	spec := {"jurisdictions": ["aa"], "disclosure": {"statements": {"en": "Hi, I am Julia."}, "placements": ["header"]}}
	finding := fixture.finding(law, spec, "transparency.names_no_ai")
	{point.source.act | some point in finding.sources} == {"Act", "Guide"}
}

test_an_honest_statement_is_enough if _found(_telling, {"en": "I am an AI system."}) == set()

_loose := {"en": "Hi, I'm Sky, your virtual assistant."}

_says_loosely := ["transparency.names_ai_loosely", "warn", "spec.disclosure.statements.en"]

test_warns_of_words_that_can_also_mean_a_person if {
	_found(_telling, _loose) == {_says_loosely}
	_found([fixture.jurisdiction("aa", null, [fixture.point("transparency.disclosure", "if-asked")])], _loose) == set()
	_found(
		[fixture.jurisdiction("aa", null, [{
			"dimension": "transparency.disclosure",
			"value": "always",
			"act": "guide",
		}])],
		_loose,
	) == set()
	_found(_silent, _loose) == set()
	_found(_telling, {"en": "Hi, I'm Sky, your virtual AI assistant."}) == set()
}

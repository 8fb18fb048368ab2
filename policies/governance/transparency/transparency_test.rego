package governance.transparency_test

import data.governance.transparency

_found(spec, texts) := {[finding.rule, finding.action, finding.field, finding.found, finding.required] |
	warned := transparency.warn with input as {"spec": spec, "texts": texts}
	some finding in warned
}

_languages(languages, statements) := {finding[4] |
	spec := {"audience": {"languages": languages}, "disclosure": {"statements": statements}}
	some finding in _found(spec, [])
}

test_warns_of_a_language_without_a_statement if {
	spec := {"audience": {"languages": ["en", "tlh"]}, "disclosure": {"statements": {"de": "x"}}}
	_found(spec, []) == {[
		"transparency.audience_languages",
		"warn",
		"spec.disclosure.statements",
		{"de"},
		{"tlh"},
	]}
}

test_a_built_in_statement_is_enough if _found({"audience": {"languages": ["en", "DE", "fr-CA"]}}, []) == set()

test_a_statement_of_the_primary_language_is_enough if {
	_languages(["tlh-Latn"], {"TLH": "x"}) == set()
	_languages(["tlh"], {"tlh-Latn": "x"}) == {{"tlh"}}
}

test_an_audience_without_languages_asks_for_nothing if {
	_found({"audience": {"minimumAge": 18}}, []) == set()
	_found({}, []) == set()
}

_text(change) := object.union(
	{
		"field": "spec.disclosure.statements.en",
		"kind": "disclosure.statements",
		"language": "en",
		"sentences": 4,
		"words": 80,
		"longWords": 8,
		"lix": 60,
	},
	change,
)

_of_text(change) := {[finding[0], finding[3], finding[4]] | some finding in _found({}, [_text(change)])}

test_allows_a_text_at_the_bounds if _of_text({}) == set()

test_warns_of_a_text_with_too_many_words if {
	_of_text({"words": 81}) == {["transparency.statement_length", {"words": 81}, "at most 80 words"]}
}

test_a_notice_on_liability_may_be_longer if {
	_of_text({"kind": "contract.liabilityNotice", "words": 150}) == set()
	count(_of_text({"kind": "contract.liabilityNotice", "words": 151})) == 1
}

test_warns_of_a_text_that_is_hard_to_read if {
	_of_text({"lix": 61}) == {[
		"transparency.reading_level",
		{"lix": 61, "longWords": 8, "sentences": 4, "words": 80},
		"a LIX of at most 60",
	]}
}

test_languages_of_long_words_have_a_bound_of_their_own if {
	_of_text({"language": "FI-fi", "lix": 70}) == set()
	_of_text({"language": "fi", "lix": 71}) == {[
		"transparency.reading_level",
		{"lix": 71, "longWords": 8, "sentences": 4, "words": 80},
		"a LIX of at most 70",
	]}
}

test_a_few_words_are_not_judged if {
	_of_text({"words": 19, "lix": 99}) == set()
	count(_of_text({"words": 20, "lix": 99})) == 1
}

_unspaced(characters, in_sentence) := _unspaced_in("zh", characters, in_sentence)

_unspaced_in(language, characters, in_sentence) := {[finding[0], finding[3], finding[4]] |
	some finding in _found({}, [{
		"field": sprintf("spec.disclosure.statements.%s", [language]),
		"kind": "disclosure.statements",
		"language": language,
		"sentences": 4,
		"characters": characters,
		"sentenceCharacters": in_sentence,
	}])
}

test_without_spaces_characters_are_judged if {
	_unspaced(200, 60) == set()
	_unspaced(201, 60) == {["transparency.statement_length", {"characters": 201}, "at most 200 characters"]}
	_unspaced(200, 61) == {[
		"transparency.reading_level",
		{"sentenceCharacters": 61, "sentences": 4},
		"at most 60 characters in a sentence",
	]}
}

test_a_script_that_spells_words_needs_more_characters if {
	_unspaced_in("th", 600, 180) == set()
	{required | some [_, _, required] in _unspaced_in("th-TH", 601, 181)} == {
		"at most 600 characters",
		"at most 180 characters in a sentence",
	}
}

test_a_text_without_letters_is_not_judged if {
	_found({}, [{"field": "x", "kind": "disclosure.statements", "language": "en", "sentences": 0}]) == set()
}

test_the_measure_is_named_as_a_source if {
	warned := transparency.warn with input as {"spec": {}, "texts": [_text({"lix": 61})]}
	some finding in warned
	{"code": "readability", "act": "Readability index LIX (Anderson 1981, after Björnsson 1968)"} == object.filter(
		[source.source | some source in finding.sources; source.source.code == "readability"][0],
		["code", "act"],
	)
}

test_warns_of_messages_that_are_sent_past_the_sidecar if {
	warned := transparency.warn with input as {"spec": {}, "shapes": {"names": ["chat"], "uses": [
		{"field": "spec.ports[0]", "name": "chat", "sendsBy": "chat"},
		{"field": "spec.ports[1]", "name": "other"},
	]}}
	{[one.rule, one.action, one.field, one.required] | some one in warned} == {[
		"transparency.sent_messages",
		"warn",
		"spec.processors",
		"a processor with the shape chat",
	]}
}

_marked(channels, placements, marks) := {[finding.rule, finding.action, finding.found] |
	point := {"value": marks}
	warned := transparency.warn with input as {
		"spec": {"channels": channels, "disclosure": {"placements": placements}},
		"requirement": {"dimensions": {"transparency.marking": {"joined": marks, "points": {point}}}},
	}
	some finding in warned
}

test_a_header_does_not_mark_speech if {
	found := {["transparency.mark_on_voice", "warn", ["header"]]}
	_marked(["web", "voice"], ["header"], {"machine-readable"}) == found
	_marked(["voice"], ["header", "media"], {"machine-readable"}) == set()
	_marked(["web"], ["header"], {"machine-readable"}) == set()
	_marked(["voice"], ["header"], {"visible"}) == set()
	_marked(["voice"], ["first-message"], {"machine-readable"}) == set()
}

package governance.transparency.unread_test

import data.lib.fixture

_telling := [fixture.jurisdiction("aa", null, [fixture.point("transparency.disclosure", "always")])]

test_remarks_once_on_texts_that_are_not_read if {
	law := array.concat(_telling, [fixture.jurisdiction("bb", null, [fixture.point("liability.answersBind", true)])])
	spec := {
		"jurisdictions": ["aa", "bb"],
		"disclosure": {"statements": {
			"en": "An AI system answers.",
			"eo": "AI",
			"tlh": "nuqneH",
			"vo": "Hi, I'm Sky, a chatbot.",
		}},
		"contract": {"liabilityNotice": {"en": "We stand by answers.", "no": "Vi står ved svarene.", "tlh": "nuqneH"}},
	}
	found := fixture.finding(law, spec, "transparency.not_read")
	found.action == "audit"
	found.field == "spec.contract.liabilityNotice.no"
	found.required == concat(", ", [
		"not read: spec.contract.liabilityNotice.no", "spec.contract.liabilityNotice.tlh",
		"spec.disclosure.statements.tlh",
	])
	not "transparency.not_read" in object.keys(fixture.actions(_telling, object.remove(
		object.union(spec, {"jurisdictions": ["aa"]}),
		["disclosure"],
	)))
}

package lib.plan_test

import data.lib.plan

_asked := plan.of_parts(
	{
		"rights.responseDays": {"joined": 10},
		"consent.recording": {"joined": 1},
		"accountability.named": {"joined": {"deployer"}},
		"contract.processorAgreement": {"joined": true},
		"enforcement.maxFine": {"joined": 20000},
	},
	{"rights.responseDays": [30], "contract.processorAgreement": []},
	set(),
)

test_an_age_needs_an_answer_where_people_are_children if {
	_needs(set()) == set()
	_needs({"consumers"}) == set()
	_needs({"consumers", "children"}) == {"consent.childAge"}
}

_needs(audience) := plan.of_parts({"consent.childAge": {"joined": 13}}, {}, audience).whole.needs_answer

test_each_part_is_asked_what_it_answers if {
	object.keys(_asked) == {"whole", "processor"}
	_asked.whole.required == {
		"atMost": {"rights.responseDays": 10},
		"level": {"consent.recording": {"notice", "opt-in"}},
		"allOf": {"accountability.named": {"deployer"}},
	}
	_asked.processor.required == {"flag": {"contract.processorAgreement": true}}
}

test_what_can_deny_is_known_where_it_is_less if {
	_asked.whole.advised == {"rights.responseDays"}
	_asked.whole.binding == {"atMost": {"rights.responseDays": 30}}
	_asked.whole.bound == {"rights.responseDays"}
	[_asked.processor.advised, _asked.processor.bound] == [{"contract.processorAgreement"}, set()]
}

test_a_question_has_the_path_of_its_answer if {
	_asked.whole.questions == {
		"scalar": {"rights.responseDays": ["rights", "responseDays"], "consent.recording": ["consent", "recording"]},
		"list": {},
		"given": {},
		"derived": {"accountability.named"},
	}
	_asked.whole.needs_answer == {"accountability.named"}
}

test_nothing_required_asks_nothing if plan.of_parts({}, {}, set()) == {}

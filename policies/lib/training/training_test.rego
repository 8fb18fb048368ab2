package lib.training_test

import data.lib.training

_answer(spec) := answer if answer := training.answer with input as {"spec": spec}

_answer(spec) := "silent" if not _speaks(spec)

_speaks(spec) if _ := training.answer with input as {"spec": spec}

_training(basis, requests, says) := _answer({
	"processors": [{"trainsOnData": false}, {"trainsOnData": true}],
	"consent": {"lawfulBasis": basis, "privacyNoticeSays": says},
	"rights": {"requests": requests},
})

test_without_a_vendor_that_trains_there_is_no_training if {
	_answer({"processors": []}) == "prohibited"
	_answer({"processors": [{"trainsOnData": false}]}) == "prohibited"
}

test_silence_on_training_is_no_answer if {
	_answer({}) == "silent"
	_answer({"processors": [{"trainsOnData": false}, {}]}) == "silent"
}

test_training_is_worth_what_people_can_do_about_it if {
	_training(["contract"], [], []) == "none"
	_training(["contract"], [], ["training-use"]) == "notice"
	_training(["contract"], ["objection"], ["training-use"]) == "opt-out"
	_training(["consent"], ["objection", "withdraw-consent"], ["training-use"]) == "opt-in"
}

test_consent_counts_only_if_it_can_be_withdrawn if _training(["consent"], [], ["training-use"]) == "notice"

test_a_right_of_which_no_notice_tells_counts_for_nothing if {
	_training(["consent"], ["objection", "withdraw-consent"], []) == "none"
}

test_a_declaration_without_rights_tells_at_most if {
	spec := {"processors": [{"trainsOnData": true}], "consent": {"privacyNoticeSays": ["training-use"]}}
	_answer(spec) == "notice"
	_answer({"processors": [{"trainsOnData": true}]}) == "none"
}

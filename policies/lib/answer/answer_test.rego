package lib.answer_test

import data.lib.answer

_day := "2026-11-23"

# The answer to one dimension, or the word `silent`.
_value(name, spec) := object.get(values, name, "silent") if {
	values := answer.values(answer.questions({name})) with input as {"spec": spec, "asOf": _day}
}

test_a_field_answers_its_dimension if {
	_value("rights.responseDays", {"rights": {"responseDays": 30}}) == 30
	_value("consent.recording", {"consent": {"recording": "opt-in"}}) == "opt-in"
	_value("rights.requests", {"rights": {"requests": ["erasure", "erasure"]}}) == {"erasure"}
	_value("rights.contact", {"rights": {"contact": "privacy@shop.example"}}) == "privacy@shop.example"
}

test_who_says_nothing_makes_reasonable_adjustments if {
	_value("fairness.accessibility", {}) == "reasonable"
	_value("fairness.accessibility", {"fairness": {"accessibility": "none"}}) == "none"
}

test_a_number_of_zero_and_an_empty_list_are_answers if {
	_value("retention.recordingMax", {"retention": {"recordingDays": 0}}) == 0
	_value("prohibited.practices", {"purpose": {"practices": []}}) == set()
}

test_nothing_declared_answers_nothing if {
	every name, _ in object.remove(data.prepared.dimensions, ["personal_data.redact", "fairness.accessibility"]) {
		_value(name, {}) == "silent"
	}
}

test_a_statement_or_a_placement_discloses_always if {
	_value("transparency.disclosure", {"disclosure": {"statements": {"en": "I am an AI."}}}) == "always"
	_value("transparency.disclosure", {"disclosure": {"placements": ["header"]}}) == "always"
	_value("transparency.disclosure", {"disclosure": {"statements": {}}}) == "silent"
}

_placed(name, placements) := _value(name, {"disclosure": {"placements": placements}})

test_the_earliest_placement_is_the_moment if {
	_placed("transparency.disclosureAt", ["header"]) == "anytime"
	_placed("transparency.disclosureAt", ["header", "first-message"]) == "first-message"
	_placed("transparency.disclosureAt", ["every-message"]) == "first-message"
	_placed("transparency.disclosureAt", ["first-message", "before-first-message"]) == "before-first-message"
}

test_a_header_marks_for_machines_and_a_message_for_people if {
	_placed("transparency.marking", ["header"]) == {"machine-readable"}
	_placed("transparency.marking", ["first-message"]) == {"visible"}
	_placed("transparency.marking", ["header", "every-message"]) == {"visible", "machine-readable"}
	_placed("transparency.marking", []) == "silent"
}

test_who_poses_as_a_human_is_not_truthful if {
	_value("transparency.truthful", {"purpose": {"practices": ["pose-as-human"]}}) == false
	_value("transparency.truthful", {"purpose": {"practices": ["pose-as-professional"]}}) == "silent"
}

test_every_message_repeats_at_once if {
	_placed("transparency.repeatHours", ["every-message"]) == 0
	_value("transparency.repeatHours", {"disclosure": {"repeatHours": 3, "placements": ["header"]}}) == 3
}

test_a_regional_statement_serves_its_language if {
	_value("transparency.languages", {"disclosure": {"statements": {"pt-BR": "…", "en": "…"}}}) == {"pt-br", "pt", "en"}
}

test_a_privacy_notice_is_shown_at_collection if {
	_value("transparency.noticeAt", {"consent": {"privacyNoticeURL": "https://shop.example/privacy"}}) == "at-collection"
}

test_no_processor_that_trains_prohibits_training if {
	_value("consent.training", {"processors": [{"trainsOnData": false}]}) == "prohibited"
	_value("consent.training", {"processors": []}) == "prohibited"
	_value("consent.training", {"processors": [{"trainsOnData": false}, {}]}) == "silent"
	_value("consent.training", {"processors": [{"trainsOnData": true}]}) == "none"
	_value("consent.training", {
		"processors": [{"trainsOnData": true}],
		"consent": {"privacyNoticeSays": ["training-use"]},
	}) == "notice"
}

test_declared_categories_are_minimised_even_when_there_are_none if {
	_value("personal_data.minimise", {"personalData": {"categories": []}}) == true
}

test_an_iban_is_a_bank_account if {
	"bank-account" in _value("personal_data.redact", {"personalData": {"redact": ["iban"]}})
}

test_what_the_sidecar_detects_is_redacted_whether_listed_or_not if {
	detected := {"email", "phone", "payment-card", "bank-account"}
	_value("personal_data.redact", {"personalData": {"redact": ["password"]}}) == detected | {"password"}
	_value("personal_data.redact", {}) == detected
}

test_days_of_transcripts_are_a_period_and_an_end if {
	_value("retention.declared", {"retention": {"transcriptDays": 0}}) == true
	_value("retention.deleteAtEnd", {"retention": {"transcriptDays": 0}}) == true
}

test_a_justification_satisfies_any_number_of_days if {
	_value("retention.justifyAbove", {"retention": {"transcriptDays": 900, "justification": "disputes"}}) == 0
	_value("retention.justifyAbove", {"retention": {"transcriptDays": 900, "justification": ""}}) == 900
	_value("retention.justifyAbove", {"retention": {"transcriptDays": 900}}) == 900
}

test_a_justification_of_no_number_of_days_is_no_answer if {
	_value("retention.justifyAbove", {"retention": {"justification": "disputes"}}) == "silent"
}

test_where_a_human_decides_the_machine_does_not if {
	_value("oversight.solelyAutomated", {"oversight": {"significantDecisions": "none"}}) == "prohibited"
	_value("oversight.solelyAutomated", {"oversight": {"significantDecisions": "human-decides"}}) == "prohibited"
	_value("oversight.solelyAutomated", {"oversight": {"significantDecisions": "notice"}}) == "notice"
}

test_cohorts_are_monitoring if {
	_value("fairness.monitoring", {"fairness": {"cohorts": ["language"]}}) == true
	_value("fairness.monitoring", {"fairness": {"cohorts": []}}) == false
}

test_dark_patterns_are_denied_by_a_list_without_them if {
	_value("fairness.darkPatterns", {"purpose": {"practices": []}}) == true
	_value("fairness.darkPatterns", {"purpose": {"practices": ["dark-patterns"]}}) == false
	_value("fairness.darkPatterns", {"purpose": {}}) == "silent"
}

test_parties_are_named_by_a_name_or_a_contact if {
	_value("accountability.named", {"accountability": {
		"deployer": {"name": "Shop GmbH"},
		"developer": {"name": ""},
		"dataProtectionOfficer": "dpo@shop.example",
		"riskOwner": "",
	}}) == {"deployer", "data-protection-officer"}
}

_assessed(assessment) := _value("accountability.assessments", {"assessments": [assessment]})

test_an_assessment_has_an_age if {
	_assessed({"type": "dpia", "completed": "2026-11-20"}) == {"dpia": 3}
	_assessed({"type": "dpia", "completed": "2026-11-23", "expires": "2026-11-23"}) == {"dpia": 0}
}

test_the_latest_of_two_assessments_counts if {
	assessments := [{"type": "dpia", "completed": "2026-11-01"}, {"type": "dpia", "completed": "2026-11-20"}]
	_value("accountability.assessments", {"assessments": assessments}) == {"dpia": 3}
}

test_an_assessment_that_is_expired_undated_or_to_come_does_not_count if {
	every assessment in [
		{"type": "dpia", "completed": "2026-01-01", "expires": "2026-11-22"},
		{"type": "dpia", "completed": "2026-11-24"},
		{"type": "dpia", "completed": "soon"},
		{"type": "dpia"},
	] {
		_assessed(assessment) == {}
	}
}

test_rights_in_model_and_data_are_stated_by_their_fields if {
	_value("intellectual_property.states", {"intellectualProperty": {
		"model": {"license": "Apache-2.0", "provenance": ""},
		"trainingData": {"licenses": [], "optOutsHonoured": true},
		"outputRights": "deployer",
	}}) == {"model-licence", "opt-outs-honoured", "output-rights"}
	_value("intellectual_property.states", {"intellectualProperty": {"trainingData": {"optOutsHonoured": false}}}) == set()
}

test_controls_are_listed_or_stated_by_their_own_fields if {
	_value("security.controls", {"security": {
		"controls": ["logging"],
		"encryptionInTransit": true,
		"encryptionAtRest": false,
		"incidentPlan": "https://shop.example/plan",
	}}) == {"logging", "encryption-in-transit", "incident-plan"}
	_value("security.controls", {"security": {}, "retention": {"transcriptDays": 30}}) == {"secure-disposal"}
}

test_a_contact_for_incidents_answers_every_deadline if {
	every name in ["security.authorityHours", "security.peopleHours", "security.seriousIncidentHours"] {
		_value(name, {"security": {"incidentContact": "soc@shop.example"}}) == 0
		_value(name, {"security": {"incidentContact": ""}}) == "silent"
	}
}

test_countries_are_compared_without_case if _value("residency.countries", {"residency": {"countries": ["DE"]}}) == {"de"}

test_a_processor_answers_for_itself if {
	answer.of_processor({
		"agreement": "https://shop.example/dpa",
		"agreementSays": ["audit"],
		"breachNoticeHours": 24,
		"country": "DE",
	}) == {
		"contract.processorAgreement": "https://shop.example/dpa",
		"contract.processorAgreementSays": {"audit"},
		"security.processorHours": 24,
	}
}

test_a_silent_processor_answers_nothing if answer.of_processor({"name": "x"}) == {}

_shown(name, spec) := shown[name] if {
	shown := answer.shown({name}) with input as {"spec": spec}
}

test_people_see_no_control_that_they_did_not_state if {
	deleting := {"retention": {"transcriptDays": 30}}
	_shown("security.controls", deleting) == null
	_shown("security.controls", object.union(deleting, {"security": {"incidentContact": "soc@shop.example"}})) == null
	_shown("security.controls", object.union(deleting, {"security": {"controls": []}})) == []
	encrypted := {"security": {"controls": ["logging"], "encryptionAtRest": true}}
	_shown("security.controls", object.union(deleting, encrypted)) == {"encryption-at-rest", "logging"}
}

test_people_see_no_list_of_processors_where_none_trains if {
	_shown("consent.training", {"processors": [{"name": "x"}]}) == null
	_shown("consent.training", {}) == null
}

test_people_see_what_stands_in_the_field if {
	spec := {
		"disclosure": {"placements": ["header"]},
		"retention": {"transcriptDays": 900},
		"processors": [{"name": "x", "trainsOnData": true}, {"name": "y"}],
		"assessments": [{"type": "dpia"}],
	}
	names := {
		"transparency.marking",
		"retention.justifyAbove",
		"consent.training",
		"accountability.assessments",
		"rights.contact",
		"personal_data.redact",
	}
	shown := answer.shown(names) with input as {"spec": spec}
	shown == {
		"transparency.marking": ["header"],
		"retention.justifyAbove": 900,
		"consent.training": ["x"],
		"accountability.assessments": ["dpia"],
		"personal_data.redact": null,
	}
}

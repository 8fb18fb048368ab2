package governance.declaration.answers_test

import data.governance.declaration.answers

_refused(spec) := {[one.field, one.found] | some one in found} if {
	found := answers.deny with input as {"spec": spec}
}

test_a_contact_is_one if {
	every word in _no_contacts {
		_refused({"rights": {"contact": word}}) == {["spec.rights.contact", word]}
	}
}

_no_contacts := ["none", "n/a", "-", "tbd", "the desk", "none@none.com", "https://n/a", "x@x", "keine", "01", "office@shop"]

test_contacts_have_many_forms if {
	words := [
		"privacy@shop.example", "tel:112", "988", "+49 (0)30 1234", "1-800-FLOWERS", "Lifeline 116 123",
		"https://intranet/help", "ombud@例え.example",
	]
	every word in words {
		_refused({"rights": {"contact": word}, "oversight": {"crisisContact": word}}) == set()
	}
}

test_all_contacts_addresses_and_reasons_are_read if {
	_refused({
		"accountability": {"deployer": {"contact": "tba"}, "smallOperatorReason": "x"},
		"consent": {"privacyNoticeURL": "https://none.invalid/"},
		"processors": [{"agreement": "https://tbd"}],
		"assessments": [{"reference": "http://todo.com"}, {"reference": "https://shop.example/dpia"}],
		"retention": {"justification": "n/a"},
		"perPlace": [{"rights": {"contact": "not available"}, "retention": {"justification": "…"}}, {"rights": {}}],
	}) == {
		["spec.accountability.deployer.contact", "tba"],
		["spec.accountability.smallOperatorReason", "x"],
		["spec.consent.privacyNoticeURL", "https://none.invalid/"],
		["spec.processors[0].agreement", "https://tbd"],
		["spec.assessments[0].reference", "http://todo.com"],
		["spec.retention.justification", "n/a"],
		["spec.perPlace[0].rights.contact", "not available"],
		["spec.perPlace[0].retention.justification", "…"],
	}
}

test_every_contact_and_address_is_read if {
	tba := "tba"
	spec := {
		"rights": {"contact": tba},
		"oversight": {"reviewer": tba, "crisisContact": tba},
		"security": {"incidentContact": tba, "incidentPlan": tba},
		"accountability": {
			"deployer": {"contact": tba},
			"developer": {"contact": tba},
			"modelSupplier": {"contact": tba},
			"dataProtectionOfficer": tba,
			"grievanceOfficer": tba,
			"localRepresentative": tba,
			"riskOwner": tba,
		},
		"consent": {"privacyNoticeURL": tba, "withdrawalURL": tba},
		"contract": {"withdrawalURL": tba},
		"fairness": {"accessibilityStatementURL": tba},
	}
	stated := {concat(".", array.concat(["spec"], path)) | walk(spec, [path, tba])}
	_refused(spec) == {[field, tba] | some field in stated}
}

test_short_reasons_are_reasons if {
	_refused({"retention": {"justification": "Orders."}, "accountability": {"smallOperatorReason": "9 staff"}}) == set()
}

test_a_turnover_is_in_money if {
	_refused({"accountability": {"turnover": {"EUR": 1, "XAU": 1}}}) == {["spec.accountability.turnover.XAU", "XAU"]}
}

package governance.contract_test

import data.lib.fixture

_binding := [fixture.jurisdiction("aa", null, [fixture.point("liability.answersBind", true)])]

_free := [fixture.jurisdiction("aa", null, [fixture.point("rights.extensionDays", 30)])]

_found(law, notice) := {[finding.rule, finding.action, finding.field] |
	spec := {"jurisdictions": ["aa"], "contract": {"liabilityNotice": notice}}
	some finding in fixture.verdict(law, spec).findings
	finding.rule == "contract.denies_answers"
}

test_warns_of_a_notice_that_answers_do_not_count if {
	found := {["contract.denies_answers", "warn", "spec.contract.liabilityNotice.en"]}
	_found(_binding, {"en": "Its answers never bind us."}) == found
	_found(_binding, {"en": "Answers may be wrong. Ask a person."}) == set()
	_found(_free, {"en": "Its answers never bind us."}) == set()
	_found(_binding, {}) == set()
}

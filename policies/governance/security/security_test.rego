package governance.security_test

import data.governance.security

_warned(use) := {[one.rule, one.action, one.field, one.found, one.required] | some one in found} if {
	found := security.warn with input as {"spec": {}, "shapes": {"names": ["chat"], "uses": [use]}}
}

test_warns_of_a_signature_that_nothing_checks if {
	_warned({"field": "spec.ports[1]", "name": "chat", "uncheckedHeader": "X-Signature"}) == {[
		"security.message_signature",
		"warn",
		"spec.ports[1].signature",
		null,
		"a secret for the header X-Signature",
	]}
}

test_allows_messages_without_a_signature_or_with_one_that_is_checked if {
	_warned({"field": "spec.ports[1]", "name": "chat"}) == set()
}

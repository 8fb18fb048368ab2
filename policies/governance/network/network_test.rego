package governance.network_test

import data.governance.network

_admin := {"name": "chaperone-admin", "number": 23090}

_support := {
	"name": "support",
	"enforcement": "Deny",
	"ports": [_admin, {"name": "http", "number": 23100}, {"name": "ws", "number": 23101}],
	"openPorts": ["metrics"],
}

_sales := {"name": "sales", "enforcement": "Deny", "ports": [_admin, {"name": "web", "number": 23100}]}

_field := "spec.ingress[0].ports[0].port"

# What is said: rule, field, found, required.
_denied(facts) := {[finding.rule, finding.field, finding.found, finding.required] | some finding in found} if {
	found := network.deny with input as facts
}

_opened(opening, chatbots) := _denied({"chatbots": chatbots, "openings": [object.union({"field": _field}, opening)]})

_range(first, last) := {"first": first, "last": last}

_found(opening, chatbots) := {finding[2] | some finding in _opened(opening, chatbots)}

test_denies_all_ports if {
	_opened(_range(1, 65535), [_support]) == {["network.opens_ports", _field, "all ports", ["http", "metrics", "ws"]]}
}

test_allows_the_numbers_of_the_sidecar_and_no_other if {
	allowed := {number |
		some number in [8080, 23089, 23090, 23091, 23099, 23100, 23101, 23102]
		count(_opened(_range(number, number), [_support])) == 0
	}
	allowed == {23090, 23100, 23101}
}

test_allows_a_range_that_is_the_sidecars_and_no_wider_one if {
	_found(_range(23100, 23101), [_support]) == set()
	_found(_range(23100, 23102), [_support]) == {"23100-23102"}
	_found(_range(23099, 23101), [_support]) == {"23099-23101"}
	_found(_range(8000, 9000), [_support]) == {"8000-9000"}
}

test_allows_the_names_of_governed_and_of_open_ports if {
	every name in ["http", "ws", "metrics", "chaperone-admin"] {
		_found({"name": name}, [_support]) == set()
	}
	every name in ["proxy", "chaperone-0", "web"] {
		_found({"name": name}, [_support]) == {name}
	}
}

test_a_number_is_the_sidecars_in_the_pods_of_every_chatbot_and_a_name_of_one if {
	_found(_range(23100, 23100), [_support, _sales]) == set()
	_found(_range(23101, 23101), [_support, _sales]) == {"23101"}
	_found({"name": "web"}, [_support, _sales]) == set()
	_found({"name": "proxy"}, [_support, _sales]) == {"proxy"}
}

test_a_number_that_is_not_the_apps_is_denied_too if {
	_found(_range(4180, 4180), [object.union(_support, {"appNumbers": [8080]})]) == {"4180"}
}

test_allows_what_opens_nothing if {
	_denied({"chatbots": [_support], "openings": []}) == set()
	_denied({"chatbots": [_support]}) == set()
}

_remedy(opening, facts) := finding.remedy if {
	found := network.deny with input as object.union(
		{"chatbots": [_support], "openings": [object.union({"field": _field}, opening)]},
		facts,
	)
	some finding in found
}

_leave := concat(" ", [
	"Or leave the pods of chatbots out: add the line `- {key: chaperone.dev/chatbot, operator: DoesNotExist}`",
	"to spec.podSelector.matchExpressions. Chaperone's own NetworkPolicy opens the sidecar's ports of these pods.",
])

test_says_which_line_to_add if {
	_remedy(_range(1, 65535), {}) == concat(" ", [
		"State under ports the names of the ports that may be reached (http, metrics, ws).",
		_leave,
	])
	_remedy(_range(8080, 8080), {}) == concat(" ", [
		"Put the name of the port (http, metrics, ws) instead of the number 8080. Add the name of another port, such as one",
		"for metrics, to spec.openPorts of the ChatbotDeployment first.",
		_leave,
	])
	_remedy({"name": "proxy"}, {}) == concat(" ", [
		"If people chat on proxy, declare it in spec.ports of the ChatbotDeployment. If it is for something else, such as",
		"metrics, add it to spec.openPorts.",
		_leave,
	])
	_remedy({"name": "chaperone-0"}, {}) == concat(" ", [
		"Remove chaperone-0, the name of the app's own port behind the sidecar.",
		_leave,
	])
}

test_says_how_to_stay_reachable_until_chaperone_has_a_network_policy if {
	every enforcement in ["Audit", "Warn"] {
		chatbots := [object.union(_sales, {"enforcement": enforcement})]
		endswith(_remedy(_range(1, 65535), {"chatbots": chatbots}), concat(" ", [
			"Under Deny, Chaperone's own NetworkPolicy opens the sidecar's ports of these pods. Until then, if another one",
			"closes them, open web by name for them.",
		]))
	}
}

_open := {"namespace": "shop", "name": "open"}

test_gives_the_command_for_a_network_policy_of_a_cluster if {
	contains(_remedy(_range(1, 65535), _open), concat(" ", [
		"kubectl patch networkpolicy open -n shop --type json -p",
		`'[{"op": "add", "path": "/spec/podSelector/matchExpressions",`,
		`"value": [{"key": "chaperone.dev/chatbot", "operator": "DoesNotExist"}]}]'.`,
	]))
	contains(_remedy(_range(1, 65535), object.union(_open, {"hasExpressions": true})), concat(" ", [
		`'[{"op": "add", "path": "/spec/podSelector/matchExpressions/-",`,
		`"value": {"key": "chaperone.dev/chatbot", "operator": "DoesNotExist"}}]'.`,
	]))
}

_leads(number, chatbots) := _denied({"chatbots": chatbots, "endpoints": [{"field": "ports[0].port", "number": number}]})

test_endpoints_lead_to_numbers_of_the_sidecar_only if {
	_leads(8080, [_support]) == {["network.endpoint_around", "ports[0].port", 8080, [23100, 23101]]}
	_leads(23100, [_support]) == set()
	_leads(23090, [_support]) == set()
	_leads(23101, [_support, _sales]) != set()
}

test_endpoints_lead_elsewhere_where_the_declaration_gives_the_apps_number if {
	numbered := object.union(_support, {"appNumbers": [8080]})
	_leads(9090, [numbered]) == set()
	count(_leads(8080, [numbered])) == 1
}

test_endpoints_of_all_ports_lead_to_the_apps_too if {
	_leads(0, [_support]) == {["network.endpoint_around", "ports[0].port", "all", [23100, 23101]]}
	count(_leads(0, [object.union(_support, {"appNumbers": [8080]})])) == 1
}

test_every_finding_denies_has_a_remedy_and_its_source if {
	found := network.deny with input as {
		"chatbots": [_support],
		"openings": [{"field": _field, "name": "proxy"}],
		"endpoints": [{"field": "ports[0].port", "number": 8080}],
	}
	{[finding.rule, finding.party, finding.action, finding.group] | some finding in found} == {
		["network.opens_ports", "deployer", "deny", "effect"],
		["network.endpoint_around", "deployer", "deny", "effect"],
	}
	every finding in found {
		finding.remedy != ""
		"Kubernetes: Network Policies" in {point.source.act | some point in finding.sources}
	}
}

package governance.service_test

import data.governance.service

_admin := {"name": "chaperone-admin", "number": 23090}

_support := {
	"name": "support",
	"enforcement": "Deny",
	"ports": [_admin, {"name": "http", "number": 23100}, {"name": "ws", "number": 23101}],
}

_sales := {"name": "sales", "enforcement": "Deny", "ports": [_admin, {"name": "web", "number": 23100}]}

_field := "spec.ports[0].targetPort"

# What is said of a Service: rule, field, found, required.
_denied(facts) := {[finding.rule, finding.field, finding.found, finding.required] | some finding in found} if {
	found := service.deny with input as facts
}

_number(number, chatbots) := _denied({"chatbots": chatbots, "targets": [{"field": _field, "number": number}]})

_name(name, chatbots) := _denied({"chatbots": chatbots, "targets": [{"field": _field, "name": name}]})

test_denies_a_target_by_number if {
	_number(8080, [_support]) == {["service.target_by_name", _field, 8080, ["http", "ws"]]}
}

test_allows_the_numbers_of_the_sidecar_and_no_other if {
	allowed := {number |
		some number in [23089, 23090, 23091, 23099, 23100, 23101, 23102]
		count(_number(number, [_support])) == 0
	}
	allowed == {23090, 23100, 23101}
}

_numbered := {
	"name": "numbered",
	"enforcement": "Deny",
	"ports": [_admin, {"name": "port-8080", "number": 23100}],
	"appNumbers": [8080],
}

test_denies_the_apps_number_and_allows_other_numbers_where_the_declaration_gives_it if {
	_number(8080, [_numbered]) == {["service.target_by_name", _field, 8080, ["port-8080"]]}
	_number(9090, [_numbered]) == {
		["service.no_open_port", "spec.ports", ["9090"], ["port-8080"]],
		["service.closed_port", _field, "9090", ["port-8080"]],
	}
	_both([_http, {"field": "spec.ports[1].targetPort", "number": 9090}], [object.union(_numbered, {"ports": _support.ports})]) == {[
		"service.closed_port",
		"spec.ports[1].targetPort",
		"9090",
		["http", "ws"],
	]}
	"service.target_by_name" in {finding[0] | some finding in _number(9090, [_numbered, _sales])}
}

_http := {"field": _field, "name": "http"}

_both(targets, chatbots) := _denied({"chatbots": chatbots, "targets": targets})

test_denies_a_service_that_leads_only_to_ports_that_nobody_declares if {
	_name("proxy", [_support]) == {
		["service.no_open_port", "spec.ports", ["proxy"], ["http", "ws"]],
		["service.closed_port", _field, "proxy", ["http", "ws"]],
	}
	open := object.union(_support, {"openPorts": ["metrics"]})
	_name("proxy", [open]) == {
		["service.no_open_port", "spec.ports", ["proxy"], ["http", "metrics", "ws"]],
		["service.closed_port", _field, "proxy", ["http", "metrics", "ws"]],
	}
	_name("metrics", [open]) == set()
}

test_a_service_that_leads_to_the_sidecar_of_one_chatbot_is_not_denied if {
	{finding[0] | some finding in _name("web", [_support, _sales])} == {"service.closed_port"}
}

test_says_where_a_service_leads_and_where_it_could if {
	found := service.deny with input as {"chatbots": [_support], "targets": [{"field": _field, "name": "proxy"}]}
	{finding.rule: [finding.action, finding.group] | some finding in found} == {
		"service.no_open_port": ["deny", "effect"],
		"service.closed_port": ["audit", "hygiene"],
	}
	some finding in found
	startswith(finding.remedy, "The Service leads to proxy, and not to http or ws. If people reach the chatbot by this Service, ")
}

test_reports_a_closed_port_beside_one_that_leads_to_the_sidecar if {
	metrics := {"field": "spec.ports[1].targetPort", "name": "metrics"}
	_both([_http, metrics], [_support]) == {["service.closed_port", metrics.field, "metrics", ["http", "ws"]]}
	_both([_http, metrics], [object.union(_support, {"openPorts": ["metrics"]})]) == set()
}

_remedy(number, chatbots, facts) := finding.remedy if {
	target := {"field": _field, "pointer": "/spec/ports/0/targetPort", "number": number}
	found := service.deny with input as object.union(facts, {"chatbots": chatbots, "targets": [target]})
	some finding in found
}

_other := concat(" ", [
	" If it is another port of the pods, such as for metrics, name it there and target that name, or declare the",
	"chatbot's ports by number.",
])

_bot := {"namespace": "shop", "name": "bot"}

test_says_in_which_order_to_patch_the_service if {
	_remedy(8080, [_numbered], _bot) == concat(" ", [
		"1. Restart the pods, so that they have the port port-8080 (until then the Service would lead nowhere).",
		"2. kubectl patch service bot -n shop --type json -p",
		`'[{"op": "add", "path": "/spec/ports/0/targetPort", "value": "port-8080"}]'.`,
	])
}

test_gives_no_command_for_a_service_that_no_cluster_has if {
	_remedy(8080, [_numbered], {}) == "Set spec.ports[0].targetPort to port-8080 instead of the number."
	_remedy(9090, [_sales], {}) == concat("", [
		"If people chat on port 9090, give it the name web and set spec.ports[0].targetPort to the name.",
		_other,
	])
}

test_says_when_to_follow_the_remedy_where_the_number_can_be_that_of_another_port if {
	_remedy(9090, [_sales], _bot) == concat("", [
		"If people chat on port 9090: 1. Give it the name web in the pod template, if it has none (until pods have it, ",
		"the Service would lead nowhere). 2. kubectl patch service bot -n shop --type json -p ",
		`'[{"op": "add", "path": "/spec/ports/0/targetPort", "value": "web"}]'.`,
		_other,
	])
}

test_names_the_choices_where_there_are_several if {
	_remedy(8080, [_support], {}) == concat("", [
		"If people chat on port 8080, set spec.ports[0].targetPort to its name instead, one of http, ws.",
		_other,
	])
}

test_a_number_must_be_the_sidecars_in_the_pods_of_every_chatbot if {
	_number(23100, [_support, _sales]) == set()
	_number(23101, [_support, _sales]) == {["service.target_by_name", _field, 23101, ["http", "web", "ws"]]}
}

test_allows_a_target_by_name if {
	_name("http", [_support]) == set()
	_name("ws", [_support]) == set()
}

test_denies_the_apps_own_port if {
	every name in ["chaperone-0", "chaperone-9", "chaperone"] {
		_name(name, [_support]) == {["service.reserved_target", _field, name, ["http", "ws"]]}
	}
}

test_allows_the_admin_port_by_name if _name("chaperone-admin", [_support, _sales]) == set()

test_a_headless_service_leads_to_numbers_of_the_sidecar_only if {
	_headless := {number |
		some number in [80, 8080, 23089, 23090, 23100, 23101, 23102]
		count(_denied({"chatbots": [_support], "headlessPorts": [{"field": "spec.ports[0].port", "number": number}]})) == 0
	}
	_headless == {23090, 23100, 23101}
	_denied({"chatbots": [_support], "headlessPorts": [{"field": "spec.ports[0].port", "number": 8080}]}) == {[
		"service.headless_port",
		"spec.ports[0].port",
		8080,
		[23100, 23101],
	]}
}

test_says_how_to_make_room_for_other_ports_of_a_headless_service_unless_it_is_done if {
	_headless_remedy([_support]) == concat("", [_headless_way, " If this is another port of the pods, such as for metrics, ", "declare the chatbot's ports by number."])
	_headless_remedy([_numbered]) == _headless_way
}

_headless_way := concat(" ", [
	"If the Service only names the pods of a StatefulSet, remove its ports: names need none. Otherwise remove clusterIP: None",
	"(it cannot be changed: delete the Service and create it again), so that targetPort takes effect, or set the port to the",
	"number on which the sidecar listens.",
])

_headless_remedy(chatbots) := finding.remedy if {
	found := service.deny with input as {"chatbots": chatbots, "headlessPorts": [{"field": "spec.ports[0].port", "number": 8080}]}
	some finding in found
}

test_a_headless_service_leads_to_other_ports_where_the_declaration_gives_the_apps_number if {
	_headless(9090, [_numbered]) == set()
	count(_headless(8080, [_numbered])) == 1
	count(_headless(9090, [_numbered, _sales])) == 1
}

_headless(number, chatbots) := _denied({"chatbots": chatbots, "headlessPorts": [{"field": "spec.ports[0].port", "number": number}]})

test_denies_external_ips if {
	_denied({"chatbots": [_support], "externalIPs": ["203.0.113.7"]}) == {[
		"service.external_ips",
		"spec.externalIPs",
		["203.0.113.7"],
		[],
	]}
}

test_allows_a_service_without_external_ips_and_without_ports if {
	_denied({"chatbots": [_support], "externalIPs": []}) == set()
	_denied({"chatbots": [_support], "targets": []}) == set()
	_denied({"chatbots": [_support]}) == set()
}

test_an_undeclared_chatbot_has_only_the_ports_of_the_sidecar if {
	undeclared := {"name": "gone", "enforcement": "Deny", "ports": [_admin]}
	_number(23090, [undeclared]) == set()
	_number(23100, [undeclared]) == {["service.target_by_name", _field, 23100, []]}
	_name("http", [undeclared]) == set()
}

test_every_finding_has_a_remedy_a_party_and_its_sources if {
	found := service.deny with input as {
		"chatbots": [_support],
		"targets": [{"field": _field, "number": 8080}],
		"externalIPs": ["203.0.113.7"],
	}
	{[finding.rule, finding.party, finding.action] | some finding in found} == {
		["service.target_by_name", "deployer", "deny"],
		["service.external_ips", "deployer", "deny"],
	}
	every finding in found {
		finding.remedy != ""
		"Kubernetes: Service" in {point.source.act | some point in finding.sources}
	}
	"CVE-2020-8554" in {point.source.act | some finding in found; some point in finding.sources}
}

package governance.service.backend_test

import data.governance.service.backend

_admin := {"name": "chaperone-admin", "number": 23090}

_support := {
	"name": "support",
	"enforcement": "Deny",
	"ports": [_admin, {"name": "http", "number": 23100}, {"name": "ws", "number": 23101}],
}

_sales := {"name": "sales", "enforcement": "Deny", "ports": [_admin, {"name": "web", "number": 23100}]}

_numbered := {
	"name": "numbered",
	"enforcement": "Deny",
	"ports": [_admin, {"name": "port-8080", "number": 23100}],
	"appNumbers": [8080],
}

_field := "spec.ports[0].targetPort"

_http := {"field": _field, "name": "http"}

_pods(workload, names) := {"workload": workload, "portNames": names}

_v8 := _pods("Deployment shop-v8", ["http"])

_v8_on(number) := object.union(_v8, {"portNumbers": [number]})

# The remedies about ungoverned pods.
_ungoverned(facts) := {finding.remedy |
	some finding in backend.deny with input as object.union({"chatbots": [_support], "selector": {"app": "shop"}}, facts)
}

_leads_to_ungoverned(target, chatbots, pods) if {
	count(_ungoverned({"chatbots": chatbots, "targets": [object.union({"field": _field}, target)], "ungoverned": [pods]})) == 1
}

test_denies_a_service_that_also_leads_to_ungoverned_pods if {
	facts := {"chatbots": [_support], "targets": [_http], "selector": {"app": "shop"}, "ungoverned": [_v8]}
	found := backend.deny with input as facts
	{[finding.rule, finding.field, finding.found, finding.required] | some finding in found} == {[
		"service.ungoverned_pods",
		"spec.selector",
		{"app": "shop"},
		"governed pods only",
	]}
	count(backend.deny) == 0 with input as object.union(facts, {"ungoverned": []})
}

test_a_service_leads_to_the_name_of_a_port_only_where_a_pod_has_it if {
	_leads_to_ungoverned({"name": "http"}, [_support], _v8)
	not _leads_to_ungoverned({"name": "http"}, [_support], _pods("Deployment worker", []))
	not _leads_to_ungoverned({"name": "api"}, [_support], _pods("Deployment api", ["api"]))
	_leads_to_ungoverned({"name": "web"}, [_support, _sales], _pods("Deployment v8", ["web"]))
}

test_a_service_leads_to_a_number_in_every_pod if {
	_leads_to_ungoverned({"number": 8080}, [_support], _pods("Deployment worker", []))
	_leads_to_ungoverned({"number": 8080}, [_numbered], _pods("Deployment worker", []))
	not _leads_to_ungoverned({"number": 9090}, [_numbered], _v8)
	not _leads_to_ungoverned({"number": 23100}, [_support], _v8_on(8080))
	headless := {"headlessPorts": [{"field": "spec.ports[0].port", "number": 8080}], "ungoverned": [_v8]}
	count(_ungoverned(headless)) == 1
}

test_a_number_of_the_sidecar_leads_to_a_pod_that_has_it if {
	_leads_to_ungoverned({"number": 23100}, [_support], _v8_on(23100))
	not _leads_to_ungoverned({"number": 23101}, [_support], _v8_on(23100))
	not _leads_to_ungoverned({"number": 9090}, [_numbered], _v8_on(9090))
	headless := {"headlessPorts": [{"field": "spec.ports[0].port", "number": 23100}]}
	count(_ungoverned(object.union(headless, {"ungoverned": [_v8_on(23100)]}))) == 1
	count(_ungoverned(object.union(headless, {"ungoverned": [_v8_on(8080)]}))) == 0
}

test_names_two_ungoverned_workloads_and_counts_the_others if {
	remedies := [remedy |
		some workloads in [["a"], ["b", "a"], ["d", "c", "b", "a"]]
		some remedy in _ungoverned({"targets": [_http], "ungoverned": [_pods(workload, ["http"]) | some workload in workloads]})
	]
	startswith(remedies[0], "The selector also matches pods of a, which no ChatbotDeployment governs. If they are the chatbot too")
	startswith(remedies[1], "The selector also matches pods of a, b, which no")
	startswith(remedies[2], "The selector also matches pods of a, b and 2 more, which no")
}

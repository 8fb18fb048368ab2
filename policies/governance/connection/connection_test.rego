package governance.connection_test

import data.governance.connection

_admin := {"name": "chaperone-admin", "number": 23090}

_support := {"name": "support", "enforcement": "Deny", "ports": [_admin, {"name": "http", "number": 23100}]}

_sales := {"name": "sales", "enforcement": "Deny", "ports": [_admin, {"name": "web", "number": 23100}]}

# What is said of a connection: rule, field, found, required.
_denied(facts) := {[finding.rule, finding.field, finding.found, finding.required] | some finding in found} if {
	found := connection.deny with input as object.union({"chatbots": [_support]}, facts)
}

_open := "no connection into the chatbot"

test_denies_exec_and_attach_into_the_sidecar_also_by_break_glass if {
	every kind in ["exec", "attach"] {
		every glass in [{}, {"breakGlass": true}] {
			_denied(object.union(glass, {"kind": kind, "container": "chaperone"})) == {[
				"connection.sidecar_closed",
				"container",
				"chaperone",
				"no connection into the sidecar",
			]}
		}
	}
}

test_denies_exec_and_attach_into_the_app if {
	every kind in ["exec", "attach"] {
		_denied({"kind": kind, "container": "app"}) == {["connection.app_closed", "container", "app", _open]}
	}
}

test_no_container_is_the_apps if {
	_denied({"kind": "exec"}) == {["connection.app_closed", "container", null, _open]}
}

test_break_glass_opens_the_app if {
	_denied({"kind": "exec", "container": "app", "breakGlass": true}) == set()
	_denied({"kind": "attach", "breakGlass": true}) == set()
	count(_denied({"kind": "exec", "container": "app", "breakGlass": false})) == 1
}

test_denies_port_forwards_unless_the_glass_is_broken if {
	_denied({"kind": "portforward"}) == {[
		"connection.port_forward",
		"subresource",
		"portforward",
		"a connection through the sidecar",
	]}
	_denied({"kind": "portforward", "breakGlass": true}) == set()
}

_proxy(targets) := _denied({"kind": "proxy", "targets": [object.union(target, {"field": "port"}) | some target in targets]})

test_allows_proxies_to_the_sidecar if {
	every target in [{"number": 23100}, {"number": 23090}, {"name": "http"}, {"name": "chaperone-admin"}] {
		_proxy([target]) == set()
	}
}

test_denies_proxies_to_the_app if {
	_proxy([{"number": 8080}]) == {["connection.proxy_port", "port", [8080], [23090, 23100]]}
	_proxy([{"number": 23101}]) == {["connection.proxy_port", "port", [23101], [23090, 23100]]}
	_proxy([{"name": "chaperone-0"}]) == {["connection.proxy_port", "port", ["chaperone-0"], [23090, 23100]]}
}

test_every_target_must_be_the_sidecars if {
	_proxy([{"name": "http"}, {"number": 8080}]) == {["connection.proxy_port", "port", ["http", 8080], [23090, 23100]]}
	facts := {"kind": "proxy", "targets": [{"field": "port", "name": "http"}], "chatbots": [_support, _sales]}
	{rule | some [rule, _, _, _] in _denied(facts)} == {"connection.proxy_port"}
}

test_a_proxy_with_an_unknown_target_is_denied if {
	_denied({"kind": "proxy"}) == {["connection.proxy_port", "port", null, [23090, 23100]]}
	_denied({"kind": "proxy", "targets": []}) == {["connection.proxy_port", "port", null, [23090, 23100]]}
}

test_a_proxy_to_an_unknown_port_names_it if {
	_denied({"kind": "proxy", "port": "http"}) == {["connection.proxy_port", "port", "http", [23090, 23100]]}
}

test_break_glass_opens_proxies if {
	_denied({"kind": "proxy", "breakGlass": true}) == set()
	_denied({"kind": "proxy", "targets": [{"field": "port", "number": 8080}], "breakGlass": true}) == set()
}

test_every_finding_has_a_remedy_a_party_and_a_source if {
	found := connection.deny with input as {"kind": "exec", "container": "app", "chatbots": [_support]}
	every finding in found {
		[finding.party, finding.action] == ["deployer", "deny"]
		finding.remedy != ""
		{point.source.code | some point in finding.sources} == {"kubernetes"}
	}
}

package lib.ways_test

import data.lib.ways

_admin := {"name": "chaperone-admin", "number": 23090}

_support := {"ports": [_admin, {"name": "http", "number": 23100}, {"name": "ws", "number": 23101}]}

_sales := {"ports": [_admin, {"name": "web", "number": 23100}]}

test_a_name_or_a_number_of_the_sidecar_leads_to_it if {
	every target in [{"name": "http"}, {"name": "chaperone-admin"}, {"number": 23101}, {"number": 23090}] {
		ways.lead_to_sidecar(target, [_support])
	}
	every target in [{"name": "chaperone-0"}, {"number": 8080}, {"number": 23102}, {"field": "port"}] {
		not ways.lead_to_sidecar(target, [_support])
	}
}

test_it_must_lead_there_in_the_pods_of_every_chatbot if {
	ways.lead_to_sidecar({"number": 23100}, [_support, _sales])
	not ways.lead_to_sidecar({"number": 23101}, [_support, _sales])
	not ways.lead_to_sidecar({"name": "http"}, [_support, _sales])
}

test_names_are_those_of_declarations if {
	ways.names([_support, _sales]) == ["http", "web", "ws"]
	ways.names([{"ports": [_admin]}]) == []
}

test_numbers_are_those_of_declarations if {
	ways.numbers([_support, _sales]) == [23100, 23101]
	ways.numbers([{"ports": [_admin]}]) == []
}

test_a_port_that_is_neither_governed_nor_open_is_closed if {
	open := object.union(_support, {"openPorts": ["metrics"]})
	closed := {name | some name in ["http", "metrics", "proxy", "chaperone-0", "chaperone-admin"]; ways.is_closed({"name": name}, open)}
	closed == {"proxy"}
	ways.is_closed({"name": "metrics"}, _support)
}

test_a_number_is_closed_where_the_declaration_gives_those_of_the_app if {
	numbered := object.union(_support, {"appNumbers": [8080]})
	{number | some number in [8080, 9090, 23100]; ways.is_closed({"number": number}, numbered)} == {9090}
	not ways.is_closed({"number": 9090}, _support)
}

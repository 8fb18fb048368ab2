package entrypoints.facts_test

import data.entrypoints.facts
import data.lib.fixture

test_the_facts_of_a_declaration_are_the_input_of_its_requirement if {
	small := fixture.prepared([fixture.jurisdiction("aa", null, [])])
	declared := {"spec": {"jurisdictions": ["aa"]}, "asOf": fixture.day}
	document := facts.document with input as declared with data.prepared as small
	object.keys(document) == {"codes", "holds", "assumed", "certain", "asOf"}
}

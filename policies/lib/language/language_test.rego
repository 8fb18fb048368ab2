package lib.language_test

import data.lib.fixture
import data.lib.language

_served(tags) := served if {
	served := language.served(tags) with data.prepared as fixture.prepared([fixture.jurisdiction("aa", null, [
		fixture.point("transparency.languages", ["pt-BR", "fr"]),
		fixture.point("transparency.languages", ["pt-PT"]),
	])])
}

test_a_statement_serves_its_language_and_that_without_the_region if {
	_served(["fr"]) == {"fr"}
	_served(["FR-ca", "en"]) == {"fr-ca", "fr", "en"}
	_served([]) == set()
}

test_both_forms_of_norwegian_are_norwegian if {
	_served(["nb"]) == {"nb", "no"}
	_served(["nn-NO"]) == {"nn-no", "nn", "no"}
	_served(["no"]) == {"no"}
}

test_a_language_serves_the_regions_of_it_that_a_law_names if {
	_served(["pt"]) == {"pt", "pt-br", "pt-pt"}
	_served(["pt-BR"]) == {"pt-br", "pt"}
}

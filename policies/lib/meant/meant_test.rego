package lib.meant_test

import data.lib.meant

_law := {
	"places": {"meant": {"uk": "gb", "zz": "cc"}},
	"jurisdictions": {"de": {"name": "Germany"}, "nz": {"name": "New Zealand"}, "us": {"name": "United States (federal)"}},
}

_meant(word) := codes if codes := meant.codes(word, {"gb", "de", "nz", "us"}) with data.law as _law

test_other_codes_and_names_stand_for_a_known_code if {
	_meant("UK") == {"gb"}
	_meant("Germany") == {"de"}
	_meant("new-zealand") == {"nz"}
	_meant("united-states") == {"us"}
}

test_nothing_is_guessed if {
	_meant("zz") == set()
	_meant("xx") == set()
}

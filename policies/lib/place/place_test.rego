package lib.place_test

import data.lib.place

_places := {"groups": {"union": ["aa", "bb"]}, "territories": {"uu": "union"}, "parts": ["dd-x"], "within": {"ee": "dd"}}

test_codes_are_compared_without_case if place.countries(["AA", "Cc"]) == {"aa", "cc"} with data.law.places as _places

test_a_group_stands_for_its_members if place.countries({"union", "cc"}) == {"aa", "bb", "cc"} with data.law.places as _places

test_a_code_with_a_territory_stands_for_it if place.countries(["UU"]) == {"aa", "bb"} with data.law.places as _places

test_a_country_covers_itself if place.territory("cc", {"cc"}) == {"cc"} with data.law.places as _places

test_a_part_covers_its_country if place.territory("cc-x", {"cc-x", "cc"}) == {"cc"} with data.law.places as _places

test_a_member_covers_the_territory_of_its_group if {
	place.territory("aa", {"aa", "uu"}) == {"aa", "bb"} with data.law.places as _places
}

test_a_part_of_a_country_counts_as_the_country_unless_law_sees_it_apart if {
	place.countries(["CC-X", "dd-x", "dd-y"]) == {"cc", "dd-x", "dd"} with data.law.places as _places
	place.territory("dd-x", {"dd-x", "dd"}) == {"dd-x"} with data.law.places as _places
}

test_a_territory_with_a_country_code_of_its_own_counts_as_the_country if {
	place.countries(["EE", "ee-x"]) == {"dd"} with data.law.places as _places
	_codes("ee") == {"ee", "dd"}
}

test_a_part_lies_in_its_country_and_not_the_reverse if {
	place.outside({"dd-x", "dd", "cc"}, {"dd"}) == {"cc"}
	place.outside({"dd-x", "dd", "cc"}, {"dd-x"}) == {"dd", "cc"}
}

_prepared := {"closure": {"aa": {"aa", "uu"}, "dd": {"dd"}, "dd-x": {"dd-x", "dd"}}}

_codes(name) := codes if codes := place.codes(name) with data.prepared as _prepared with data.law.places as _places

test_a_place_has_its_codes_and_those_that_it_is_part_of if {
	_codes("aa") == {"aa", "uu"}
	_codes("bb") == {"bb", "uu"}
	_codes("dd-x") == {"dd-x", "dd"}
	_codes("dd-y") == {"dd-y", "dd"}
	_codes("cc") == {"cc"}
}

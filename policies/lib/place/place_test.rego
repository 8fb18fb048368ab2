package lib.place_test

import data.lib.place

_places := {"groups": {"union": ["aa", "bb"]}, "territories": {"uu": "union"}}

test_codes_are_compared_without_case if place.countries(["AA", "Cc"]) == {"aa", "cc"} with data.law.places as _places

test_a_group_stands_for_its_members if place.countries({"union", "cc"}) == {"aa", "bb", "cc"} with data.law.places as _places

test_a_code_with_a_territory_stands_for_it if place.countries(["UU"]) == {"aa", "bb"} with data.law.places as _places

test_a_country_covers_itself if place.territory("cc", {"cc"}) == {"cc"} with data.law.places as _places

test_a_part_covers_its_country if place.territory("cc-x", {"cc-x", "cc"}) == {"cc"} with data.law.places as _places

test_a_member_covers_the_territory_of_its_group if {
	place.territory("aa", {"aa", "uu"}) == {"aa", "bb"} with data.law.places as _places
}

package lib.words_test

import data.lib.words

test_a_window_says_whose_law_sets_its_ends if {
	shortest := {"value": 31, "setting": {{"code": "bb"}, {"code": "aa"}}}
	words.window(shortest, {"value": 30, "setting": {{"code": "cc"}}}) == "at least 31 days (aa, bb); at most 30 days (cc)"
}

test_countries_are_told_by_code if {
	words.countries({"bb": {"in"}, "aa": {"fr", "de"}}) == "aa: DE, FR; bb: IN"
}

package lib.limit_test

import data.lib.limit

_missed(dimension, limits, stated) := limit.missed(dimension, limits, stated)

_limits := {"contract": 20, "script": 0}

test_numbers_on_the_limit_keep_it if {
	every type in {"eachAtLeast", "eachAtMost"} {
		_missed({"type": type}, _limits, {"contract": 20, "script": 0}) == set()
	}
}

test_numbers_beyond_the_limit_miss_it if {
	_missed({"type": "eachAtLeast"}, _limits, {"contract": 19, "script": 0}) == {"contract"}
	_missed({"type": "eachAtMost"}, _limits, {"contract": 21, "script": 1}) == {"contract", "script"}
}

test_a_key_that_is_not_stated_is_missed if {
	every type in {"eachAtLeast", "eachAtMost"} {
		_missed({"type": type}, _limits, {"contract": 20}) == {"script"}
		_missed({"type": type}, _limits, {}) == {"contract", "script"}
	}
}

test_a_key_that_does_not_concern_the_declaration_is_not_missed if {
	every type in {"eachAtLeast", "eachAtMost"} {
		_missed({"type": type, "partial": true}, _limits, {"script": 0, "complaint": 5}) == set()
	}
}

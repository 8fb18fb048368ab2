package lib.merge_test

import data.lib.merge

_points(values) := {{"_id": sprintf("%d", [index]), "code": split("aa bb aa", " ")[index], "value": value} |
	some index, value in values
}

_setting(type, values) := {point.value | some point in merge.setting(type, points, merge.value(type, points))} if {
	points := _points(values)
}

test_any_flag_wins if merge.value("flag", _points([true])) == true

test_the_strictest_level_wins if merge.value("level", _points([1, 3, 2])) == 3

test_the_smallest_maximum_wins if merge.value("atMost", _points([45, 30, 40])) == 30

test_the_largest_minimum_wins if merge.value("atLeast", _points([45, 30, 40])) == 45

test_all_that_is_needed_is_joined if merge.value("allOf", _points([{"a"}, {"b"}, {"a"}])) == {"a", "b"}

test_all_that_is_forbidden_is_joined if merge.value("noneOf", _points([{"a"}, {"b"}])) == {"a", "b"}

test_only_what_all_allow_is_left if merge.value("oneOf", _points([{"a", "b"}, {"b", "c"}])) == {"b"}

test_nothing_may_be_left if merge.value("oneOf", _points([{"a"}, {"b"}])) == set()

test_every_clause_is_kept if merge.value("anyOf", _points([{"a", "b"}, {"c"}])) == {{"a", "b"}, {"c"}}

test_a_clause_that_contains_another_is_dropped if merge.value("anyOf", _points([{"a", "b"}, {"b"}])) == {{"b"}}

test_each_code_keeps_its_own if {
	merge.value("perCode", _points([{"x", "y"}, {"z"}, {"y"}])) == {"aa": {"y"}, "bb": {"z"}}
}

test_each_key_keeps_the_smallest if {
	merge.value("each", _points([{"dpia": 300, "fria": 10}, {"dpia": 200}])) == {"dpia": 200, "fria": 10}
	merge.value("each", _points([{"dpia": "any", "fria": "any"}, {"dpia": 9999}])) == {"dpia": 9999, "fria": "any"}
}

test_no_points_have_no_value if {
	every type in ["flag", "level", "atMost", "atLeast", "allOf", "noneOf", "oneOf", "anyOf", "perCode", "each"] {
		not merge.value(type, set())
	}
}

test_what_reaches_the_value_sets_it if {
	_setting("level", [1, 3, 3]) == {3}
	_setting("atMost", [45, 30]) == {30}
	_setting("atLeast", [45, 30]) == {45}
	_setting("anyOf", [{"a", "b"}, {"b"}]) == {{"b"}}
	_setting("each", [{"dpia": 300}, {"dpia": 200}, {"fria": 1}]) == {{"dpia": 200}, {"fria": 1}}
}

test_every_point_sets_a_joined_set if {
	every type in ["allOf", "noneOf", "oneOf", "perCode"] {
		_setting(type, [{"a"}, {"a", "b"}]) == {{"a"}, {"a", "b"}}
	}
	_setting("flag", [true, true]) == {true}
}

test_a_rank_is_shown_as_the_name_of_its_level if merge.shown({"names": {0: "none", 1: "some"}}, 1) == "some"

test_other_values_are_shown_as_they_are if merge.shown({"names": {}}, {"a": 1}) == {"a": 1}

_number(point) := to_number(split(point._id, "/")[1])

# Points of one remainder: some of the points, spread over all jurisdictions.
_part(points, parts, remainder) := {point |
	some point in points
	number := _number(point)
	number - (parts * floor(number / parts)) == remainder
}

test_the_join_of_parts_is_the_join_of_all_over_the_real_law if {
	every name, points in data.prepared.of_dimension {
		type := data.prepared.dimensions[name].type
		every parts in [2, 3, 7] {
			joined := [merge.value(type, part) |
				some remainder in [0, 1, 2, 3, 4, 5, 6]
				part := _part(points, parts, remainder)
				count(part) > 0
			]
			merge.value(type, union({merge.points(type, value) | some value in joined})) == merge.value(type, points)
		}
	}
}

test_the_join_of_a_value_with_itself_is_that_value_over_the_real_law if {
	every name, points in data.prepared.of_dimension {
		type := data.prepared.dimensions[name].type
		joined := merge.value(type, points)
		merge.value(type, merge.points(type, joined)) == joined
	}
}

test_the_longest_time_of_each_class_wins if {
	points := {{"value": {"contract": 10, "complaint": 5}}, {"value": {"contract": 20}}}
	merge.value("eachAtLeast", points) == {"contract": 20, "complaint": 5}
	merge.setting("eachAtLeast", points, {"contract": 20, "complaint": 5}) == points
	merge.setting("eachAtLeast", points, {"contract": 20}) == {{"value": {"contract": 20}}}
}

test_each_at_most_keeps_the_smallest_of_each_key if {
	points := {{"value": {"contract": 20}}, {"value": {"contract": 10, "complaint": 5}}}
	merge.value("eachAtMost", points) == {"contract": 10, "complaint": 5}
	merge.setting("eachAtMost", points, {"contract": 10, "complaint": 5}) == {{"value": {"contract": 10, "complaint": 5}}}
}

# METADATA
# title: Merge
# description: >-
#   Joins the points of one dimension by its type. Each join is associative, commutative and idempotent, and never
#   loosens: order and repetition of jurisdictions do not matter, and an additional jurisdiction can only tighten.
package lib.merge

# Values of points are read as points[_].value, which takes half the time of `some point in points` with point.value.

# value that joins the points of a dimension of this type; undefined if there are no points.
value("flag", points) if points != set()

value("level", points) := max([value | value := points[_].value])

value("atMost", points) := min([value | value := points[_].value])

value("atLeast", points) := max([value | value := points[_].value])

value("allOf", points) := union({value | value := points[_].value}) if points != set()

value("noneOf", points) := union({value | value := points[_].value}) if points != set()

value("oneOf", points) := intersection({value | value := points[_].value}) if points != set()

value("anyOf", points) := _clauses({value | value := points[_].value}) if points != set()

value("perCode", points) := {code: countries |
	some code in {name | name := points[_].code}
	countries := intersection({point.value | some point in points; point.code == code})
} if {
	points != set()
}

value(type, points) := {key: min(numbers) | some key, numbers in _by_key(points)} if {
	type in {"each", "eachAtMost"}
	points != set()
}

value("eachAtLeast", points) := {key: max(numbers) | some key, numbers in _by_key(points)} if points != set()

# The numbers of all points, by key.
_by_key(points) := {key: numbers |
	some key in {name | points[_].value[name]}
	numbers := {number | number := points[_].value[key]}
}

# A clause that contains another clause is met whenever the other is, so it is dropped.
_clauses(clauses) := {clause |
	some clause in clauses
	not _contains_another(clause, clauses)
}

_contains_another(clause, clauses) if {
	some other in clauses
	other != clause
	other & clause == other
}

# points that stand for a joined value: joined with others, they give the same value as the original points.
points("anyOf", joined) := {{"value": clause} | some clause in joined}

points("perCode", joined) := {{"code": code, "value": countries} | some code, countries in joined}

points(type, joined) := {{"value": joined}} if not type in {"anyOf", "perCode"}

# setting are the points that determine the joined value.
setting("level", points, joined) := _equal(points, joined)

setting("atMost", points, joined) := _equal(points, joined)

setting("atLeast", points, joined) := _equal(points, joined)

setting("anyOf", points, joined) := {point | some point in points; point.value in joined}

setting(type, points, joined) := {point |
	some point in points
	some key, number in point.value
	joined[key] == number
} if {
	type in {"each", "eachAtLeast", "eachAtMost"}
}

setting("flag", points, _) := points

setting("allOf", points, _) := points

setting("noneOf", points, _) := points

setting("oneOf", points, _) := points

setting("perCode", points, _) := points

_equal(points, joined) := {point | some point in points; point.value == joined}

# shown is the joined value as people write it: a rank becomes the name of its level.
shown(dimension, joined) := object.get(dimension.names, joined, joined)

# METADATA
# title: Merge
# description: >-
#   Joins the points of one dimension by its type. Each join is associative, commutative and idempotent, and never
#   loosens: order and repetition of jurisdictions do not matter, and an additional jurisdiction can only tighten.
package lib.merge

# value that joins the points of a dimension of this type; undefined if there are no points.
value("flag", points) if points != set()

value("level", points) := max([point.value | some point in points])

value("atMost", points) := min([point.value | some point in points])

value("atLeast", points) := max([point.value | some point in points])

value("allOf", points) := union({point.value | some point in points}) if points != set()

value("noneOf", points) := union({point.value | some point in points}) if points != set()

value("oneOf", points) := intersection({point.value | some point in points}) if points != set()

value("anyOf", points) := _clauses({point.value | some point in points}) if points != set()

value("perCode", points) := {code: countries |
	some code in {point.code | some point in points}
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
	some key in {key | some point in points; some key, _ in point.value}
	numbers := {point.value[key] | some point in points}
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
